"""Each hash against what its paper says of it: by hand, or by a plainer way to the same thing."""

import numpy as np
import pytest
from scipy.linalg import eigh, svd

from classicxm.alignment import KernelRidgeMatching, SemanticMatching
from classicxm.hashing import CCAITQ, CMFH, CVH, DLFH, IMH, ClassCodeHash, SCMHash, signs
from classicxm.hashing.cca_itq import quantising_rotation
from classicxm.hashing.class_codes import predicted_classes, spread_codes
from classicxm.hashing.dlfh import latent_codes, updated_codes
from classicxm.hashing.imh import neighbour_graph, predictable_targets
from classicxm.hashing.whitened import joint_directions, whitened_views
from tests.alignment.conftest import class_views, factor_views


def same_up_to_sign(one, other):
    return all(np.allclose(a, b) or np.allclose(a, -b) for a, b in zip(one.T, other.T, strict=True))


def test_a_projection_of_zero_is_a_bit_of_minus_one():
    assert signs(np.array([1e-300, 0.0, -0.0, -1.0])).tolist() == [1, -1, -1, -1]


@pytest.mark.parametrize("shape", [(50, 6), (8, 30)])
def test_whitened_views_have_unit_covariance_up_to_their_rank(shape):
    X = np.random.default_rng(0).normal(size=shape) + 3
    X = np.hstack([X, X[:, :2], np.full((len(X), 1), 0.1)])
    means, bases, rows = whitened_views({"text": X}, 0.0)
    rank = min(shape[0] - 1, shape[1])
    np.testing.assert_allclose(np.cov(rows["text"].T), np.eye(rank), atol=1e-8)
    np.testing.assert_allclose((X - means["text"]) @ bases["text"], rows["text"], atol=1e-8)


def test_cvh_solves_the_generalised_eigenproblem():
    views = factor_views()
    X, Y = (views[name] - views[name].mean(axis=0) for name in ("image", "text"))
    within = np.zeros((10, 10))
    within[:6, :6], within[6:, 6:] = X.T @ X, Y.T @ Y
    across = np.zeros((10, 10))
    across[:6, 6:], across[6:, :6] = X.T @ Y, Y.T @ X
    values, vectors = eigh(across, within)
    model = CVH(3, ridge=0.0).fit(views)
    np.testing.assert_allclose(model.eigenvalues_, values[::-1][:3])
    scale = np.linalg.norm(vectors[:, :-4:-1], axis=0) / np.linalg.norm(
        np.vstack([model.weights_["image"], model.weights_["text"]]), axis=0
    )
    found = np.vstack([model.weights_["image"], model.weights_["text"]]) * scale
    assert same_up_to_sign(found, vectors[:, :-4:-1])


def test_bits_beyond_the_narrower_view_are_constant_there_and_told_of():
    views = factor_views(widths=(6, 2))
    with pytest.warns(UserWarning, match="CVH: the views have only 2 directions in common; the other 3 of 5"):
        model = CVH(5).fit(views)
    assert (model.transform_view("text", views["text"])[:, 2:] == -1).all()
    assert (model.eigenvalues_[2:] < 1e-7).all()
    with pytest.raises(
        ValueError, match=r"n_bits must be at most 8 \(the ranks of the views together\), got 9"
    ):
        CVH(9).fit(views)


def test_joint_directions_of_three_views():
    rng = np.random.default_rng(0)
    cross = {pair: rng.normal(size=(3, 3)) for pair in (("a", "b"), ("a", "c"), ("b", "c"))}
    directions, values = joint_directions(cross, 2)
    a, b, c = (directions[name] for name in "abc")
    np.testing.assert_allclose(cross["a", "b"] @ b + cross["a", "c"] @ c, a * values)


def plain_scm(X, Y, labels, n_bits):
    """Zhang & Li's algorithm 1 by the book: the similarity matrix written out, one decomposition a bit."""
    X, Y = X - X.mean(axis=0), Y - Y.mean(axis=0)
    L = labels / np.linalg.norm(labels, axis=1, keepdims=True)
    left = n_bits * (X.T @ (2 * L @ L.T - 1) @ Y)
    half = [np.linalg.inv(np.linalg.cholesky(Z.T @ Z)).T for Z in (X, Y)]
    bits = []
    for _ in range(n_bits):
        U, _, Vt = svd(half[0].T @ left @ half[1])
        x, y = np.sign(X @ half[0] @ U[:, 0]), np.sign(Y @ half[1] @ Vt[0])
        left = left - np.outer(X.T @ x, Y.T @ y)
        bits.append((x, y))
    return [np.array(codes).T for codes in zip(*bits, strict=True)]


