"""Rough scores lie within their bound of the exact ones, which are the metric's."""

import numpy as np
import pytest

from classicxm.distances import METRICS, get_metric
from classicxm.search.scoring import Scorer, prepare_items


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_bounds_hold_and_exact_scores_are_the_metric(metric):
    rng = np.random.default_rng(0)
    items, queries = rng.random((40, 9)).astype(np.float32), rng.random((3, 9)).astype(np.float32)
    stored, scorer = prepare_items(metric, items), Scorer(metric, queries)
    expected = get_metric(metric)(queries, items)
    rough, error = scorer.rough(stored)
    which, rows = np.divmod(np.arange(120), 40)
    exact = scorer.exact(which, stored[rows], rough.ravel()).reshape(3, 40)
    np.testing.assert_allclose(exact, expected, rtol=1e-5, atol=1e-6)
    for query in range(3):
        floors = np.array(
            [scorer.part(slice(query, query + 1)).floor(exact[query, n : n + 1])[0] for n in range(40)]
        )
        assert (np.abs(floors - rough[query]) <= error[query] + 1e-9).all()
        one, bound = scorer.rough_one(query, stored)
        np.testing.assert_allclose(one, rough[query], rtol=1e-5, atol=1e-6)
        assert bound == pytest.approx(error[query])


def test_lengths_too_large_for_single_precision():
    items, queries = np.array([[1e30, 0]], np.float32), np.array([[1e30, 1]], np.float32)
    rough, _ = Scorer("dot", queries).rough(items)
    assert rough[0, 0] == pytest.approx(1e60, rel=1e-5)


def test_equal_pairs_have_equal_scores_wherever_they_stand():
    rng = np.random.default_rng(0)
    items = np.repeat(rng.normal(size=(1, 33)), 100, axis=0)
    stored, scorer = prepare_items("cosine", items), Scorer("cosine", rng.normal(size=(1, 33)))
    assert len(set(scorer.exact(np.zeros(100, int), stored, None).tolist())) == 1
