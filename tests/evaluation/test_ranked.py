"""Measures of ranked relevance worked out by hand, and expectations over ties against all orders."""

import itertools

import numpy as np
import pytest

from classicxm.evaluation import ranked as measures
from classicxm.evaluation.ranking import ranked_relevance


def of(scores, relevant, ties="gallery_order"):
    return ranked_relevance(np.atleast_2d(scores), np.atleast_2d(relevant), ties)


#: Relevant at ranks 2 and 4 of 5, of grades 1 and 3.
ONE = of([5.0, 4.0, 3.0, 2.0, 1.0], [0, 1, 0, 3, 0])


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("average_precision", {}, (1 / 2 + 2 / 4) / 2),
        ("average_precision", {"cutoff": 3}, 1 / 2),
        ("average_precision", {"cutoff": 3, "denominator": "all"}, 1 / 4),
        ("precision", {"cutoff": 4}, 2 / 4),
        ("recall", {"cutoff": 3}, 1 / 2),
        ("success", {"cutoff": 1}, 0),
        ("success", {"cutoff": 2}, 1),
        ("reciprocal_rank", {}, 1 / 2),
        ("reciprocal_rank", {"cutoff": 1}, 0),
        ("first_relevant_rank", {}, 2),
        ("ndcg", {}, (1 / np.log2(3) + 3 / np.log2(5)) / (3 + 1 / np.log2(3))),
        ("ndcg", {"gain": "exponential", "cutoff": 2}, (1 / np.log2(3)) / (7 + 1 / np.log2(3))),
        ("interpolated_average_precision", {}, 1 / 2),
    ],
)
def test_by_hand(name, options, expected):
    assert getattr(measures, name)(ONE, **options) == pytest.approx([expected])


def test_nothing_relevant():
    nothing = of([2.0, 1.0], [0, 0])
    assert measures.average_precision(nothing) == 0 and np.isinf(measures.first_relevant_rank(nothing))
    assert measures.ndcg(nothing) == 0 and measures.reciprocal_rank(nothing) == 0
    assert measures.precision_recall_curve(nothing).tolist() == [[0] * 11]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("average_precision", {}),
        ("average_precision", {"cutoff": 2, "denominator": "all"}),
        ("precision", {"cutoff": 2}),
        ("recall", {"cutoff": 3}),
        ("success", {"cutoff": 2}),
        ("reciprocal_rank", {}),
        ("ndcg", {"cutoff": 3}),
        ("first_relevant_rank", {}),
    ],
)
def test_averages_over_ties_are_means_over_all_orders(name, options):
    scores, relevant = [3.0, 2.0, 2.0, 2.0, 1.0], [0, 1, 0, 2, 1]
    values = []
    for order in itertools.permutations([1, 2, 3]):
        broken = [relevant[0], *(relevant[i] for i in order), relevant[4]]
        values.append(getattr(measures, name)(of([5.0, 4.0, 3.0, 2.0, 1.0], broken), **options)[0])
    found = getattr(measures, name)(of(scores, relevant, "average"), **options)
    assert found == pytest.approx([np.mean(values)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measures.precision(ONE, 0), "the cutoff k must be an integer of at least 1, got 0"),
        (lambda: measures.success(ONE, True), "got True"),
        (lambda: measures.average_precision(ONE, denominator="some"), "denominator must be 'found' or 'all'"),
        (lambda: measures.ndcg(ONE, gain="square"), "gain must be 'linear' or 'exponential'"),
        (lambda: measures.precision_recall_curve(ONE, 1), "levels must be an integer of at least 2"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
