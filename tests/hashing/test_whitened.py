"""Whitened views up to their rank, by either way, and the directions that go together."""

import numpy as np
import pytest

from classicxm.hashing.whitened import joint_directions, warn_unshared, whitened_views


@pytest.mark.parametrize("shape", [(30, 4), (5, 9)])
def test_rows_have_the_identity_as_covariance(shape):
    X = np.random.default_rng(0).normal(size=shape) + 3
    means, bases, rows = whitened_views({"image": X})
    rank = min(shape[0] - 1, shape[1])
    np.testing.assert_allclose(rows["image"], (X - means["image"]) @ bases["image"], atol=1e-9)
    np.testing.assert_allclose(rows["image"].T @ rows["image"] / (shape[0] - 1), np.eye(rank), atol=1e-8)


def test_columns_that_repeat_others_are_no_rank():
    X = np.random.default_rng(0).normal(size=(30, 2))
    assert whitened_views({"image": np.hstack([X, X])})[1]["image"].shape == (4, 2)


def test_what_is_too_large_is_named():
    with pytest.raises(ValueError, match="image"):
        whitened_views({"image": np.full((3, 2), 1e200) * [[1], [2], [-1]]})


def test_joint_directions_of_two_views_are_singular_vectors():
    K = np.array([[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    directions, values = joint_directions({("image", "text"): K}, 2)
    np.testing.assert_allclose(values, [3, 1])
    np.testing.assert_allclose(
        np.abs(directions["image"]), np.array([[1, 0], [0, 1], [0, 0]]) / np.sqrt(2), atol=1e-12
    )
    with pytest.raises(
        ValueError, match=r"n_bits must be at most 5 \(the ranks of the views together\), got 6"
    ):
        joint_directions({("image", "text"): K}, 6)


def test_bits_without_an_eigenvalue_are_warned_of():
    with pytest.warns(
        UserWarning, match="only 1 directions in common; the other 2 of 3 bits agree by chance"
    ):
        warn_unshared(object(), np.array([0.5, 0.0, -0.5]))
