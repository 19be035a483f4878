"""Lines of manifests, each fault with its line."""

import pytest

from classicxm.datasets import manifest_rows as module
from classicxm.datasets.manifest_rows import Row, rows_of_csv, rows_of_jsonl
from classicxm.errors import CollectionError


def jsonl(content):
    return list(rows_of_jsonl(content if isinstance(content, bytes) else content.encode(), "m.jsonl"))


def table(content):
    return list(rows_of_csv(content if isinstance(content, bytes) else content.encode(), "m.csv"))


def test_lines_of_json():
    assert jsonl('\ufeff{"id": "cafe\u0301", "image": "cafe\u0301.jpg"}\n\n{"id": "b"}') == [
        Row(1, {"id": "caf\u00e9", "image": "cafe\u0301.jpg"}),  # paths stay as files have them
        Row(3, {"id": "b"}),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"a": 1, "a": 2}', "key 'a' occurs twice"),
        ('{"a": NaN}', "NaN is no number of JSON"),
        ('{"a": 1e400}', "1e400 is beyond every number that is kept"),
        ('{"a": [-1e400]}', "-1e400 is beyond every number that is kept"),
        ('{"a": ' + "[" * 60 + "]" * 60 + "}", "lists and objects inside one another"),
        (b'{"id": "a", "text": "\xff"}', "not UTF-8 (byte 22 is 0xff)"),
    ],
)
def test_faults_of_lines(line, fault):
    (row,) = jsonl(line)
    assert fault in row.fault and row.line == 1


def test_a_line_in_another_encoding_still_has_its_id():
    assert jsonl(b'{"id": "a", "text": "caf\xe9"}')[0].fields["id"] == "a"


def test_tables():
    found = table('id, text ,label,image\na,"x, y",["p"],i.jpg\n\nb,,[no json,\n')
    assert found == [
        Row(2, {"id": "a", "text": "x, y", "label": ["p"], "image": "i.jpg"}),
        Row(4, {"id": "b", "label": "[no json"}),
    ]


def test_faults_of_tables():
    assert "has 3 cells where the header has 2" in table("id,text\na,b,c\n")[0].fault
    assert "not UTF-8" in table(b"id,text\na,\xff\n")[0].fault
    for content, message in (
        ("id,a,a\n", "column 'a' occurs twice"),
        ("name,text\n", "no column 'id'"),
        ('id,text\n"open\n', "line 2: not csv"),
    ):
        with pytest.raises(CollectionError, match=message):
            table(content)
    with pytest.raises(CollectionError, match="is UTF-16 text"):
        table("id,text\n".encode("utf-16"))


def test_bounds(monkeypatch):
    monkeypatch.setattr(module, "_MOST_LINES", 2)
    with pytest.raises(CollectionError, match="has over 2 lines"):
        jsonl('{"id": "a"}\n' * 3)
    monkeypatch.setattr(module, "_LONGEST_LINE", 5)
    assert "MB long" in jsonl('{"id": "abc"}')[0].fault
