"""The privacy benchmark: intervals over draws and queries, and no noise at infinity."""

import numpy as np
import pytest
from sklearn.base import clone

from benchmarks.privacy import draws_interval, held_out_precisions, precision_rows, private_cca
from classicxm.alignment import CCA
from classicxm.evaluation import class_relevance


def histograms(n=90, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    views = {}
    for name, d in (("image", 12), ("text", 5)):
        X = rng.gamma(1.0 + 3.0 * rng.random((3, d)))[labels] + 0.3 * rng.random((n, d))
        views[name] = X / X.sum(axis=1, keepdims=True)
    return views, labels


def test_rows_are_means_over_draws_and_directions():
    draws = [np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.5, 0.5], [0.0, 0.5]])]
    rows = {row["measure"]: row for row in precision_rows("epsilon=1", draws, ridge=1.0)}
    assert {name: row["value"] for name, row in rows.items()} == {
        "map_i2t": 0.5,
        "map_t2i": 0.625,
        "map_mean": 0.5625,
    }
    # The mean of both directions is .75 in the first draw and .375 in the second.
    assert rows["map_mean"]["settings"] == {"std_of_draws": 0.1875, "ridge": 1.0}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows.values())


def test_intervals_grow_with_the_spread_of_draws_and_of_queries():
    rng = np.random.default_rng(0)
    queries = rng.random((1, 400))
    alike, apart = np.repeat(queries, 10, axis=0), queries + 0.2 * rng.normal(size=(10, 1))
    widths = [np.ptp(draws_interval(values)) for values in (np.full((10, 400), 0.5), alike, apart)]
    assert widths[0] == pytest.approx(0) and widths[1] < widths[2]
    assert widths[1] == pytest.approx(2 * 1.96 * queries.std() / 20, rel=0.15)


def test_infinity_is_plain_cca_and_a_finite_epsilon_is_not():
    (train, labels), (test, _) = histograms(), histograms(seed=1)
    relevant = class_relevance(labels, labels)
    endless = private_cca(np.inf, 1e-3).set_params(aligner__n_components=2)
    assert endless.aligner.get_params() == {**type(endless.aligner)().get_params(), "n_components": 2}
    exact = held_out_precisions(endless, train, test, relevant)
    noisy = held_out_precisions(
        private_cca(1.0, 1e-3).set_params(aligner__n_components=2), train, test, relevant
    )
    assert exact.shape == noisy.shape == (2, 90) and abs(exact - noisy).max() > 0
    assert type(clone(endless).aligner) is CCA
