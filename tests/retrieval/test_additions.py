"""Adding a collection to a fitted retriever, and what there is to know about it."""

import json

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import Collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.additions import add_collection, held_ids, summary
from classicxm.text import TfidfText
from tests.retrieval.plain_vectors import plain_retriever


def fitted():
    scenes = make_scenes(40, modalities=("text", "image"))
    parts = {"text": TfidfText(), "image": ColorHistogram()}
    return CrossModalRetriever(parts, CCA(4)).fit_collection(scenes), scenes


def new_items(**changes):
    picture = np.full((16, 16, 3), [200, 0, 0], np.uint8)
    records = [
        {"id": "new-1", "text": "a red circle", "label": "red"},
        {"id": "new-2", "image": picture, "text": "a red square"},
    ]
    return Collection([{**record, **changes} for record in records], name="more")


def test_items_are_found_by_what_they_have():
    retriever, _ = fitted()
    assert add_collection(retriever, new_items()) == ["new-1", "new-2"]
    assert "new-1" in retriever.indexes_["text"] and "new-1" not in retriever.indexes_["image"]
    assert retriever.payload_["new-1"]["label"] == "red"


def test_held_items_are_replaced_only_where_that_is_asked():
    retriever, scenes = fitted()
    add_collection(retriever, new_items())
    with pytest.raises(
        ValueError, match=r"id 'new-1' is in the model already, and 1 more; replace what is held"
    ):
        add_collection(retriever, new_items())
    n = len(held_ids(retriever))
    add_collection(retriever, new_items(label="blue"), replace=True)
    assert len(held_ids(retriever)) == n and retriever.payload_["new-1"]["label"] == "blue"
    assert held_ids(retriever)[: len(scenes)] == list(scenes.ids)


def test_a_collection_of_other_modalities():
    retriever, _ = fitted()
    sounds = Collection([{"id": "a", "audio": (np.zeros(10), 8000)}], name="sounds")
    with pytest.raises(ValueError, match="sounds has audio, and this model knows text, image only"):
        add_collection(retriever, sounds)


def test_a_summary_is_json_and_counts():
    retriever, scenes = fitted()
    told = json.loads(json.dumps(summary(retriever)))
    assert told["items"]["all"] == len(scenes) and told["dimensions"] == {"text": 4, "image": 4}
    assert told["aligner"].startswith("CCA(") and "\n" not in told["extractors"]["image"]
    assert told["learned_from"] == len(scenes.split("train"))


def test_order_is_that_of_addition():
    retriever = plain_retriever(texts={"b": [1, 0]}, images={"a": [1, 0], "b": [0, 1]})
    assert held_ids(retriever) == ["b", "a"]
