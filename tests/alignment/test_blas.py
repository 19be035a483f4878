"""Products by SciPy's BLAS: NumPy's own results whatever the layout, and nothing of nothing."""

import numpy as np
import pytest

from classicxm.alignment.blas import add_gram, gram, mirrored, product

A = np.arange(12.0).reshape(4, 3)
B = np.arange(6.0).reshape(3, 2) - 2


@pytest.mark.parametrize("left", [np.ascontiguousarray, np.asfortranarray, lambda M: np.repeat(M, 2, 0)[::2]])
@pytest.mark.parametrize("right", [np.ascontiguousarray, np.asfortranarray])
def test_product_of_every_layout(left, right):
    np.testing.assert_array_equal(product(left(A), right(B)), A @ B)


def test_nothing():
    assert product(np.zeros((2, 0)), np.zeros((0, 3))).tolist() == np.zeros((2, 3)).tolist()
    assert product(np.zeros((0, 2)), np.zeros((2, 3))).shape == (0, 3)
    assert gram(np.zeros((0, 2))).tolist() == [[0, 0], [0, 0]]


def test_gram_is_symmetric_to_the_last_bit():
    rows = np.random.default_rng(0).normal(size=(50, 7))
    found = gram(rows)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, rows.T @ rows, rtol=1e-12)


def test_grams_add_up_in_the_upper_triangle():
    upper = np.zeros((3, 3), order="F")
    add_gram(A[:2], upper)
    add_gram(A[2:], upper)
    assert upper[1, 0] == 0
    np.testing.assert_array_equal(mirrored(upper), A.T @ A)
