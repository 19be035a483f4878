"""The whole trip with bits: described, hashed, indexed as packed codes, saved, loaded and searched."""

import numpy as np
import pytest

from classicxm.comparison import assess
from classicxm.datasets import make_scenes
from classicxm.hashing import CMFH, SCMHash
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.search import HammingIndex
from classicxm.text import TfidfText


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(120, modalities=("text", "image"))


@pytest.fixture(scope="module")
def retriever(scenes):
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    return CrossModalRetriever(extractors, SCMHash(32), index=HammingIndex()).fit_collection(scenes)


def test_scores_are_hamming_distances_and_only_codes_are_kept(retriever, scenes):
    queries = scenes.column("text")[:10]
    ids, scores = retriever.search_batch({"text": queries}, "image", k=120)
    bits = retriever.project("text", queries), retriever.project("image", scenes.column("image"))
    distances = (bits[0][:, None] != bits[1][None]).sum(axis=2)
    position = {key: i for i, key in enumerate(scenes.ids)}
    found = np.array([[position[key] for key in row] for row in ids])
    np.testing.assert_array_equal(-scores, np.take_along_axis(distances, found, axis=1))
    np.testing.assert_array_equal(found, np.argsort(distances, axis=1, kind="stable"))
    assert retriever.indexes_["image"].store_dtype == "uint8"


def test_saved_and_loaded_it_answers_the_same(retriever, scenes, tmp_path):
    again = CrossModalRetriever.load(retriever.save(tmp_path / "model"))
    for query, target in (("text", "image"), ("image", "text")):
        items = {query: scenes.column(query)[:20]}
        for one, other in zip(
            again.search_batch(items, target), retriever.search_batch(items, target), strict=True
        ):
            np.testing.assert_array_equal(one, other)
    hits = again.search({"text": "a red circle"}, target="image", k=3)
    assert len(hits) == 3 and all(-32 <= hit.score <= 0 for hit in hits)
    assert again.search({"text": "a red circle", "image": scenes[0]["image"]}, "image", k=1)


def test_it_is_assessed_like_any_other_and_by_plain_search_alike(retriever, scenes):
    training, held = scenes.split("train"), scenes.split("test")
    figures = assess(retriever, held, protocol="hashing", training=training).figures
    for figure in figures:
        assert figure.measure != "mAP" or figure.value > 1.3 * figure.random
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    plain = CrossModalRetriever(extractors, SCMHash(32)).fit_collection(scenes)
    query = {"text": held.column("text")}
    np.testing.assert_array_equal(
        plain.search_batch(query, "image")[0], retriever.search_batch(query, "image")[0]
    )


def test_an_index_of_shared_codes_is_searched_by_one_view(scenes):
    """A database whose items have both views may be held by shared codes instead."""
    training = scenes.split("train")
    views = {
        "text": TfidfText().fit(training.column("text")).transform(training.column("text")),
        "image": ColorHistogram().fit().transform(training.column("image")),
    }
    hasher = CMFH(32).fit(views)
    index = HammingIndex().add(hasher.shared_codes(views), training.ids)
    ids, _ = index.search(hasher.transform_view("text", views["text"]), k=5)
    assert np.mean([key in row for key, row in zip(training.ids, ids, strict=True)]) > 0.5
