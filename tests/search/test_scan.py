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


@pytest.mark.parametrize("kind", ["spread", "sorted", "equal", "few values"])
@pytest.mark.parametrize("rows", [None, np.arange(3, 6000, 2)])
def test_one_query_of_many_items_is_a_full_sort(kind, rows, monkeypatch):
    monkeypatch.setattr(module, "MOST_HELD", 50)
    rng = np.random.default_rng(1)
    items = rng.standard_normal((6000, 5)).astype(np.float32)
    query = rng.standard_normal((1, 5)).astype(np.float32)
    if kind == "sorted":
        items = items[np.argsort(items @ query[0])]
    elif kind == "equal":
        items[:] = items[0]
    elif kind == "few values":
        items = np.sign(items)
    scorer, prepared = Scorer("cosine", query), prepare_items("cosine", items)
    found, scores = scan(scorer, prepared, rows, 10, 10**6)
    pool = np.arange(len(items)) if rows is None else rows
    exact = scorer.exact(np.zeros(len(pool), int), prepared[pool], None)
    order = np.argsort(-exact, kind="stable")[:10]
    assert found[0].tolist() == pool[order].tolist() and scores[0].tolist() == exact[order].tolist()


def test_bounds_in_single_precision_are_below():
    for bound in (0.1, -0.1, 1 + 1e-9, 0.0, 1e-50):
        assert float(module._rounded_down(bound, np.dtype(np.float32))) <= bound
    assert module._rounded_down(0.1, np.dtype(np.float64)) == 0.1
