"""Packed codes and their distances, by Python's own integers."""

import numpy as np
import pytest

from classicxm.search.codes import (
    HammingScorer,
    hamming_distances,
    nearby,
    packed_signs,
    substrings,
    unpacked_signs,
)


@pytest.mark.parametrize("d", [1, 8, 64, 65, 130])
def test_bits_of_vectors(d):
    vectors = np.random.default_rng(d).normal(size=(4, d))
    words = packed_signs(vectors)
    assert words.shape == (4, -(-d // 64)) and words.dtype == np.uint64
    for row, vector in zip(words, vectors, strict=True):
        number = sum(int(word) << (64 * n) for n, word in enumerate(row))
        assert number == sum(1 << n for n, value in enumerate(vector) if value > 0)
    signs = unpacked_signs(words.astype("<u8").view(np.uint8))
    np.testing.assert_array_equal(signs[:, :d], np.where(vectors > 0, 1, -1))


def test_distances():
    one, other = (packed_signs(np.random.default_rng(seed).normal(size=(5, 100))) for seed in (0, 1))
    expected = [
        [sum((int(a) ^ int(b)).bit_count() for a, b in zip(x, y, strict=True)) for y in other] for x in one
    ]
    assert hamming_distances(one[:, None], other[None]).tolist() == expected
    scorer = HammingScorer(one)
    rough, error = scorer.rough(other)
    np.testing.assert_array_equal(scorer.exact(None, None, rough), -np.array(expected))
    assert not error.any() and len(scorer.part(slice(1, 3))) == 2


def test_substrings_put_together_are_the_code():
    words = packed_signs(np.random.default_rng(0).normal(size=(3, 100)))
    parts, lengths = substrings(words, 100, 3)
    assert lengths == [34, 33, 33]
    for row, word in zip(parts, words, strict=True):
        whole = sum(int(part) << sum(lengths[:n]) for n, part in enumerate(row))
        assert whole == int(word[0]) | int(word[1]) << 64


def test_masks_within_a_radius():
    assert sorted(nearby(3, 1).tolist()) == [0, 1, 2, 4]
    assert len(nearby(5, 2)) == 1 + 5 + 10 and len(nearby(2, 9)) == 4
