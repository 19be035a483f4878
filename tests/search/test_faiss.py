import io
import sys

import joblib
import numpy as np
import pytest

from classicxm import persistence
from classicxm.errors import DamagedFileError, MissingExtraError
from classicxm.search import ExactIndex, FaissIndex, HammingIndex
from classicxm.search.tuning import recall_of

pytest.importorskip("faiss", reason="faiss-cpu is an extra")
VECTORS = np.random.default_rng(0).standard_normal((12_000, 16))


@pytest.mark.parametrize("metric", ["cosine", "correlation", "dot", "euclidean"])
def test_flat_is_exact(metric):
    truth = ExactIndex(metric).add(VECTORS, range(12_000)).search(VECTORS[:50] * 2, 10)
    found = FaissIndex(metric=metric).add(VECTORS, range(12_000)).search(VECTORS[:50] * 2, 10)
    assert (found[0] == truth[0]).all()
    np.testing.assert_allclose(found[1], truth[1])


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "ivf", "n_probes": 30},
        {"kind": "hnsw"},
        {"kind": "pq", "n_subquantizers": 4, "n_reranked": 1000},
        {"kind": "lsh", "n_bits": 128, "n_reranked": 500},
        {"kind": "ivf", "n_probes": 30, "metric": "euclidean"},
        {"kind": "hnsw", "metric": "euclidean"},
    ],
)
def test_approximate_kinds_find_most(settings, tmp_path):
    index = FaissIndex(**settings).add(VECTORS, range(12_000))
    queries = np.random.default_rng(1).standard_normal((50, 16))
    truth, _ = ExactIndex(index.metric).add(VECTORS, range(12_000)).search(queries, 10)
    ids, _ = index.search(queries, 10)
    assert recall_of(ids, truth) > 0.7
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    assert (loaded.search(queries, 10)[0] == ids).all()


def test_binary_is_the_hamming_index():
    found = FaissIndex("binary").add(VECTORS, range(12_000)).search(VECTORS[:50], 5)
    expected = HammingIndex().add(VECTORS, range(12_000)).search(VECTORS[:50], 5)
    assert (found[0] == expected[0]).all()
    assert (found[1] == expected[1]).all()


def test_many_duplicates_still_tie_in_insertion_order():
    vectors = np.tile(VECTORS[:2], (3000, 1))
    for kind in ("flat", "binary"):
        ids, _ = FaissIndex(kind).add(vectors, range(6000)).search(VECTORS[:1], 5)
        assert ids.tolist() == [[0, 2, 4, 6, 8]]


def test_training_waits_for_enough_items():
    index = FaissIndex("ivf", n_lists=20).add(VECTORS[:100], range(100))
    assert not index.structure.final
    index.add(VECTORS[100:5000], range(100, 5000))
    assert index.structure.final
    assert index.structure.index.ntotal == 5000


def test_a_restriction_is_followed():
    index = FaissIndex("hnsw").add(VECTORS, range(12_000))
    allowed = range(0, 12_000, 3)
    ids, _ = index.search(VECTORS[:20], 10, allowed)
    truth, _ = ExactIndex().add(VECTORS, range(12_000)).search(VECTORS[:20], 10, allowed)
    assert recall_of(ids, truth) > 0.9


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(
        MissingExtraError, match=r'faiss-cpu is not installed; run: pip install "classicxm\[faiss\]"'
    ):
        FaissIndex().add(VECTORS, range(12_000))


def test_damaged_bytes_are_named(tmp_path):
    index = FaissIndex().add(VECTORS[:10], range(10))
    snapshot = index.store_.snapshot()
    index.write_structure(index.structure, tmp_path)
    np.save(tmp_path / "faiss.npy", np.load(tmp_path / "faiss.npy")[:40])
    with pytest.raises(DamagedFileError, match=r"faiss\.npy: is not a readable faiss index"):
        index.read_structure(tmp_path, snapshot)
    other = FaissIndex().add(VECTORS[:9], range(9))
    other.write_structure(other.structure, tmp_path)
    with pytest.raises(DamagedFileError, match="holds 9 items for 10 vectors"):
        index.read_structure(tmp_path, snapshot)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"kind": "nsg"},
            "kind must be one of 'flat', 'ivf', 'hnsw', 'pq', 'ivfpq', 'lsh', 'binary', got 'nsg'",
        ),
        ({"kind": "pq", "n_subquantizers": 5}, "n_subquantizers must divide the 16 dimensions, got 5"),
        ({"metric": "kl"}, "metric must be one of"),
        ({"n_lists": 0}, "n_lists must be None or an integer of at least 1, got 0"),
    ],
)
def test_bad_parameters_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        FaissIndex(**settings).add(VECTORS, range(12_000))


def test_a_binary_index_survives_pickling():
    vectors = np.random.default_rng(0).normal(size=(50, 16))
    index = FaissIndex("binary").add(vectors, range(50))
    again = joblib.load(_dumped(index))
    np.testing.assert_array_equal(again.search(vectors, 3)[0], index.search(vectors, 3)[0])


def _dumped(value):
    file = io.BytesIO()
    joblib.dump(value, file)
    file.seek(0)
    return file
