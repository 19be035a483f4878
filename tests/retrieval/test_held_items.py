"""Items and payloads that change together."""

import numpy as np
import pytest

from classicxm.errors import UnpairedViewsError
from classicxm.retrieval.held_items import add_vectors, items_to_hold, remove_items
from tests.retrieval.plain_vectors import plain_retriever


def test_lists_of_one_length():
    assert items_to_hold("text", ("a", "b"), ("x", 1), None) == (["a", "b"], ["x", 1], [{}, {}])
    with pytest.raises(
        UnpairedViewsError, match="got 1 items, 2 ids and 2 payloads; there must be one of each"
    ):
        items_to_hold("text", ["a"], ["x", "y"], None)
    with pytest.raises(TypeError, match="ids must be in the order of their rows"):
        items_to_hold("text", ["a"], {"x"}, None)


def test_payloads_of_several_modalities_are_one():
    retriever = plain_retriever()
    add_vectors(retriever, "text", np.array([[1.0, 0.0]]), ["a"], [{"n": 1, "kind": "text"}])
    add_vectors(retriever, "image", np.array([[0.0, 1.0]]), ["a"], [{"n": 2}])
    assert retriever.payload_["a"] == {"n": 2, "kind": "text"}


def test_an_addition_that_fails_leaves_nothing():
    retriever = plain_retriever(images={"a": [1, 0]})
    before = dict(retriever.payload_)
    with pytest.raises(ValueError, match="already in the index"):
        add_vectors(retriever, "image", np.array([[0.0, 1.0], [1.0, 1.0]]), ["b", "a"], [{"n": 1}, {"n": 2}])
    assert retriever.payload_ == before and retriever.indexes_["image"].ids() == ["a"]
    with pytest.raises(TypeError, match="item 'b': a payload must hold JSON values only"):
        add_vectors(retriever, "image", np.array([[0.0, 1.0]]), ["b"], [{"n": object()}])


def test_removing_is_of_all_or_none():
    retriever = plain_retriever(texts={"a": [1, 0]}, images={"a": [1, 0], "b": [0, 1]})
    with pytest.raises(KeyError, match="id 'nobody' is not in the index"):
        remove_items(retriever, ["a", "nobody"])
    assert retriever.indexes_["image"].ids() == ["a", "b"]
    held = retriever.payload_
    remove_items(retriever, ["a"])
    assert retriever.payload_.keys() == {"b"} and held.keys() == {"a", "b"}
    assert len(retriever.indexes_["text"]) == 0
