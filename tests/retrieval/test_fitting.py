"""What a retriever learns from, as lists that match."""

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import Collection, make_scenes
from classicxm.errors import UnpairedViewsError
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.fitting import learn, learn_collection, paired_items
from classicxm.text import TfidfText


def test_lists_that_match():
    views, ids, labels, groups = paired_items({"text": ("a", "b")}, None, np.array(["x", "y"]))
    assert (views, ids, labels) == ({"text": ["a", "b"]}, [0, 1], ["x", "y"])
    assert groups is None and paired_items({"text": ["a", "b"]}, None, None, (1, 2))[3] == [1, 2]
    for position, name in ((1, "ids"), (2, "labels"), (3, "groups")):
        given = [{"text": ["a", "b"]}, None, None, None]
        given[position] = ["a"]
        with pytest.raises(UnpairedViewsError, match=rf"{name} must be one per item \(2\), got 1"):
            paired_items(*given)


def test_only_marked_items_with_every_view_are_learned_from():
    scenes = make_scenes(30, modalities=("text", "image"))
    views = {m: list(scenes.column(m)) for m in ("text", "image")}
    views["image"][3] = None
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    marked = np.arange(30) < 20
    described = learn(retriever, views, list(scenes.ids), marked, None)
    assert retriever.learned_ids_ == [key for n, key in enumerate(scenes.ids) if n < 20 and n != 3]
    assert len(described["text"][0]) == 30 and described["image"][1].tolist() == [
        n for n in range(30) if n != 3
    ]
    expected = CCA(2).fit(
        {
            m: X[np.isin(kept, np.flatnonzero(marked & (np.arange(30) != 3)))]
            for m, (X, kept) in described.items()
        }
    )
    np.testing.assert_allclose(retriever.aligner_.weights_["text"], expected.weights_["text"])
    assert retriever.payload_ == {} and all(len(index) == 0 for index in retriever.indexes_.values())


def test_a_collection_is_learned_from_by_its_split_and_indexed_whole(tmp_path):
    scenes = make_scenes(30, folder=tmp_path, modalities=("text", "image"))
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(2))
    learn_collection(retriever, scenes, "train")
    assert retriever.learned_ids_ == list(scenes.split("train").ids)
    assert retriever.root_ == str(scenes.root.resolve())
    assert [index.ids() for index in retriever.indexes_.values()] == [list(scenes.ids)] * 2
    assert (
        retriever.payload_[scenes.ids[0]]["image"] == scenes[0]["image"].relative_to(scenes.root).as_posix()
    )
    retriever.held_out_ids_ = list(scenes.split("test").ids)
    learn_collection(retriever, scenes, None)
    assert retriever.learned_ids_ == list(scenes.ids) and not retriever.held_out_ids_
    with pytest.raises(ValueError, match="train"):
        learn_collection(retriever, scenes, "training")
    whole = Collection(
        [{m: record[m] for m in ("id", "text", "image")} for record in scenes], root=scenes.root
    )
    learn_collection(retriever, whole, "train")
    assert retriever.learned_ids_ == list(scenes.ids)
    with pytest.raises(ValueError, match="no items in split 'val'; it has no splits at all"):
        learn_collection(retriever, whole, "val")
