"""The page that says why an item has its score."""

import re
from pathlib import Path

import pytest

from classicxm.alignment import CCA
from classicxm.datasets import Collection
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText
from classicxm.web.answers import Question
from classicxm.web.asked import Asked
from classicxm.web.served import Served
from classicxm.web.why_page import shown_reasons


def test_both_sides_of_one_text(retriever, scenes):
    shown = shown_reasons(
        Served("m", retriever, 1), Question([{"text": "a red circle"}], "image"), scenes.ids[0], Asked()
    )
    assert shown["both"] and [side["title"] for side in shown["sides"]] == [
        "The query",
        "What was found: image",
    ]
    for side in shown["sides"]:
        assert side["sum"] == pytest.approx(shown["score"], abs=1e-6)
    assert "".join(piece["text"] for piece in shown["sides"][0]["pieces"]) == "a red circle"


def test_a_whole_item_has_a_side_for_all_that_it_has(retriever, scenes):
    shown = shown_reasons(
        Served("m", retriever, 1), Question([{"text": "red"}], "any"), scenes.ids[0], Asked()
    )
    assert not shown["both"] and len(shown["sides"]) == 4


def test_words_of_the_best_caption_stand_in_that_caption(scenes):
    captions = [{**record, "text": ["a big thing", record["text"]]} for record in scenes]
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    retriever = CrossModalRetriever(extractors, CCA(4), captions="single")
    retriever.fit_collection(Collection(captions, root=scenes.root))
    question = Question([{"text": scenes[0]["text"]}], "text")
    shown = shown_reasons(Served("m", retriever, 1), question, scenes.ids[0], Asked())
    pieces = shown["sides"][1]["pieces"]
    assert "".join(piece["text"] for piece in pieces) == scenes[0]["text"]
    marked = {piece["text"] for piece in pieces if piece["kind"]}
    assert marked and all(re.fullmatch(r"\w+", word) for word in marked)


def test_a_file_is_explained_when_it_is_sent_once_more(client, scenes, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = {"file": ("a.png", Path(scenes[1]["image"]).read_bytes(), "image/png")}
    answer = client.post("/why", data={"id": scenes.ids[0], "target": "text"}, files=files)
    assert answer.status_code == 200 and "The query" in answer.text and list(tmp_path.iterdir()) == []
    assert client.post("/why", data={"target": "text"}, files=files).status_code == 400


def test_late_fusion_cannot_be_explained(client, scenes):
    answer = client.get("/why", params={"id": scenes.ids[0], "text": "red", "fusion": "rrf"})
    assert answer.status_code == 400 and "choose fusion early to see why" in answer.text
    assert client.get("/why", params={"id": "nobody", "text": "red"}).status_code == 404