def test_sequential_scm_follows_the_algorithm():
    views, y = class_views(n=90)
    labels = np.equal.outer(y, np.unique(y)).astype(float)
    labels[::7, 0] = 1
    model = SCMHash(12, scatter_ridge=0.0).fit(views, labels)
    for modality, expected in zip(views, plain_scm(*views.values(), labels, 12), strict=True):
        assert same_up_to_sign(model.transform_view(modality, views[modality]), expected)


def test_sequential_bits_approach_the_likeness_of_labels():
    views, y = class_views(n=90, noise=0.3)
    likeness = 2.0 * np.equal.outer(y, y) - 1
    errors = []
    for n_bits in (4, 32):
        codes = SCMHash(n_bits).fit(views, y).transform(views)
        errors.append(np.mean((codes["image"] @ codes["text"].T / n_bits - likeness) ** 2))
    assert errors[1] < errors[0] < 1


def test_orthogonal_scm_has_uncorrelated_projections():
    views, y = class_views(n=150)
    model = SCMHash(2, method="orthogonal", scatter_ridge=0.0).fit(views, y)
    covariance = np.cov(model.project_view("image", views["image"]).T)
    assert abs(covariance[0, 1]) < 1e-9 * covariance[0, 0]
    with pytest.warns(UserWarning, match="only 2 directions in common"):
        SCMHash(4, method="orthogonal").fit(views, y)


def test_the_rotation_lowers_the_quantisation_error():
    Z = np.random.default_rng(0).normal(size=(300, 6)) * [3, 2, 1, 1, 0.5, 0.2]
    errors = []
    for n_iterations in (1, 3, 50):
        R = quantising_rotation(Z, 6, n_iterations, 0)
        np.testing.assert_allclose(R @ R.T, np.eye(6), atol=1e-12)
        errors.append(((signs(Z @ R) - Z @ R) ** 2).sum())
    assert errors[0] > errors[1] > errors[2]


def test_more_bits_than_components_are_spread_over_them():
    views = factor_views(widths=(6, 3))
    codes = CCAITQ(24).fit(views).transform(views)
    assert len(np.unique(codes["text"], axis=0)) > 8  # three components cut at zero have but eight codes
    with pytest.raises(ValueError, match=r"n_components must be at most n_bits \(2\), got 3; lower it"):
        CCAITQ(2, n_components=3).fit(views)


def test_cmfh_never_raises_its_objective_and_codes_pairs_as_in_training():
    views, _ = class_views(widths=(8, 5, 6))
    model = CMFH(6, fit_weight=1.0, tolerance=0.0, n_iterations=40).fit(views)
    assert len(model.objectives_) > 20
    assert (np.diff(model.objectives_) <= 1e-9 * model.objectives_[0]).all()
    for codes in model.codes_.values():
        np.testing.assert_array_equal(model.shared_codes(views), codes)
    few = {name: X[:3] for name, X in views.items()}
    np.testing.assert_array_equal(model.shared_codes(few), model.codes_["text"][:3])
    with pytest.raises(ValueError, match=r"shared codes need every fitted view; \['audio'\] missing"):
        model.shared_codes({name: views[name] for name in ("image", "text")})


def test_imh_targets_minimise_the_papers_objective():
    """Regression errors and neighbours' differences, written out with matrices (n, n)."""
    views = factor_views(n=60)
    rows = whitened_views(views, 0.0)[2]
    graphs = {name: neighbour_graph(X, 4) for name, X in views.items()}
    F = predictable_targets(rows, graphs, 0.1, 3, 0)
    cost = np.zeros((60, 60))
    for name, X in views.items():
        Z = np.hstack([X, np.ones((60, 1))])
        graph = graphs[name][0].toarray()
        assert (graph == graph.T).all() and graph.sum(axis=1).min() >= 4
        cost += np.eye(60) - Z @ np.linalg.pinv(Z) + 0.1 * (np.diag(graph.sum(axis=1)) - graph)
    _, vectors = eigh(cost)
    assert abs(vectors[:, 0].std()) < 1e-9  # the constant, which says nothing
    assert same_up_to_sign(F, vectors[:, 1:4])


