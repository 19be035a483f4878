"""Marginal Fisher analysis: the graphs by hand, and the scatter of a graph edge by edge."""

import numpy as np
import pytest
from scipy import sparse

from classicxm.alignment import GMMFA
from classicxm.alignment.gmmfa import graph_scatter, marginal_graphs

LINE = np.array([[0.0], [1.0], [3.0], [4.0]])
CLASSES = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])


def test_graphs_of_four_points_on_a_line():
    within, between = marginal_graphs(LINE, CLASSES, 1, 1)
    assert within.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    # the nearest of the other class: 0 and 1 -> 2, 2 and 3 -> 1, either end of an edge knowing the other
    assert between.toarray().tolist() == [[0, 0, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]]


def test_more_neighbours_than_there_are():
    within, between = marginal_graphs(LINE, CLASSES, 50, 50)
    assert within.sum() == 4 and between.sum() == 8


def test_rows_of_all_classes_have_no_marginal_neighbours():
    both = np.ones((3, 2))
    within, between = marginal_graphs(LINE[:3], both, 2, 2)
    assert between.nnz == 0 and within.nnz == 6


def test_graph_scatter_is_half_the_sum_over_edges():
    X = np.random.default_rng(0).normal(size=(6, 3))
    G = np.triu(np.random.default_rng(1).integers(0, 2, (6, 6)), 1)
    G = (G + G.T).astype(float)
    expected = sum(G[i, j] * np.outer(X[i] - X[j], X[i] - X[j]) for i in range(6) for j in range(6)) / 2 / 6
    np.testing.assert_allclose(graph_scatter(X, sparse.csr_array(G)), expected, atol=1e-12)


def test_classes_are_told_apart(make_classes):
    views, y = make_classes(n=90, noise=0.5)
    model = GMMFA(2).fit(views, y)
    Z = model.transform_view("image", views["image"])
    centres = np.array([Z[y == label].mean(axis=0) for label in model.classes_])
    nearest = np.linalg.norm(Z[:, None] - centres, axis=2).argmin(axis=1)
    assert np.mean(model.classes_[nearest] == y) > 0.9
    assert (np.diff(model.eigenvalues_) <= 0).all()
    with pytest.raises(ValueError, match="n_within"):
        GMMFA(2, n_within=0).fit(views, y)
