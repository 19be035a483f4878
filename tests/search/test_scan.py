"""Scanning in chunks is sorting all scores, for any size of chunk, one query or many."""

import numpy as np
import pytest

from classicxm.distances import get_metric
from classicxm.search import scan as module
from classicxm.search.scan import scan
from classicxm.search.scoring import Scorer, prepare_items


@pytest.fixture(autouse=True, params=[(256, 8192, 2048), (2, 16, 4)])
def blocks(request, monkeypatch):
    for name, value in zip(("QUERY_BLOCK", "ITEM_BLOCK", "FIRST_BLOCK"), request.param, strict=True):
        monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "kl", "cityblock"])
@pytest.mark.parametrize("n_queries", [1, 5])
@pytest.mark.parametrize("entries", [1, 100, 10**6])
def test_as_a_full_sort(metric, n_queries, entries):
    rng = np.random.default_rng(0)
    items, queries = rng.random((150, 6)).astype(np.float32), rng.random((n_queries, 6)).astype(np.float32)
    items[70:90] = items[10:30]  # ties
    every = get_metric(metric)(queries, items)
    for rows in (None, np.arange(5, 150, 3)):
        found, scores = scan(Scorer(metric, queries), prepare_items(metric, items), rows, 10, entries)
        pool = np.arange(150) if rows is None else rows
        for query in range(n_queries):
            order = pool[np.argsort(-every[query, pool], kind="stable")][:10]
            np.testing.assert_allclose(scores[query], every[query, order], rtol=1e-5, atol=1e-6)
        assert (np.diff(found[0][scores[0] == scores[0, 0]]) > 0).all()


def test_fewer_items_than_asked_for():
    found, scores = scan(Scorer("dot", np.ones((2, 3))), np.eye(3, dtype=np.float32)[:2], None, 4, 100)
    assert found.tolist() == [[0, 1, -1, -1]] * 2 and np.isneginf(scores[:, 2:]).all()
    found, _ = scan(Scorer("dot", np.ones((1, 3))), np.eye(3, dtype=np.float32), np.array([], int), 2, 100)
    assert found.tolist() == [[-1, -1]]
