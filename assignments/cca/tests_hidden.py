import numpy as np


def test_covariance__random_with_ridge(work, seed):
    X = np.random.default_rng(seed + 1).normal(2.0, 3.0, size=(40, 6))
    expected = np.cov(X.T)
    expected = expected + 0.3 * np.diag(expected).mean() * np.eye(6)
    np.testing.assert_allclose(work.covariance(X, 0.3), expected, rtol=1e-8)


def test_covariance__more_features_than_items(work, seed):
    X = np.random.default_rng(seed + 2).normal(size=(5, 9))
    lowest = np.linalg.eigvalsh(work.covariance(X, 0.1)).min()
    np.testing.assert_allclose(lowest, 0.1 * X.var(axis=0, ddof=1).mean(), rtol=1e-6)


def test_whitener__random_covariance(work, seed):
    G = np.random.default_rng(seed + 3).normal(size=(30, 7))
    C = G.T @ G
    W = work.whitener(C)
    assert W.shape == (7, 7)
    np.testing.assert_allclose(W.T @ C @ W, np.eye(7), atol=1e-7)


def test_whitener__scales_far_apart(work, seed):
    G = np.random.default_rng(seed + 4).normal(size=(50, 4)) * [1e-3, 1.0, 10.0, 1e3]
    C = G.T @ G
    W = work.whitener(C)
    np.testing.assert_allclose(W.T @ C @ W, np.eye(4), atol=1e-5)


def test_directions__random_matrix(work, seed):
    K = np.random.default_rng(seed + 5).normal(size=(6, 4))
    U, s, V = work.directions(K, 3)
    np.testing.assert_allclose(s, np.sqrt(np.linalg.eigvalsh(K.T @ K)[::-1][:3]), rtol=1e-8)
    np.testing.assert_allclose(K @ V, U * s, atol=1e-8)
    np.testing.assert_allclose(V.T @ V, np.eye(3), atol=1e-8)


def test_directions__wide_matrix(work, seed):
    K = np.random.default_rng(seed + 6).normal(size=(3, 8))
    U, s, V = work.directions(K, 2)
    assert U.shape == (3, 2) and V.shape == (8, 2)
    np.testing.assert_allclose(U.T @ U, np.eye(2), atol=1e-8)
    np.testing.assert_allclose(K.T @ U, V * s, atol=1e-8)


def test_project__random_view(work, reference, seed):
    rng = np.random.default_rng(seed + 7)
    view = rng.normal(size=(9, 5)), rng.normal(size=5), rng.normal(size=(5, 3)), rng.uniform(size=3)
    np.testing.assert_allclose(work.project(*view), reference.project(*view), rtol=1e-8)


def test_project__one_item(work, seed):
    rng = np.random.default_rng(seed + 8)
    X, W = rng.normal(size=(4, 5)), rng.normal(size=(5, 2))
    whole = work.project(X, np.ones(5), W, np.ones(2))
    assert np.abs(whole).max() > 0
    np.testing.assert_allclose(work.project(X[:1], np.ones(5), W, np.ones(2)), whole[:1], rtol=1e-8)


def test_success_at_k__random(work, reference, seed):
    rng = np.random.default_rng(seed + 9)
    items = rng.normal(size=(60, 4))
    queries = items + 0.8 * rng.normal(size=items.shape)
    for k in (1, 5, 20):
        expected = reference.success_at_k(queries, items, k)
        np.testing.assert_allclose(work.success_at_k(queries, items, k), expected, atol=1e-9)


def test_success_at_k__lengths_do_not_count(work, seed):
    rng = np.random.default_rng(seed + 10)
    items = rng.normal(size=(30, 3))
    assert (
        work.success_at_k(items * rng.uniform(0.1, 9.0, (30, 1)), items * rng.uniform(0.1, 9.0, (30, 1)), 1)
        == 1
    )
