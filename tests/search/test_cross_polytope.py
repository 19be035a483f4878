"""Cross-polytopes: bits shared out, keys of nearest corners, and alternatives in order of cost."""

import numpy as np
import pytest

from classicxm.search.cross_polytope import CrossPolytopes, split_bits
from classicxm.search.hash_keys import KEY_BITS


@pytest.mark.parametrize(
    ("n_bits", "dimensions", "expected"),
    [(4, 100, [4]), (16, 8, [4] * 4), (5, 2, [2, 2, 1]), (3, 1, [1, 1, 1])],
)
def test_shares_of_bits(n_bits, dimensions, expected):
    assert split_bits(n_bits, dimensions) == expected


def test_keys_by_hand():
    family = CrossPolytopes(np.eye(2, dtype=np.float32), 1, [2])
    vectors = np.array([[1, 0.5], [-0.2, 0.9], [-3, 1], [0, -1]], np.float32)
    assert family.keys(vectors).ravel().tolist() == [0, 1, 2, 3]  # x, y, -x, -y


def test_the_cheapest_alternative_is_the_next_corner():
    family = CrossPolytopes(np.eye(2, dtype=np.float32), 1, [2])
    hashes, costs, steps, groups = family.alternatives(np.array([[1.0, 0.5]], np.float32))
    assert hashes.tolist() == [[0]] and not groups.any()
    np.testing.assert_allclose(costs[0, 0], [0.25, 2.25, 4.0])
    assert (hashes[..., None] + steps)[0, 0].tolist() == [1, 3, 2]


def test_every_table_has_keys_of_its_own():
    family = CrossPolytopes.drawn(np.random.RandomState(0), 6, 3, 7)
    keys = family.keys(np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32))
    assert keys.shape == (20, 3) and ((keys >> np.uint64(KEY_BITS)) == [0, 1, 2]).all()
    assert (keys & np.uint64(2**KEY_BITS - 1) < 2**7).all()
