import numpy as np


def test_covariance__by_hand(work):
    C = work.covariance(np.array([[0.0, 0.0], [2.0, 4.0]]), 0.0)
    np.testing.assert_allclose(
        C, [[2.0, 4.0], [4.0, 8.0]], err_msg="divide by n - 1 after subtracting the mean"
    )


def test_whitener__diagonal(work):
    C = np.diag([4.0, 0.25])
    W = work.whitener(C)
    np.testing.assert_allclose(W.T @ C @ W, np.eye(2), atol=1e-10, err_msg="W.T @ C @ W must be the identity")


def test_directions__diagonal(work):
    U, s, V = work.directions(np.diag([0.5, 0.9]), 1)
    np.testing.assert_allclose(s, [0.9], err_msg="the largest singular value comes first")
    np.testing.assert_allclose(np.abs(U), [[0], [1]], atol=1e-10)
    np.testing.assert_allclose(np.abs(V), [[0], [1]], atol=1e-10)


def test_project__by_hand(work):
    Z = work.project(np.array([[3.0, 1.0]]), np.array([1.0, 1.0]), np.array([[2.0], [5.0]]), np.array([0.5]))
    np.testing.assert_allclose(Z, [[2.0]], err_msg="(3 - 1) * 2 * 0.5")


def test_success_at_k__by_hand(work):
    items = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    queries = np.array([[5.0, 1.0], [1.0, 0.2], [2.0, 2.0]])
    np.testing.assert_allclose(
        work.success_at_k(queries, items, 1), 2 / 3, err_msg="the second finds its partner last"
    )
    np.testing.assert_allclose(work.success_at_k(queries, items, 3), 1.0)
