"""Whole items: one fused vector per item, kept in step with what is added, removed, saved and loaded."""

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import Collection, make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.documents import reduce_whole, whole_index
from classicxm.search import ExactIndex, FaissIndex, HammingIndex
from classicxm.text import TfidfText
from tests.retrieval.plain_vectors import plain_retriever


def state_of(retriever):
    """Ids and vectors of the whole index, in order."""
    snapshot = whole_index(retriever).state()[0]
    rows = np.flatnonzero(snapshot.alive)
    return snapshot.ids[rows].tolist(), np.asarray(snapshot.vectors[rows])


def test_whole_items_by_hand():
    retriever = plain_retriever({"both": [3, 0], "words": [1, 1]}, {"both": [0, 9], "picture": [-1, 0]})
    hits = retriever.search({"text": [1.0, 1.0]}, "any", k=3)
    # the mean of unit vectors (1, 0) and (0, 1) points along (1, 1)
    assert [(hit.id, round(hit.score, 6)) for hit in hits] == [
        ("both", 1.0),
        ("words", 1.0),
        ("picture", round(-(0.5**0.5), 6)),
    ]
    assert hits[2].payload == {"letter": "p"}


def test_a_missing_modality_does_not_hurt():
    texts = dict(zip("abc", np.eye(3), strict=True))
    images = {key: texts[key] for key in "ab"}
    retriever = plain_retriever(texts, images, dimensions=3)
    for key in "abc":
        hit = retriever.search({"image": texts[key]}, "any", k=1)[0]
        assert (hit.id, hit.score) == (key, pytest.approx(1))


@pytest.mark.parametrize("asked_before", [True, False])
def test_whole_items_follow_what_is_added_and_removed(asked_before):
    retriever = plain_retriever({"a": [1, 0], "b": [0, 1]})
    if asked_before:
        retriever.search({"text": [1, 0]}, "any")
    retriever.add("image", [[0, 1], [1, 1]], ["a", "c"])
    retriever.add("text", [[2, 2]], ["d"])
    retriever.remove(["b"])
    retriever.add("text", [[0, -1]], ["b"])
    ids, vectors = state_of(retriever)
    assert ids == ["a", "c", "d", "b"]
    half = 0.5**0.5
    np.testing.assert_allclose(vectors, [[half, half], [half, half], [half, half], [0, -1]], atol=1e-7)
    assert [hit.id for hit in retriever.search({"text": [1, 1]}, "any", 3)] == ["a", "c", "d"]


@pytest.mark.parametrize("metric", ["cosine", "correlation", "dot", "hellinger", "euclidean", "kl", "chi2"])
def test_a_stored_item_searches_as_its_own_vector_does(metric):
    items = np.random.default_rng(0).dirichlet([1, 1, 1], 12)
    retriever = plain_retriever(images=dict(enumerate(items)), metric=metric, dimensions=3)
    for key in (0, 7):
        by_id = retriever.search({"id": key}, "image", 12)
        by_vector = retriever.search({"image": items[key]}, "image", 12)
        assert [hit.id for hit in by_id] == [hit.id for hit in by_vector]
        np.testing.assert_allclose([h.score for h in by_id], [h.score for h in by_vector], atol=1e-5)
    np.testing.assert_allclose(  # one modality alone: the whole item is that modality
        [hit.score for hit in retriever.search({"image": items[7]}, "any", 12)],
        [hit.score for hit in by_vector],
        atol=1e-5,
    )


@pytest.mark.parametrize(
    "index", [HammingIndex(), HammingIndex(n_bits=32), HammingIndex(n_reranked=5), FaissIndex(kind="binary")]
)
def test_indexes_of_codes_give_signs_back(index):
    if isinstance(index, FaissIndex):
        pytest.importorskip("faiss")
    vectors = np.random.default_rng(0).normal(size=(20, 9))
    index.add(vectors, range(20))
    back = index.vectors(range(20))
    assert back.shape == vectors.shape
    ids, _ = index.search(back, k=1)
    assert ids[:, 0].tolist() == list(range(20))


def test_saved_and_loaded_whole_items_are_equal(tmp_path):
    scenes = make_scenes(60, modalities=("text", "image"))
    records = [dict(record) for record in scenes]
    del records[4]["image"]
    retriever = CrossModalRetriever(
        {"text": TfidfText(), "image": ColorHistogram()}, CCA(n_components=4, ridge=0.1)
    ).fit_collection(Collection(records, name="one without picture"))
    before = retriever.search({"text": "a red circle"}, "any", 60)
    assert len(before) == 60 and records[4]["id"] in {hit.id for hit in before}
    again = CrossModalRetriever.load(retriever.save(tmp_path / "model"))
    assert not any("any" in path.name or "whole" in path.name for path in (tmp_path / "model").iterdir())
    assert again.whole_ is None  # folders of before there were whole items are like this one
    assert again.search({"text": "a red circle"}, "any", 60) == before
    again.add("image", [scenes[4]["image"]], [records[4]["id"]])
    assert len(again.search({"image": scenes[4]["image"]}, "any", 60)) == 60


def test_nothing_indexed_answers_nothing():
    assert plain_retriever().search({"text": [1, 0]}, "any") == []
    with pytest.raises(ValueError, match="this model knows text, image, not 'all'"):
        plain_retriever().search({"text": [1, 0]}, "all")
    assert len(whole_index(plain_retriever(index=ExactIndex("dot")))) == 0


def test_whole_items_may_be_given_up_while_others_change():
    retriever = plain_retriever({"a": [1, 0], "b": [0, 1]})

    class Ids(list):
        def __iter__(self):
            retriever.whole_ = None  # as another thread does that does not hold the lock
            return super().__iter__()

    whole = whole_index(retriever)
    reduce_whole(retriever, Ids(["a"]))
    assert list(whole.ids()) == ["b"]
