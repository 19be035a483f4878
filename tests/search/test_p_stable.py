"""Slots along Gaussian directions."""

import numpy as np
import pytest

from classicxm.search.p_stable import StableProjections

ONES = np.ones((1, 2), np.uint64)


def family(offset=0.0):
    return StableProjections(np.eye(2, dtype=np.float32), np.full(2, offset, np.float32), ONES, 1, 2)


def test_slots_by_hand():
    assert family().keys(np.array([[0.5, 3.2], [1.1, -0.1]], np.float32)).ravel().tolist() == [0 + 3, 1 - 1]
    assert family(0.5).keys(np.array([[0.5, 3.2]], np.float32)).ravel().tolist() == [1 + 3]


def test_the_nearer_wall_is_crossed_first():
    hashes, costs, steps, groups = family().alternatives(np.array([[0.25, 3.9]], np.float32))
    assert hashes.tolist() == [[3]]
    np.testing.assert_allclose(costs[0, 0], [0.01, 0.0625, 0.5625, 0.81], rtol=1e-4)
    assert groups[0, 0].tolist() == [1, 0, 0, 1]
    assert steps.view(np.int64)[0, 0].tolist() == [1, -1, 1, -1]


def test_near_vectors_share_slots_more_often():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 8)).astype(np.float32)
    drawn = StableProjections.drawn(np.random.RandomState(0), vectors, 200, 1)
    same = [
        (drawn.keys(vectors) == drawn.keys(vectors + np.float32(step))).mean() for step in (0.01, 0.3, 3.0)
    ]
    assert same[0] > same[1] > same[2]


@pytest.mark.parametrize("value", [1e38, -1e38])
def test_positions_beyond_all_slots_are_numbers(value):
    keys = family().keys(np.array([[value, value]], np.float32))
    assert keys.shape == (1, 1)


def test_equal_vectors_have_no_spread():
    drawn = StableProjections.drawn(np.random.RandomState(0), np.ones((5, 3), np.float32), 2, 2)
    assert np.isfinite(drawn.directions).all()
