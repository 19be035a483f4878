"""PLS, CFA, MCCA and GCCA: against scikit-learn and direct solves, in parts, and at their bounds."""

import numpy as np
import pytest
from sklearn import cross_decomposition

from classicxm.alignment import CCA, CFA, GCCA, MCCA, PLSSVD, PLSCanonical, PLSRegression
from classicxm.alignment.factor import procrustes


def centred(views):
    return {name: X - X.mean(axis=0) for name, X in views.items()}


@pytest.mark.parametrize("scale", [False, True])
def test_pls_svd_equals_scikit_learn(make_views, scale):
    views = make_views()
    theirs = cross_decomposition.PLSSVD(3, scale=scale).fit(views["image"], views["text"])
    expected = theirs.transform(views["image"], views["text"])
    z = PLSSVD(3, scale=scale).fit(views).transform(views)
    for mine, other in zip(z.values(), expected, strict=True):
        np.testing.assert_allclose(np.abs(mine), np.abs(other), atol=1e-8)


def test_pls_svd_by_hand():
    # Cross-covariance of (-1, 0, 1) with (-2, 0, 2) is 2, with (0, 0, 0) is 0.
    views = {"image": np.array([[-1.0], [0], [1]]), "text": np.array([[-2.0, 5], [0, 5], [2, 5]])}
    model = PLSSVD(1, scale=False).fit(views)
    np.testing.assert_allclose(model.covariances_, [2.0])
    np.testing.assert_allclose(model.weights_["text"], [[1.0], [0.0]], atol=1e-12)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(PLSCanonical, cross_decomposition.PLSCanonical), (PLSRegression, cross_decomposition.PLSRegression)],
)
def test_each_view_projects_as_scikit_learn_projects_both(make_views, mine, theirs):
    views = make_views()
    expected = theirs(3).fit(views["image"], views["text"]).transform(views["image"], views["text"])
    model = mine(3).fit(views)
    for name, other in zip(views, expected, strict=True):
        np.testing.assert_allclose(np.abs(model.transform_view(name, views[name])), np.abs(other), atol=1e-7)


def test_procrustes_is_no_worse_than_other_rotations(make_views):
    X, Y = centred(make_views(widths=(5, 5))).values()
    A, B, _ = procrustes(X.T @ Y, 5)
    best = np.linalg.norm(X @ A - Y @ B)
    rng = np.random.default_rng(0)
    for _ in range(50):
        Q, R = (np.linalg.qr(rng.normal(size=(5, 5)))[0] for _ in range(2))
        assert np.linalg.norm(X @ Q - Y @ R) >= best
    np.testing.assert_allclose(A.T @ A, np.eye(5), atol=1e-12)


def test_cfa_finds_a_rotation():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(50, 3)) * [3.0, 2.0, 1.0]
    Y = 7.0 * X @ np.linalg.qr(rng.normal(size=(3, 3)))[0] + 4.0
    z = CFA(3).fit({"image": X, "text": Y}).transform({"image": X, "text": Y})
    np.testing.assert_allclose(z["image"], z["text"], atol=1e-10)


def test_mcca_of_two_views_is_cca(make_views):
    views = make_views()
    np.testing.assert_allclose(MCCA(3).fit(views).correlations_, CCA(3).fit(views).correlations_, atol=1e-10)


@pytest.mark.parametrize("ridge", [0.0, 0.2])
def test_gcca_equals_the_sum_of_projections(make_views, ridge):
    views = make_views(n=60, widths=(6, 4, 5))
    total, n = np.zeros((60, 60)), 60
    for X in centred(views).values():
        C = X.T @ X
        total += X @ np.linalg.solve(C + ridge * np.trace(C) / len(C) * np.eye(len(C)), X.T)
    values, vectors = np.linalg.eigh(total)
    model = GCCA(3, ridge=ridge).fit(views)
    np.testing.assert_allclose(model.eigenvalues_, values[::-1][:3], atol=1e-9)
    z = model.transform(views)
    for i in range(3):
        g = vectors[:, -1 - i] * np.sqrt(n - 1)
        for name, X in centred(views).items():
            C = X.T @ X
            fitted = X @ np.linalg.solve(C + ridge * np.trace(C) / len(C) * np.eye(len(C)), X.T @ g)
            np.testing.assert_allclose(np.abs(z[name][:, i]), np.abs(fitted), atol=1e-7)


@pytest.mark.parametrize("cls", [CCA, CFA, GCCA, MCCA, PLSSVD])
def test_parts_and_merges_equal_one_fit(make_views, cls):
    views = make_views(n=300)
    parts = [
        {name: X[rows] for name, X in views.items()} for rows in (slice(2), slice(2, 120), slice(120, None))
    ]
    whole, streamed = cls(3).fit(views), cls(3)
    for part in parts:
        streamed.partial_fit(part)
    merged = (
        cls(3)
        .partial_fit(parts[2])
        .merge(cls(3).fit(parts[1]))
        .merge(cls(3).partial_fit(parts[0], solve=False))
    )
    for model in (streamed, merged):
        for name, X in views.items():
            np.testing.assert_allclose(model.weights_[name], whole.weights_[name], atol=1e-8)
            np.testing.assert_allclose(
                model.transform_view(name, X), whole.transform_view(name, X), atol=1e-8
            )


@pytest.mark.parametrize("cls", [CCA, CFA, GCCA, MCCA, PLSSVD])
def test_one_view_alone_improves_its_mean(make_views, cls):
    views = make_views(n=300)
    model = (
        cls(3).fit({name: X[:100] for name, X in views.items()}).partial_fit({"image": views["image"][100:]})
    )
    np.testing.assert_allclose(model.means_["image"], views["image"].mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(model.means_["text"], views["text"][:100].mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("cls", [CCA, CFA, GCCA, MCCA, PLSSVD, PLSCanonical])
def test_bounds_are_named(make_views, cls):
    with pytest.raises(ValueError, match=r"n_components must be at most 4 \(.*text.*\), got 5; lower it"):
        cls(5).fit(make_views())
    if hasattr(cls, "partial_fit"):
        with pytest.raises(ValueError, match="n_components must be at most 4"):
            cls(5).partial_fit(make_views())


def test_pls_regression_is_bounded_by_its_first_view(make_views):
    assert PLSRegression(6).fit(make_views()).weights_["text"].shape == (4, 6)
    with pytest.raises(ValueError, match=r"at most 6 \(features of image\), got 7"):
        PLSRegression(7).fit(make_views())
