"""Keys hold the number of their table above the hash."""

import numpy as np

from classicxm.search import hash_keys
from classicxm.search.hash_keys import KEY_BITS, MAX_TABLES, keyed, tabled
from classicxm.search.hyperplanes import Hyperplanes


def test_tables_stand_above_hashes_of_any_size():
    keys = tabled(np.array([[5, 2**KEY_BITS + 7]], np.uint64))
    assert keys.tolist() == [[5, 2**KEY_BITS + 7]]  # table 1, hash wrapped to 7
    assert tabled(np.array([3], np.uint64), np.array([9])).tolist() == [(9 << KEY_BITS) + 3]
    assert (MAX_TABLES << KEY_BITS) < 2**64


def test_blocks_of_rows_change_nothing(monkeypatch):
    family = Hyperplanes.drawn(np.random.RandomState(0), 5, 2, 8)
    vectors = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    monkeypatch.setattr(hash_keys, "HASHED_ROWS", 7)
    np.testing.assert_array_equal(keyed(family, vectors), family.keys(vectors))
    assert keyed(family, vectors[:0]).shape == (0, 2)
