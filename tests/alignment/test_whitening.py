"""Whitening: unit covariance, rank, and the same basis from features and from rows."""

import numpy as np
import pytest

from classicxm.alignment.blas import gram, product
from classicxm.alignment.moments import joint_moments
from classicxm.alignment.whitening import dual_whitener, whitener


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5))
    return X - X.mean(axis=0)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_covariance_becomes_identity(X, ridge):
    C = np.cov(X.T)
    W, rank = whitener(C, ridge)
    assert rank == 5
    np.testing.assert_allclose(W.T @ (C + ridge * np.diag(C).mean() * np.eye(5)) @ W, np.eye(5), atol=1e-12)


def test_by_hand():
    W, rank = whitener(np.diag([4.0, 1.0]), ridge=1.0)  # mean diagonal 2.5 is added
    np.testing.assert_allclose(W, np.diag([1 / np.sqrt(6.5), 1 / np.sqrt(3.5)]))
    assert rank == 2


@pytest.mark.parametrize("ridge", [0.0, 1e-3, 1e-15])
def test_short_rank_is_counted_and_does_not_fail(X, ridge):
    doubled = np.hstack([X, X[:, :2], np.zeros((60, 1))])
    C = np.cov(doubled.T)
    W, rank = whitener(C, ridge)
    assert rank == 5
    if ridge == 0:
        assert W.shape == (8, 5)
        np.testing.assert_allclose(W.T @ C @ W, np.eye(5), atol=1e-10)
    assert np.isfinite(W).all()


def test_rank_does_not_depend_on_units(X):
    units = 10.0 ** np.array([-9, -4, 0, 4, 9])
    C = np.cov((X * units).T)
    W, rank = whitener(C, 0.0)
    assert rank == 5
    np.testing.assert_allclose(W.T @ C @ W, np.eye(5), atol=1e-8)


def test_constant_columns_are_no_rank_though_rounding_moves_them():
    X = np.full((1000, 3), 0.1)
    X[:, 1] = np.arange(1000)
    C = joint_moments({"x": X}).scatter / 999
    C[0, 0] = 1e-34
    assert whitener(C, 0.0, X.mean(axis=0))[1] == 1
    assert whitener(np.zeros((3, 3)), 1e-3)[0].shape == (3, 0)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_dual_spans_what_primal_does(X, ridge):
    W, _ = whitener(np.cov(X.T), ridge)
    A, whitened = dual_whitener(X, ridge)
    assert A.shape == (60, 5)
    np.testing.assert_allclose(X @ (X.T @ A), whitened, atol=1e-10)
    # Two whitening matrices of one covariance differ by a rotation.
    np.testing.assert_allclose(whitened @ whitened.T, X @ W @ W.T @ X.T, atol=1e-9)


def test_products_in_every_memory_order(X):
    for A in (X, np.asfortranarray(X), X[::2], X[:, ::2]):
        np.testing.assert_allclose(product(A.T, A), A.T @ A)
        np.testing.assert_allclose(gram(A), A.T @ A)
    assert product(np.zeros((2, 0)), np.zeros((0, 3))).tolist() == [[0.0] * 3] * 2
    assert gram(np.zeros((0, 2))).tolist() == [[0.0, 0.0]] * 2
