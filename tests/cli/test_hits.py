"""How commands show answers, and what ids mean that were typed."""

import json

import pytest

from classicxm.cli.hits import asked_parts, held_keys, no_answer, show_hits, stored_ids
from classicxm.retrieval.hits import Hit, Hits
from classicxm.retrieval.queries import Part
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def retriever():
    return plain_retriever(images={"a": [1, 0], 7: [0, 1], "08": [1, 1], "caf\u00e9": [1, 2]})


def test_typed_ids(retriever):
    assert stored_ids(retriever, ["a", "7", "08", "cafe\u0301", "nobody", "-5"]) == [
        "a",
        7,
        "08",
        "caf\u00e9",
        "nobody",
        -5,
    ]
    assert held_keys(retriever, ["a", "x"], ignore_missing=True) == ["a"]
    with pytest.raises(KeyError, match="id 'cafe' is not in the model; did you mean 'caf\u00e9'"):
        held_keys(retriever, ["cafe"])
    with pytest.raises(KeyError, match="list shows what it holds"):
        held_keys(retriever, ["qqqqqq"])


def test_filters_that_nothing_passes(retriever):
    assert no_answer(retriever, "letter=z").startswith(
        "no item passes the filter 'letter=z': letter has 'a' (1)"
    )
    assert no_answer(retriever, "letter=a").startswith("1 item passed the filter 'letter=a', and nothing")


def test_parts_of_a_question():
    parts = [Part("text", ["red"], 1.0), Part("id", ["x"], -0.25)]
    shown = asked_parts(parts, lambda key: {"text": "a dog", "other": 1})
    assert shown == [
        {"text": "red", "weight": 1.0},
        {"text": "a dog", "id": "x", "role": "unlike", "weight": -0.25},
    ]


OPTIONS = {
    "title": "t",
    "model": "m",
    "parts": [{"text": "red", "weight": 1.0}],
    "meaning": "",
    "opened": str,
}


def test_a_table_shows_what_whole_items_have(capsys):
    show_hits(
        Hits([Hit("a", 0.5, {"text": "a\x1b[31m dog", "label": ["x", "y"]})]),
        "any",
        {},
        False,
        None,
        **OPTIONS,
    )
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["rank", "score", "id", "label", "any"]
    assert row.split()[:3] == ["1", "0.5000", "a"] and "\x1b" not in row


def test_json_and_a_page(capsys, tmp_path):
    show_hits(Hits([Hit("a", 0.5)]), "text", {"query": {}}, True, str(tmp_path / "a.html"), **OPTIONS)
    told = capsys.readouterr()
    assert json.loads(told.out) == {
        "query": {},
        "target": "text",
        "hits": [{"id": "a", "score": 0.5, "payload": {}}],
        "match": None,
        "random_pairs_reach": None,
    }
    assert "page: " in told.err and (tmp_path / "a.html").is_file()
