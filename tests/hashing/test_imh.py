"""Inter-media hashing: targets of the eigenproblem, dense and sparse, and bits cut at the median."""

import numpy as np
import pytest

from classicxm.hashing import IMH
from classicxm.hashing import imh as module
from classicxm.hashing.imh import neighbour_graph, predictable_targets
from classicxm.hashing.whitened import whitened_views
from tests.hashing.views import shared_views


def prepared(n=40):
    views = shared_views(n)
    rows = whitened_views(views, 1e-3)[2]
    return rows, {name: neighbour_graph(X, 3) for name, X in views.items()}


def test_neighbours_know_one_another():
    graph, degrees = neighbour_graph(np.array([[0.0], [1.0], [5.0]]), 1)
    assert graph.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]] and degrees.tolist() == [1, 2, 1]


def test_targets_are_orthonormal_and_of_mean_0():
    F = predictable_targets(*prepared(), 0.01, 4, 0)
    np.testing.assert_allclose(F.T @ F, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(F.mean(axis=0), 0, atol=1e-9)


def test_both_solvers_agree(monkeypatch):
    rows, graphs = prepared(60)
    dense = predictable_targets(rows, graphs, 0.01, 2, 0)
    monkeypatch.setattr(module, "DENSE_ROWS", 10)
    np.testing.assert_allclose(predictable_targets(rows, graphs, 0.01, 2, 0), dense, atol=1e-4)


def test_each_bit_halves_the_training_rows():
    views = shared_views()
    model = IMH(3).fit(views)
    for name, X in views.items():
        np.testing.assert_allclose(model.transform_view(name, X).mean(axis=0), 0, atol=0.051)
    with pytest.raises(
        ValueError, match=r"n_bits must be less than the number of rows \(40\), got 40; lower it"
    ):
        IMH(40).fit(views)
