"""The order of a few costs each."""

import numpy as np
import pytest

from classicxm.search.argsort import ranked, taken


@pytest.mark.parametrize("n", [1, 2, 7, 16, 33])
def test_order_of_costs_that_differ_clearly(n):
    rng = np.random.default_rng(n)
    costs = rng.permuted(np.tile(np.linspace(0, 1, n, dtype=np.float32), (20, 1)), axis=1)
    np.testing.assert_array_equal(ranked(costs), np.argsort(costs, axis=-1))


def test_infinity_comes_last_and_every_position_once():
    costs = np.array([[[np.inf, 0.5, 0.25, np.inf]]], np.float32)
    order = ranked(costs)
    assert order[0, 0, :2].tolist() == [2, 1] and sorted(order[0, 0, 2:].tolist()) == [0, 3]


def test_taken_as_numpy():
    values = np.arange(24).reshape(2, 3, 4)
    order = np.random.default_rng(0).integers(0, 4, (2, 3, 5))
    np.testing.assert_array_equal(taken(values, order), np.take_along_axis(values, order, axis=-1))
    np.testing.assert_array_equal(
        taken(values[:1, :1], order[:1, :1]), np.take_along_axis(values[:1, :1], order[:1, :1], -1)
    )