def test_imh_finds_the_same_targets_in_large_collections_and_balances_its_bits():
    views = factor_views(n=500)
    rows = whitened_views(views, 1e-3)[2]
    graphs = {name: neighbour_graph(X, 5) for name, X in views.items()}
    by_lanczos = predictable_targets(rows, graphs, 0.01, 3, 0)
    densely = predictable_targets(rows, graphs, 0.01, 200, 0)[:, :3]
    np.testing.assert_allclose(abs(np.sum(by_lanczos * densely, axis=0)), 1, atol=1e-6)
    codes = IMH(3).fit(views).transform(views)
    for bits in codes.values():
        assert (abs(bits.mean(axis=0)) < 0.01).all()
    with pytest.raises(ValueError, match=r"n_bits must be less than the number of rows \(500\), got 500"):
        IMH(500).fit(views)


@pytest.mark.parametrize(("n_codes", "n_bits"), [(2, 1), (4, 2), (10, 16), (10, 128), (100, 8)])
def test_class_codes_differ(n_codes, n_bits):
    codes = spread_codes(n_codes, n_bits, 0)
    assert codes.shape == (n_codes, n_bits) and len(np.unique(codes, axis=0)) == n_codes
    if n_bits == 128:
        assert (codes @ codes.T - 128 * np.eye(n_codes)).max() <= 24  # 52 of 128 bits differ at least


def test_the_class_code_is_that_of_the_predicted_class():
    views, y = class_views()
    for classifier in (SemanticMatching(C=1.0), KernelRidgeMatching(kernel="rbf")):
        model = ClassCodeHash(8, classifier=classifier).fit(views, y)
        predicted = classifier.fit(views, y).transform_view("text", views["text"]).argmax(axis=1)
        codes = model.transform_view("text", views["text"])
        np.testing.assert_array_equal(codes, model.class_codes_[predicted])
    true = np.searchsorted(model.classes_, y)
    np.testing.assert_array_equal(model.codes_["image"], model.class_codes_[true])
    with pytest.raises(ValueError, match="each of 3 classes a code of its own, got 1; give at least 2"):
        ClassCodeHash(1).fit(views, y)


def test_predicted_classes_of_several():
    posteriors = np.array([[0.9, 0.8], [0.2, 0.1]])
    assert predicted_classes(posteriors, True).tolist() == [[1, 0], [1, 0]]
    assert predicted_classes(posteriors, False).tolist() == [[1, 1], [1, 0]]


def test_dlfh_updates_follow_the_bound_bit_by_bit():
    rng = np.random.default_rng(0)
    codes, others = (signs(rng.normal(size=(n, 5))) for n in (12, 7))
    similar = (rng.random((12, 7)) < 0.4).astype(np.float32)
    expected = codes.astype(float)
    for bit in range(5):
        probability = 1 / (1 + np.exp(-8 / 5 * expected @ others.T))
        gradient = 8 / 5 * (similar - probability) @ others[:, bit]
        curvature = 7 * (8 / 5) ** 2 / 4
        expected[:, bit] = np.where(gradient + curvature * expected[:, bit] > 0, 1, -1)
    np.testing.assert_array_equal(updated_codes(codes, others, similar, 8.0), expected)


def test_dlfh_codes_tell_similar_items_by_their_distance():
    indicators = np.eye(4)[np.arange(80) % 4]
    indicators[::5, 0] = 1
    U, V = latent_codes(indicators, 32, 8.0, 30, 0)
    similar = indicators @ indicators.T > 0
    agreement = U @ V.T
    assert np.mean((agreement > 0) == similar) > 0.95
    assert average(agreement, similar) > average(agreement, ~similar) + 8


def average(values, chosen):
    return values[chosen].mean()


def test_dlfh_regresses_each_view_with_settings_of_its_own():
    views, y = class_views(non_negative=True)
    model = DLFH(8, kernel={"image": "chi2", "text": "linear"}, ridge={"image": 0.1, "text": 1.0}).fit(
        views, y
    )
    assert (model.transform_view("image", views["image"]) == model.codes_["image"]).mean() > 0.9
    with pytest.raises(ValueError, match=r"ridge names the views .*'text'.*, but not 'image'"):
        DLFH(8, ridge={"text": 1.0}).fit(views, y)
