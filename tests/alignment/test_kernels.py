"""Kernels by hand and against scikit-learn, their gradients against differences, and centring in feature space."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import chi2_kernel, rbf_kernel
from sklearn.preprocessing import KernelCenterer

from classicxm.alignment.kernels import (
    KERNELS,
    KernelCentring,
    chi2_distances,
    feature_map,
    kernel_gradient,
    kernel_matrix,
    mapped,
    resolved_gamma,
)

X = np.array([[0.0, 1.0, 3.0], [2.0, 0.5, 1.0]])
Z = np.array([[1.0, 1.0, 1.0], [0.0, 4.0, 2.0], [3.0, 0.0, 0.25]])


def test_values_by_hand():
    np.testing.assert_allclose(chi2_distances(X[:1], Z[:1]), [[1 + 0 + 4 / 4]])
    assert kernel_matrix("intersection", X[:1], Z).tolist() == [[0 + 1 + 1, 0 + 1 + 2, 0 + 0 + 0.25]]
    assert kernel_matrix("linear", X[:1], Z).tolist() == [[4, 10, 0.75]]
    np.testing.assert_allclose(kernel_matrix("rbf", X, Z, 0.2), rbf_kernel(X, Z, gamma=0.2))
    np.testing.assert_allclose(kernel_matrix("chi2", X, Z, 0.2), chi2_kernel(X, Z, gamma=0.2))


@pytest.mark.parametrize("kernel", KERNELS)
def test_gradients_are_those_of_differences(kernel):
    coefficients = np.array([[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]])
    at = X + 0.1
    found = kernel_gradient(kernel, at, Z, 0.3, coefficients)
    for place in np.ndindex(*at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-6
        up, down = (kernel_matrix(kernel, at + sign * step, Z, 0.3) for sign in (1, -1))
        assert found[place] == pytest.approx(((up - down) * coefficients)[place[0]].sum() / 2e-6, abs=1e-5)


def test_centring_agrees_with_scikit_learn():
    K = kernel_matrix("rbf", Z, Z, 0.1)
    ours, theirs = KernelCentring(K), KernelCenterer().fit(K)
    np.testing.assert_allclose(ours(K), theirs.transform(K), atol=1e-12)
    new = kernel_matrix("rbf", X, Z, 0.1)
    np.testing.assert_allclose(ours(new), theirs.transform(new), atol=1e-12)


def test_widths_of_their_own():
    assert resolved_gamma("rbf", None, X) == pytest.approx(1 / (3 * X.var()))
    assert resolved_gamma("rbf", None, np.ones((3, 2))) == 1.0
    assert resolved_gamma("chi2", None, X) == pytest.approx(1 / chi2_distances(X, X).mean())
    assert resolved_gamma("linear", None, X) is None and resolved_gamma("chi2", 0.5, X) == 0.5


def test_negative_features_are_refused_where_a_kernel_knows_none():
    for kernel in ("chi2", "intersection"):
        with pytest.raises(
            ValueError, match=f"the {kernel} kernel needs non-negative features, got -1; use rbf"
        ):
            kernel_matrix(kernel, -np.ones((1, 2)), np.ones((1, 2)))


def test_feature_maps_approach_their_kernels():
    rows = np.random.default_rng(0).random((30, 4))
    for kernel in KERNELS:
        made = feature_map("nystroem", kernel, 0.5, 30, 0).fit(rows)
        M = mapped(made, rows)
        np.testing.assert_allclose(M @ M.T, kernel_matrix(kernel, rows, rows, 0.5), atol=1e-6)
        assert mapped(made, rows[:0]).shape == (0, M.shape[1])
    fourier = feature_map("fourier", "rbf", 0.5, 4000, 0).fit(rows).transform(rows)
    np.testing.assert_allclose(fourier @ fourier.T, kernel_matrix("rbf", rows, rows, 0.5), atol=0.1)
    with pytest.raises(ValueError, match="'fourier' is for kernel 'rbf', got 'chi2'"):
        feature_map("fourier", "chi2", 1.0, 10, 0)


def test_rows_that_cannot_be_written_to_are_read():
    locked = X.copy()
    locked.flags.writeable = False
    assert kernel_matrix("chi2", locked, locked, 1.0)[0, 0] == 1
