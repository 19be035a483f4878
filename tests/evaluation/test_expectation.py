"""The policy ``average`` against the mean over every order of the tied items."""

from itertools import permutations, product

import numpy as np
import pytest

from classicxm.evaluation import measure, ranked_relevance
from classicxm.evaluation.expectation import first_relevant_probability

MEASURES = [
    "AP",
    "AP(all)",
    "Success@{k}",
    "RR",
    "RR@{k}",
    "MeanRank",
    "P@{k}",
    "Recall@{k}",
    "nDCG",
    "nDCG@{k}",
]
MEASURES += ["AP@{k}", "AP@{k}(all)"]


def mean_over_orders(name, scores, relevant):
    """One query, by brute force: every order of every tie group."""
    groups = [np.flatnonzero(scores == level) for level in np.unique(scores)[::-1]]
    untied = -np.arange(len(scores), dtype=float)[None]
    values = [
        measure(name)(untied, relevant[np.concatenate(order)][None])[0]
        for order in product(*(permutations(group) for group in groups))
    ]
    return np.mean(values)


@pytest.mark.parametrize("pattern", MEASURES)
def test_every_order_of_small_galleries(pattern):
    random = np.random.default_rng(1)
    for _ in range(25):
        n = random.integers(1, 7)
        scores = random.integers(0, 3, n)
        relevant = random.integers(0, 3, n) if "nDCG" in pattern else random.integers(0, 2, n)
        name = pattern.format(k=random.integers(1, n + 2))
        expected = mean_over_orders(name, scores, relevant)
        got = measure(name, ties="average")(scores[None], relevant[None])[0]
        assert got == pytest.approx(expected, abs=1e-12), (name, scores, relevant)


@pytest.mark.parametrize(
    "name", ["AP", "AP@7", "AP@7(all)", "RR", "nDCG@5", "P@3", "Success@2", "MedianRank"]
)
def test_without_ties_the_expectation_is_the_value(name):
    random = np.random.default_rng(2)
    scores, relevant = (
        random.permuted(np.tile(np.arange(20.0), (15, 1)), axis=1),
        random.random((15, 20)) < 0.2,
    )
    plain = measure(name)(scores, relevant)
    np.testing.assert_allclose(measure(name, ties="average")(scores, relevant), plain, atol=1e-12)


@pytest.mark.parametrize("name", ["AP", "AP@5(all)", "RR", "nDCG", "P@4", "Recall@4", "Success@3"])
def test_average_lies_between_pessimistic_and_optimistic(name):
    random = np.random.default_rng(3)
    scores, relevant = random.integers(0, 4, (200, 12)), random.random((200, 12)) < 0.3
    low, middle, high = (
        measure(name, ties=ties)(scores, relevant) for ties in ("pessimistic", "average", "optimistic")
    )
    assert (low <= middle + 1e-12).all()
    assert (middle <= high + 1e-12).all()
    assert (low < high).any()


def test_with_the_found_denominator_relevant_first_can_be_worse():
    # Behind a hit at rank 1, a second one found at rank 5 lowers AP@5 from 1 to (1 + 2/5) / 2.
    scores, relevant = [[9, 8, 7, 6, 5, 5]], [[1, 0, 0, 0, 0, 1]]
    assert measure("AP@5", ties="optimistic")(scores, relevant)[0] == pytest.approx(0.7)
    assert measure("AP@5", ties="pessimistic")(scores, relevant)[0] == 1
    assert measure("AP@5", ties="average")(scores, relevant)[0] == pytest.approx(0.85)


def test_first_relevant_probability_by_hand():
    # Two relevant among three tied: first at 1 with 2/3, at 2 with 1/3.
    ranked = ranked_relevance([[0, 0, 0], [0, 0, 0]], [[1, 0, 1], [0, 0, 0]], "average")
    np.testing.assert_allclose(first_relevant_probability(ranked), [[2 / 3, 1 / 3, 0], [0, 0, 0]])


def test_cut_group_with_the_found_denominator_by_hand():
    # Three tied, one relevant, cutoff 2: the relevant one stands at rank 1, 2 or 3, AP 1, 1/2, 0.
    np.testing.assert_allclose(measure("AP@2", ties="average")([[0, 0, 0]], [[0, 1, 0]]), [0.5])


def test_large_tied_galleries_match_simulation():
    random = np.random.default_rng(4)
    relevant = np.tile(np.arange(700) < 80, (3000, 1))
    simulated = measure("AP@50")(random.random(relevant.shape), relevant)
    exact = measure("AP@50", ties="average")(np.zeros((1, 700)), relevant[:1])[0]
    assert abs(simulated.mean() - exact) < 4 * simulated.std() / np.sqrt(len(relevant))
