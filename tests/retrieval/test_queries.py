"""The grammar of queries: one dict, several examples, ids, weights, and what is unwanted."""

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.queries import history_parts, listed_history, one_query, query_parts, rocchio_weights
from classicxm.text import TfidfText


def told(parts):
    return [(part.modality, part.items, part.weight) for part in parts]


def test_one_dict_several_examples_and_ids_are_one_grammar():
    assert told(query_parts(one_query({"text": "red", "image": "a.jpg"}), {"image": 0.5})) == [
        ("text", ["red"], 1.0),
        ("image", ["a.jpg"], 0.5),
    ]
    asked = [
        7,
        {"image": "a.jpg", "weight": 2},
        {"image": "b.jpg", "text": ["two", "captions"], "weight": -1},
    ]
    assert told(query_parts(one_query(asked), {"image": 0.5})) == [
        ("id", [7], 1.0),
        ("image", ["a.jpg"], 1.0),
        ("image", ["b.jpg"], -0.5),
        ("text", [["two", "captions"]], -1.0),
    ]


def test_what_is_unwanted_weighs_a_quarter_together():
    parts = query_parts(one_query({"text": "red"}), {"text": 2}, one_query(["a", {"id": "b", "weight": 3}]))
    assert told(parts) == [("text", ["red"], 2.0), ("id", ["a"], -0.125), ("id", ["b"], -0.375)]
    assert told(query_parts([], None, one_query("a"))) == [("id", ["a"], -1.0)]
    assert rocchio_weights([], []) == ([], []) and rocchio_weights([2.0], [0.0]) == ([2.0], [-0.0])


def test_parts_without_weight_are_left_out():
    assert told(query_parts({"text": ["red"], "image": ["a.jpg"]}, {"image": 0})) == [("text", ["red"], 1.0)]
    assert len(history_parts(["a", {"id": "b", "weight": 0}])) == 1


@pytest.mark.parametrize("wrong", [3.5, [["a"]], [True], [None]])
def test_examples_of_no_kind_are_named(wrong):
    with pytest.raises(TypeError, match="expected an id or a dict such as"):
        one_query(wrong)


def test_a_query_that_cannot_be_described_is_not_left_out_in_silence(tmp_path):
    scenes = make_scenes(20, modalities=("text", "image"))
    retriever = CrossModalRetriever(
        {"text": TfidfText(), "image": ColorHistogram()}, CCA(n_components=2, ridge=0.1), on_error="skip"
    ).fit_collection(scenes)
    with pytest.raises(ValueError, match="1 of 2 image queries could not be described"):
        retriever.search_batch({"image": [scenes[0]["image"], tmp_path / "none.jpg"]}, "text")


def test_a_history_may_be_an_array_or_run_out():
    assert listed_history(np.array(["a", "b"])) == ["a", "b"]
    assert listed_history(key for key in "ab") == ["a", "b"] and listed_history(None) == []
    for wrong in ("a", 7, {"id": "a"}):
        with pytest.raises(TypeError, match="history must be a list of ids and dicts, got"):
            listed_history(wrong)
