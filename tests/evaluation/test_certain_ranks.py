"""The quick way gives the plain way's values to the bit, ties and near ties included."""

import numpy as np
import pytest

from classicxm.distances import get_metric
from classicxm.evaluation.certain_ranks import measured_both_ways
from classicxm.evaluation.measures import Measure

MEASURES = [Measure("AP"), Measure("RR"), Measure("RR", ties="average"), Measure("RR", ties="pessimistic")]
MEASURES += [Measure("AP", ties="average"), Measure("Success", cutoff=3)]


def rows(kind, n=40, d=7):
    rng = np.random.default_rng(5)
    A, B = rng.normal(size=(2, n, d))
    if kind == "codes":  # nearly all scores are tied
        A, B = np.sign(A), np.sign(B)
    if kind == "twins":  # equal rows, and rows that differ by less than a product's rounding
        B[n // 2 :] = B[: n // 2] * np.where(np.arange(n // 2) % 2, 1.0, 1 + 2e-16)[:, None]
        A[3] = 0.0
    if kind == "long":
        A, B = A * 10.0 ** rng.integers(-9, 9, (n, 1)), B * 10.0 ** rng.integers(-9, 9, (n, 1))
    return A, B


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("kind", ["spread", "codes", "twins", "long"])
@pytest.mark.parametrize("several", [False, True])
def test_the_values_are_those_of_exact_scores(kind, metric, measure, several):
    A, B = rows(kind)
    classes = np.random.default_rng(1).integers(0, 6, len(A))
    relevant = classes[:, None] == classes if several else np.eye(len(A), dtype=bool)
    score = get_metric(metric)
    there, back = measured_both_ways(measure, metric, A, B, relevant)
    np.testing.assert_array_equal(there, measure(score(A, B), relevant))
    np.testing.assert_array_equal(back, measure(score(B, A), relevant))


@pytest.mark.parametrize("measure", MEASURES[:2], ids=lambda measure: measure.name)
def test_queries_for_which_nothing_is_relevant_count_nothing(measure):
    A, B = rows("spread")
    there, back = measured_both_ways(measure, "dot", A, B, np.zeros((len(A), len(A)), bool))
    assert not there.any() and not back.any()


def test_scores_that_are_no_numbers_are_refused():
    A, B = rows("spread")
    A[2, 1] = np.nan
    with pytest.raises(ValueError, match="scores of query 2 have NaN"):
        measured_both_ways(Measure("RR"), "dot", A, B, np.eye(len(A), dtype=bool))


def test_most_queries_take_one_plain_product(monkeypatch):
    A, B = rows("spread", n=60)
    called = []
    metric = get_metric("dot")
    counted = type(metric)(
        "dot",
        metric.prepare,
        lambda a, b: called.append(len(a)) or metric.score(a, b),
        metric.to_distance,
        True,
    )
    measured_both_ways(Measure("AP"), counted, A, B, np.eye(60, dtype=bool))
    assert sum(called) == 0
