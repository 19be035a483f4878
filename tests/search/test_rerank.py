"""The exact best of candidates, whatever the rounding."""

import numpy as np
import pytest

from classicxm.distances import get_metric
from classicxm.search.quantised import QuantisedRows
from classicxm.search.rerank import rerank, rerank_one
from classicxm.search.scoring import Scorer, prepare_items


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot", "kl"])
@pytest.mark.parametrize("k", [1, 5, 40])
def test_as_a_full_sort(metric, k):
    rng = np.random.default_rng(0)
    items, queries = rng.random((60, 7)).astype(np.float32), rng.random((3, 7)).astype(np.float32)
    stored, scorer = prepare_items(metric, items), Scorer(metric, queries)
    candidates = [np.arange(0, 60, 2), np.arange(30), np.array([], int)]
    rows, scores = rerank(scorer, stored, candidates, k)
    every = get_metric(metric)(queries, items)
    for query, wanted in enumerate(candidates):
        expected = wanted[np.argsort(-every[query, wanted], kind="stable")][:k]
        assert rows[query, : len(expected)].tolist() == expected.tolist()
        np.testing.assert_allclose(scores[query, : len(expected)], every[query, expected], rtol=1e-5)
        assert (rows[query, len(expected) :] == -1).all()
    one = rerank_one(scorer.part(slice(1, 2)), stored, candidates[1], k)
    np.testing.assert_array_equal(one[0][0], rows[1])


def test_rounded_vectors_rule_out_and_never_decide():
    rng = np.random.default_rng(1)
    stored = prepare_items("cosine", rng.normal(size=(200, 16)))
    scorer = Scorer("cosine", rng.normal(size=(4, 16)))
    candidates = [np.arange(200)] * 4
    plain, rounded = (
        rerank(scorer, stored, candidates, 5, r) for r in (None, QuantisedRows.extended(None, 0, stored))
    )
    np.testing.assert_array_equal(plain[0], rounded[0])
    np.testing.assert_array_equal(plain[1], rounded[1])
    assert rerank(scorer.part(slice(0, 0)), stored, [], 3)[0].shape == (0, 3)
