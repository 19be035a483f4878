"""Supervised alignments: against direct solves and cases worked by hand."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import eigh, sqrtm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import (
    BLM,
    CCA,
    GMLDA,
    GMMFA,
    JFSSL,
    LCFS,
    ClusterCCA,
    LabelCCA,
    MeanCCA,
    SemanticCorrelationMatching,
    SemanticMatching,
)
from classicxm.alignment.cluster import cluster_moments
from classicxm.alignment.gma import generalised_directions, scatters
from classicxm.alignment.gmmfa import graph_scatter, marginal_graphs
from classicxm.alignment.jfssl import graph_products
from classicxm.alignment.lcfs import coupled_maps, row_weights
from classicxm.labels import class_indicators


def span_angle(A, B):
    """Largest principal angle between two column spaces, as 1 - cosine."""
    return 1 - np.linalg.svd(np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0], compute_uv=False).min()


def test_generalised_directions_with_covariances_are_cca(make_views):
    views = {name: X - X.mean(axis=0) for name, X in make_views().items()}
    within = {name: X.T @ X for name, X in views.items()}
    tie = {("image", "text"): views["image"].T @ views["text"]}
    zero = {name: np.zeros_like(C) for name, C in within.items()}
    weights, _ = generalised_directions(zero, within, tie, 3, 1.0, 0.0)
    cca = CCA(3, ridge=0.0).fit(views)
    for name in views:
        assert span_angle(weights[name], cca.weights_[name]) < 1e-6


def test_scatters_add_up():
    X = np.array([[-3.0, 0.0], [-1.0, 1.0], [1.0, -1.0], [3.0, 0.0]])
    means, between, within = scatters(X, np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]))
    np.testing.assert_allclose(means, [[-2, 0.5], [2, -0.5]])
    np.testing.assert_allclose(between, [[16, -4], [-4, 1]])
    np.testing.assert_allclose(between + within, X.T @ X)


def test_gmlda_without_agreement_is_discriminant_analysis(make_classes):
    views, y = make_classes(widths=(4, 4))
    twice = {"image": views["image"], "text": views["image"]}
    model = GMLDA(2, trade_off=1.0, ridge=0.0, scale=False).fit(twice, y)
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit(views["image"], y)
    assert span_angle(model.weights_["image"], theirs.scalings_[:, :2]) < 1e-6


def test_blm_maximises_variance_and_agreement(make_views):
    views = {name: X - X.mean(axis=0) for name, X in make_views().items()}
    X, Y = views.values()
    joint = (
        np.block([[X.T @ X / 6, 2 * X.T @ Y / np.sqrt(24)], [2 * Y.T @ X / np.sqrt(24), Y.T @ Y / 4]]) / 200
    )
    values = eigh(joint, np.diag([1 / 6] * 6 + [1 / 4] * 4), eigvals_only=True)[::-1]
    np.testing.assert_allclose(
        BLM(3, trade_off=2.0, scale=False).fit(views).eigenvalues_, values[:3], rtol=1e-8
    )


def test_graph_scatter_is_the_sum_over_edges():
    rng = np.random.default_rng(0)
    X, classes = rng.normal(size=(12, 3)), np.eye(3)[np.arange(12) % 3]
    graphs = marginal_graphs(X, classes, 2, 4)
    np.testing.assert_allclose(graph_scatter(X, graphs[0]), graph_scatter(X, graphs[0].toarray()), atol=1e-12)
    within, between = (graph.toarray() for graph in graphs)
    assert not (within * between).any() and (within == within.T).all() and not np.diag(within).any()
    assert (within.sum(axis=1) >= 2).all() and (between.sum(axis=1) >= 4).all()
    assert not within[~(classes @ classes.T > 0)].any() and not between[classes @ classes.T > 0].any()
    direct = (
        sum(within[i, j] * np.outer(X[i] - X[j], X[i] - X[j]) for i in range(12) for j in range(12)) / 2 / 12
    )
    np.testing.assert_allclose(graph_scatter(X, within), direct, atol=1e-12)


def test_gmmfa_separates_classes_within_and_across(make_classes):
    views, y = make_classes()
    z = GMMFA(2).fit(views, y).transform(views)
    means = {name: np.stack([Z[y == label].mean(axis=0) for label in np.unique(y)]) for name, Z in z.items()}
    for Z in z.values():
        nearest = np.linalg.norm(Z[:, None] - means["image"][None], axis=2).argmin(axis=1)
        assert (np.unique(y)[nearest] == y).mean() > 0.8


def test_cluster_moments_are_those_of_all_pairs(make_classes):
    views, y = make_classes(n=15, widths=(3, 2))
    y[0] = y[1]
    pairs = [(i, j) for i in range(15) for j in range(15) if y[i] == y[j]]
    i, j = np.array(pairs).T
    moments = cluster_moments(views, class_indicators(y, 15)[1])
    both = np.cov(np.hstack([views["image"][i], views["text"][j]]).T)
    np.testing.assert_allclose(moments.covariance("image"), both[:3, :3], atol=1e-10)
    np.testing.assert_allclose(moments.covariance("text"), both[3:, 3:], atol=1e-10)
    np.testing.assert_allclose(moments.covariance("image", "text"), both[:3, 3:], atol=1e-10)
    expanded = CCA(2, ridge=0.1, scale=True).fit({"image": views["image"][i], "text": views["text"][j]})
    np.testing.assert_allclose(
        ClusterCCA(2, ridge=0.1).fit(views, y).correlations_, expanded.correlations_, atol=1e-10
    )


def test_mean_cca_is_cca_of_class_means(make_classes):
    views, y = make_classes(n_classes=4)
    means = {
        name: np.stack([X[y == label].mean(axis=0) for label in np.unique(y)]) for name, X in views.items()
    }
    expected = CCA(2, ridge=0.1, scale=True, solver="primal").fit(means)
    np.testing.assert_allclose(
        MeanCCA(2, ridge=0.1).fit(views, y).correlations_, expected.correlations_, atol=1e-10
    )
    with pytest.raises(ValueError, match="n_components must be at most 3"):
        MeanCCA(4, ridge=0.1).fit(views, y)


def test_label_cca_is_the_block_problem_with_labels(make_classes):
    views, y = make_classes()
    indicators = class_indicators(y, len(y))[1][:, :2]  # the third column follows from these
    blocks = [StandardScaler().fit_transform(X) for X in (*views.values(), indicators)]
    X = np.hstack(blocks)
    edges = np.cumsum([0, *(B.shape[1] for B in blocks)])
    within = np.zeros((edges[-1],) * 2)
    for a, b in pairwise(edges):
        within[a:b, a:b] = X[:, a:b].T @ X[:, a:b]
    values = eigh(X.T @ X, within, eigvals_only=True)[::-1]
    model = LabelCCA(2, ridge=0.0, power=4.0).fit(views, y)
    np.testing.assert_allclose(model.eigenvalues_, values[:2], atol=1e-8)
    np.testing.assert_allclose(model.component_scale_, values[:2] ** 4, atol=1e-6)


def test_lcfs_first_step_equals_the_formula(make_classes):
    views, y = make_classes(n=30, widths=(4, 3))
    X, Y = views.values()
    T = class_indicators(y, 30)[1]
    U, V = coupled_maps(X, Y, T, 0.1, 0.5, n_iterations=0)
    root = np.linalg.inv(np.real(sqrtm(X @ U @ U.T @ X.T + Y @ V @ V.T @ Y.T + 1e-7 * np.eye(30))))
    expected = np.linalg.solve(
        X.T @ X + 0.1 * np.diag(1 / (2 * np.linalg.norm(U, axis=1) + 1e-8)) + 0.5 * X.T @ root @ X, X.T @ T
    )
    np.testing.assert_allclose(
        coupled_maps(X, Y, T, 0.1, 0.5, n_iterations=1)[0], expected, rtol=1e-5, atol=1e-8
    )


def test_sparsity_drops_noise_features(make_classes):
    views, y = make_classes(n=200)
    noisy = {
        name: np.hstack([X, np.random.default_rng(5).normal(size=(200, 5))]) for name, X in views.items()
    }
    for model in (LCFS(sparsity=30.0), JFSSL(sparsity=30.0)):
        W = model.fit(noisy, y).weights_["image"]
        strength = np.linalg.norm(W, axis=1)
        assert strength[-5:].max() < 0.2 * strength[:8].max()
    np.testing.assert_allclose(row_weights(np.array([[0.0], [2.0]]), eps=0.5), [2.0, 1 / 4.5])


def test_jfssl_laplacian_is_that_of_the_whole_graph(make_classes):
    views, y = make_classes(n=20, widths=(3, 2))
    T = class_indicators(y, 20)[1]
    found = graph_products(views, T, n_neighbours=0, between=2.0)
    mates = T @ T.sum(axis=0)
    across = 2.0 * (T @ T.T) / np.sqrt(np.outer(mates, mates))
    L = np.diag(np.tile(across.sum(axis=1), 2)) - np.block(
        [[np.zeros((20, 20)), across], [across.T, np.zeros((20, 20))]]
    )
    X, Y = views.values()
    np.testing.assert_allclose(found["image", "image"], X.T @ L[:20, :20] @ X / 20, atol=1e-10)
    np.testing.assert_allclose(found["image", "text"], X.T @ L[:20, 20:] @ Y / 20, atol=1e-10)
    np.testing.assert_allclose(L.sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_semantic_posteriors_equal_scikit_learn(make_classes, n_classes):
    views, y = make_classes(n_classes=n_classes)
    Z = StandardScaler().fit_transform(views["text"])
    expected = LogisticRegression(C=0.1, max_iter=1000).fit(Z, y).predict_proba(Z)
    model = SemanticMatching(C=0.1).fit(views, y)
    np.testing.assert_allclose(model.transform_view("text", views["text"]), expected, atol=1e-4)
    assert model.exclusive_


def test_linear_kernel_logistic_regression_is_logistic_regression(make_classes):
    views, y = make_classes()
    expected = LogisticRegression(C=0.5, max_iter=1000).fit(views["text"], y).predict_proba(views["text"])
    model = SemanticMatching(C=0.5, kernel="linear").fit(views, y)
    np.testing.assert_allclose(model.transform_view("text", views["text"]), expected, atol=1e-3)


def test_posteriors_of_several_labels_are_one_regression_each(make_classes):
    views, y = make_classes()
    both = [[label, "any"] for label in y]
    model = SemanticMatching().fit(views, both)
    P = model.transform_view("text", views["text"])
    assert not model.exclusive_
    np.testing.assert_array_equal(P[:, list(model.classes_).index("any")], 1.0)


def test_semantic_correlation_matching_is_one_upon_the_other(make_classes):
    views, y = make_classes()
    model = SemanticCorrelationMatching(3, ridge=0.0, C=2.0).fit(views, y)
    z = CCA(3, ridge=0.0, power=0.0, scale=True).fit(views).transform(views)
    expected = SemanticMatching(C=2.0).fit(z, y).transform(z)
    np.testing.assert_allclose(model.transform(views)["text"], expected["text"], atol=1e-6)


def test_indicators():
    classes, T = class_indicators(np.array([3, 1, 3]), 3)
    assert classes.tolist() == [1, 3] and T.tolist() == [[0, 1], [1, 0], [0, 1]]
    given = np.array([[True, False], [True, True]])
    assert class_indicators(given, 2)[1].tolist() == [[1, 0], [1, 1]]
    with pytest.raises(ValueError, match="missing label"):
        class_indicators(["sea", None], 2)
    with pytest.raises(ValueError, match="only 0 and 1"):
        class_indicators(np.array([[0, 2], [1, 0]]), 2)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (GMLDA(trade_off=-1), "trade_off must be a number of at least 0"),
        (GMMFA(n_within=0), "n_within must be an integer of at least 1"),
        (LCFS(n_iterations=0), "n_iterations must be an integer of at least 1"),
        (JFSSL(smoothness="x"), "smoothness must be a number of at least 0"),
        (LabelCCA(power=-1), "power must be a number of at least 0"),
        (ClusterCCA(ridge=None), "ridge must be a number of at least 0"),
        (SemanticMatching(C=0), "C must be a number above 0"),
        (SemanticMatching(score_metric="l1"), "score_metric must be one of"),
        (BLM(100), "n_components must be at most 5"),
    ],
)
def test_bad_parameters(make_classes, model, message):
    views, y = make_classes()
    with pytest.raises(ValueError, match=message):
        model.fit(views, y)
