"""Sides of hyperplanes: directions, bits by hand, and Charikar's probability of agreement."""

import numpy as np

from classicxm.search.hyperplanes import Hyperplanes, orthogonal_directions, packed_bits


def test_directions_are_orthogonal_in_runs():
    D = orthogonal_directions(np.random.RandomState(0), 7, 3)
    assert D.shape == (7, 3)
    for start in (0, 3, 6):
        run = D[start : start + 3]
        np.testing.assert_allclose(run @ run.T, np.eye(len(run)), atol=1e-6)


def test_the_first_bit_is_the_lowest():
    assert packed_bits(np.array([[True, False, True, True]])).tolist() == [0b1101]
    assert packed_bits(np.ones((1, 64), bool)).tolist() == [2**64 - 1]


def test_keys_and_alternatives_by_hand():
    family = Hyperplanes(np.eye(3, dtype=np.float32), 1, 3)
    queries = np.array([[0.5, -0.1, 2.0]], np.float32)
    assert family.keys(queries).tolist() == [[0b101]]
    hashes, costs, steps, groups = family.alternatives(queries)
    assert groups is None and hashes.tolist() == [[0b101]]
    np.testing.assert_allclose(costs[0, 0], [0.01, 0.25, 4.0], rtol=1e-5)
    with np.errstate(over="ignore"):
        assert (hashes[..., None] + steps)[0, 0].tolist() == [0b111, 0b100, 0b001]


def test_bits_agree_as_often_as_the_angle_says():
    family = Hyperplanes.drawn(np.random.RandomState(0), 8, 400, 8)
    x = np.zeros((1, 8), np.float32)
    x[0, 0] = 1
    y = x.copy()
    y[0, 1] = 1  # 45 degrees
    agreeing = ((family.project(x) > 0) == (family.project(y) > 0)).mean()
    assert abs(agreeing - 0.75) < 0.02
