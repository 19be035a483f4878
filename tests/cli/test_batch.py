"""Many queries: lines in, JSON lines or a TREC run out, in the order of the lines."""

import io
import json

import numpy as np
import pytest

from classicxm.cli import batch
from classicxm.cli.batch import answer_lines, read_queries
from tests.retrieval.plain_vectors import plain_retriever


def queries(text, tmp_path, modality="text"):
    (tmp_path / "queries").write_text(text, encoding="utf-8")
    return list(read_queries(str(tmp_path / "queries"), modality))


def test_lines(tmp_path):
    text = '\ufeffa red circle\n\n {"id": "q", "image": "a.jpg", "text": "red"}\n{"text": "é"}'
    assert queries(text, tmp_path) == [
        ("1", {"text": "a red circle"}),
        ("q", {"image": "a.jpg", "text": "red"}),
        ("4", {"text": "é"}),
    ]
    assert queries("a.jpg", tmp_path, "image") == [("1", {"image": "a.jpg"})]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1 of the queries is not JSON"),
        ('{"smell": "a"}', "must have some of text, image, audio, video, got smell"),
        ('{"id": "a"}', "got none"),
        ('{"a":' * 100_000, "is nested too deep"),
        (
            '{"id": true, "text": "red"}',
            "line 1 of the queries has the id True; write a text or a whole number",
        ),
        ('{"id": ["a"], "text": "red"}', "has the id"),
        ('{"text": "red", "text": "blue"}', r"line 1 of the queries is not JSON \(key 'text' occurs twice\)"),
        ("r\0e\0d\0", "line 1 of the queries is not UTF-8 text"),
    ],
)
def test_lines_that_are_wrong(line, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        queries(line, tmp_path)


def test_a_line_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "LONGEST", 10)
    with pytest.raises(ValueError, match="line 2 of the queries is longer than 10 characters"):
        queries("short\nmuch too long", tmp_path)


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("red\n"))
    assert list(read_queries("-", "text")) == [("1", {"text": "red"})]


@pytest.fixture
def retriever():
    return plain_retriever(images={"a": [1, 0], "b": [0, 1]})


ASKED = [("1", {"text": [1.0, 0.0]}), ("x", {"image": [0.0, 1.0]}), ("2", {"text": [0.0, 1.0]})]


def test_answers_keep_the_order_of_the_queries(retriever, monkeypatch):
    for together in (1, 64):
        monkeypatch.setattr(batch, "TOGETHER", together)
        found = [json.loads(line) for line in answer_lines(retriever, ASKED, "image", 5, None)]
        assert [(one["id"], one["hits"][0]["id"], len(one["hits"])) for one in found] == [
            ("1", "a", 2),
            ("x", "b", 2),
            ("2", "b", 2),
        ]


def test_a_run_has_six_fields_and_exact_scores(retriever):
    lines = list(answer_lines(retriever, ASKED[:1], "image", 2, "mine"))
    assert [line.split() for line in lines] == [
        ["1", "Q0", "a", "1", "1.0", "mine"],
        ["1", "Q0", "b", "2", "0.0", "mine"],
    ]
    with pytest.raises(ValueError, match="--run must be a name without white space, got 'my run'"):
        list(answer_lines(retriever, ASKED, "image", 1, "my run"))
    assert np.isfinite(float(lines[0].split()[4]))


def test_weights_are_those_of_the_parts_of_every_query(retriever):
    asked = [("q", {"text": [1.0, 0.0], "image": [0.0, 1.0]})]
    for weights, best in (
        ({"text": 2.0}, "a"),
        ({"text": 0.5}, "b"),
        ({"text": 0.0}, "b"),
        ({"image": -1.0}, "a"),
    ):
        for fusion in ("early", "combsum"):
            (line,) = answer_lines(retriever, asked, "image", 2, None, weights=weights, fusion=fusion)
            hits = retriever.search(asked[0][1], "image", 2, weights=weights, fusion=fusion)
            assert [(hit.id, hit.score) for hit in hits] == [
                (hit["id"], hit["score"]) for hit in json.loads(line)["hits"]
            ]
            assert hits[0].id == best
    with pytest.raises(ValueError, match="weights name no part of the query: 'image'"):
        list(answer_lines(retriever, ASKED[:1], "image", 2, None, weights={"image": 2.0}))


def test_a_filter_that_lets_nothing_pass_is_told_of_once(retriever, capsys):
    retriever.payload_.merge(["a"], [{"letter": "a"}])
    found = [
        json.loads(line)["hits"]
        for line in answer_lines(retriever, ASKED, "image", 5, None, where="letter=z")
    ]
    assert found == [[], [], []]
    told = capsys.readouterr().err
    assert told.count("no item passes the filter 'letter=z': letter has 'a' (1), 'b' (1)") == 1
    list(answer_lines(retriever, ASKED, "image", 5, None, where="letter=a"))
    assert "filter" not in capsys.readouterr().err


def test_ids_with_spaces_are_fields_of_a_run_too():
    photos = plain_retriever(images={"IMG 001": [1, 0], "照片 2": [0, 1]})
    lines = list(answer_lines(photos, [("my query", {"image": [1.0, 0.0]})], "image", 2, "mine"))
    assert [line.split()[:3] for line in lines] == [
        ["my%20query", "Q0", "IMG%20001"],
        ["my%20query", "Q0", "照片%202"],
    ]


def test_a_text_in_place_of_the_file_of_queries_is_told_how_to_ask():
    with pytest.raises(
        ValueError, match="'a dog' is no file of queries; to search with a text, write --text 'a dog'"
    ):
        list(read_queries("a dog", "text"))


def test_a_name_may_stand_before_a_tab(tmp_path):
    assert queries("q7\ta red circle\n two words\tare a text", tmp_path) == [
        ("q7", {"text": "a red circle"}),
        ("2", {"text": "two words\tare a text"}),
    ]


def test_queries_in_another_encoding_are_named(tmp_path):
    path = tmp_path / "queries.txt"
    path.write_bytes("red".encode("utf-16"))
    with pytest.raises(ValueError, match=r"queries\.txt is not UTF-8 text .*save the queries as UTF-8"):
        list(read_queries(str(path), "text"))
    path.write_bytes("\ufeffred\n\ufeffblue\n".encode())
    assert [query for _, query in read_queries(str(path), "text")] == [{"text": "red"}, {"text": "blue"}]


def test_no_id_is_the_number_of_the_line(tmp_path):
    assert [name for name, _ in queries('{"id": null, "text": "a"}\n{"id": 7, "text": "b"}', tmp_path)] == [
        "1",
        "7",
    ]


def test_two_queries_of_one_name_are_no_run(retriever):
    asked = [("q 1", {"image": [1.0, 0.0]}), ("q 1", {"image": [0.0, 1.0]})]
    assert len(list(answer_lines(retriever, asked, "image", 1, None))) == 2
    with pytest.raises(ValueError, match="two queries are called 'q 1', which a run cannot tell apart"):
        list(answer_lines(retriever, asked, "image", 1, "tag"))
