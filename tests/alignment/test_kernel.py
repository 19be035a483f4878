"""Kernels, kernel CCA and kernel ridge matching: against explicit feature spaces."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import pairwise_kernels

from classicxm.alignment import CCA, KernelCCA, KernelRidgeMatching
from classicxm.alignment.kernels import KernelCentring, kernel_matrix, resolved_gamma


def test_kernels_by_hand():
    X, Z = np.array([[1.0, 3.0]]), np.array([[2.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(kernel_matrix("linear", X, Z), [[5.0, 0.0]])
    np.testing.assert_allclose(kernel_matrix("rbf", X, Z, 0.1), np.exp([[-0.5, -1.0]]))
    np.testing.assert_allclose(kernel_matrix("chi2", X, Z, 2.0), np.exp([[-2 * (1 / 3 + 1), -8.0]]))
    np.testing.assert_allclose(kernel_matrix("intersection", X, Z), [[2.0, 0.0]])


def test_centring_is_the_kernel_of_centred_rows():
    rng = np.random.default_rng(0)
    X, Z = rng.normal(2, 1, size=(9, 3)), rng.normal(size=(4, 3))
    centring = KernelCentring(X @ X.T)
    mean = X.mean(axis=0)
    np.testing.assert_allclose(centring(X @ X.T), (X - mean) @ (X - mean).T, atol=1e-10)
    np.testing.assert_allclose(centring(Z @ X.T), (Z - mean) @ (X - mean).T, atol=1e-10)


def test_default_width():
    X = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert resolved_gamma("rbf", None, X) == 1 / (2 * 0.25)
    assert resolved_gamma("chi2", None, X) == 1.0  # chi2 distances 0 and 2, mean 1
    assert resolved_gamma("chi2", None, np.ones((3, 2))) == 1.0
    assert resolved_gamma("linear", None, X) is None


@pytest.mark.parametrize("widths", [(6, 4), (6, 4, 5)])
def test_linear_kernel_cca_is_cca(make_views, widths):
    views = make_views(n=80, widths=widths)
    new = make_views(n=10, widths=widths, seed=3)
    d = {name: X.shape[1] for name, X in views.items()}
    linear = CCA(3, ridge=0.0).fit(views)
    kernel = KernelCCA(3, kernel="linear", ridge=0.0).fit(views)
    np.testing.assert_allclose(kernel.correlations_, linear.correlations_, atol=1e-8)
    assert kernel.rank_ == d
    for name in views:
        np.testing.assert_allclose(
            np.abs(kernel.transform_view(name, new[name])),
            np.abs(linear.transform_view(name, new[name])),
            atol=1e-6,
        )


def test_correlations_equal_the_ridged_dual_eigenproblem(make_views):
    views = make_views(n=40)
    K, L = (KernelCentring(G)(G) for G in (kernel_matrix("rbf", X, X, 0.05) for X in views.values()))
    a, b = (0.1 * np.trace(G) * np.eye(40) for G in (K, L))
    # a' K L b against a' (K K + ridge K) a; the constant vector, on which both vanish, is left out.
    basis = np.linalg.qr(np.hstack([np.ones((40, 1)), np.eye(40)[:, :39]]))[0][:, 1:]
    left = basis.T @ np.linalg.solve(K + a, K @ L @ np.linalg.solve(L + b, np.eye(40))) @ basis
    values = np.sort(np.linalg.eigvals(left).real)[::-1]
    model = KernelCCA(3, kernel="rbf", gamma=0.05, ridge=0.1).fit(views)
    np.testing.assert_allclose(model.correlations_**2, values[:3], atol=1e-8)


def test_a_curve_that_no_line_follows():
    rng = np.random.default_rng(0)
    t = rng.uniform(-2, 2, size=(300, 1))
    views = {"image": t, "text": t**2 + 0.05 * rng.normal(size=t.shape)}
    assert CCA(1).fit(views).correlations_[0] < 0.2
    assert KernelCCA(1, kernel="rbf", ridge=1e-3).fit(views).correlations_[0] > 0.9


@pytest.mark.parametrize(
    ("approximation", "kernel", "n_features"),
    [
        ("nystroem", "rbf", 150),
        ("nystroem", "intersection", 100),
        ("fourier", "rbf", 2000),
        ("additive_chi2", "chi2", 1),
    ],
)
def test_approximations_find_what_the_exact_kernel_finds(make_classes, approximation, kernel, n_features):
    views, _ = make_classes(n=150, non_negative=True)
    exact = KernelCCA(2, kernel=kernel, ridge=0.01).fit(views)
    model = KernelCCA(2, kernel=kernel, ridge=0.01, approximation=approximation, n_features=n_features).fit(
        views
    )
    for name, X in views.items():
        mine, theirs = model.transform_view(name, X), exact.transform_view(name, X)
        both = np.linalg.svd(
            np.linalg.qr(mine - mine.mean(0))[0].T @ np.linalg.qr(theirs - theirs.mean(0))[0]
        )[1]
        assert both.min() > 0.9


def test_kernel_ridge_equals_scikit_learn(make_classes):
    views, y = make_classes(non_negative=True)
    targets = (y[:, None] == np.unique(y)).astype(float)
    model = KernelRidgeMatching(gamma={"image": 0.5, "text": 1.0}, ridge={"image": 2.0, "text": 0.3}).fit(
        views, y
    )
    for name, gamma, ridge in (("image", 0.5, 2.0), ("text", 1.0, 0.3)):
        theirs = KernelRidge(alpha=ridge, kernel="chi2", gamma=gamma).fit(views[name], targets)
        np.testing.assert_allclose(
            model.transform_view(name, views[name]), theirs.predict(views[name]), atol=1e-8
        )


def test_centred_targets_leave_out_the_priors(make_classes):
    views, y = make_classes(non_negative=True)
    far = {"image": np.full((1, 8), 1e6)}
    model = KernelRidgeMatching(centre=True).fit(views, y)
    np.testing.assert_allclose(model.transform_view("image", far["image"]), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (KernelCCA(2, kernel="cubic"), "kernel must be"),
        (KernelCCA(2, kernel={"image": "rbf"}), "kernel names the views .*image.*, but not 'text'"),
        (KernelCCA(2, kernel="rbf", gamma=0), "gamma must be None or a number above 0"),
        (KernelCCA(2, kernel="rbf", approximation="additive_chi2"), "is for kernel 'chi2', got 'rbf'"),
        (KernelCCA(2, kernel="chi2"), "the chi2 kernel needs non-negative features, got -"),
        (
            KernelCCA(120, kernel="linear"),
            r"n_components must be at most 5 \(rank of the kernel of the 'text' view\)",
        ),
        (KernelRidgeMatching(ridge=0), "ridge must be a number above 0"),
        (
            KernelRidgeMatching(ridge={"text": 1.0}, kernel="rbf"),
            "ridge names the views .*text.*, but not 'image'",
        ),
    ],
)
def test_bad_parameters(make_classes, model, message):
    views, y = make_classes()
    with pytest.raises(ValueError, match=message):
        model.fit(views, y)


def test_one_row():
    with pytest.raises(ValueError, match="one row"):
        KernelCCA(1, kernel="rbf").fit({"image": [[1.0]], "text": [[2.0]]})


@pytest.mark.parametrize("approximation", [None, "nystroem", "additive_chi2"])
def test_chi2_of_rows_that_cannot_be_written_to(make_classes, approximation):
    views, y = make_classes()
    views = {name: np.abs(X) for name, X in views.items()}
    for X in views.values():
        X.flags.writeable = False
    for model in (
        KernelCCA(2, kernel="chi2", approximation=approximation, random_state=0),
        KernelRidgeMatching(kernel="chi2"),
    ):
        projected = model.fit(views, y).transform(views)
        assert all(np.isfinite(X).all() for X in projected.values())


@pytest.mark.parametrize("kernel", ["rbf", "chi2"])
def test_a_kernel_without_gamma_is_that_of_scikit_learn(kernel):
    X, Z = np.random.default_rng(0).random((2, 4, 3))
    np.testing.assert_allclose(kernel_matrix(kernel, X, Z), pairwise_kernels(X, Z, metric=kernel))
