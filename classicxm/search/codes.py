"""Binary codes packed into 64-bit words, and their Hamming distances by population count."""

import itertools

import numpy as np

__all__ = ["HammingScorer", "hamming_distances", "nearby", "packed_signs", "substrings", "unpacked_signs"]


def packed_signs(vectors: np.ndarray) -> np.ndarray:
    """One bit per column, set where it is positive, as uint64 words (n, ceil(d / 64)).

    >>> packed_signs(np.array([[1.0, -2.0, 0.0, 3.0]]))
    array([[9]], dtype=uint64)
    """
    octets = np.packbits(np.asarray(vectors) > 0, axis=1, bitorder="little")
    words = np.zeros((len(octets), -(-octets.shape[1] // 8) * 8), np.uint8)
    words[:, : octets.shape[1]] = octets
    return words.view("<u8").astype(np.uint64, copy=False)


def unpacked_signs(octets: np.ndarray) -> np.ndarray:
    """Signs of packed bits (n, n_octets) of uint8: float64 (n, 8 n_octets), 1 where a bit is set and -1 elsewhere.

    >>> unpacked_signs(np.array([[9]], np.uint8))
    array([[ 1., -1., -1.,  1., -1., -1., -1., -1.]])
    """
    return np.unpackbits(octets, axis=1, bitorder="little") * 2.0 - 1.0


def hamming_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Numbers of differing bits of words (..., w) against words (..., w), broadcast: int64 (...)."""
    return np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64)


def substrings(words: np.ndarray, n_bits: int, n_substrings: int) -> tuple[np.ndarray, list[int]]:
    """Codes (n, w) cut into nearly equal runs of at most 48 bits: uint64 (n, n_substrings), and the lengths.

    >>> substrings(np.array([[0b1101]], np.uint64), 4, 2)
    (array([[1, 3]], dtype=uint64), [2, 2])
    """
    lengths = [n_bits // n_substrings + (i < n_bits % n_substrings) for i in range(n_substrings)]
    parts, start = [], 0
    for length in lengths:
        word, shift = divmod(start, 64)
        part = words[:, word] >> np.uint64(shift)
        if shift + length > 64:
            part |= words[:, word + 1] << np.uint64(64 - shift)
        parts.append(part & np.uint64(2**length - 1))
        start += length
    return np.stack(parts, axis=1), lengths


def nearby(n_bits: int, radius: int) -> np.ndarray:
    """All masks of ``n_bits`` bits with at most ``radius`` of them set.

    >>> nearby(3, 1)
    array([0, 1, 2, 4], dtype=uint64)
    """
    chosen = itertools.chain.from_iterable(
        itertools.combinations(range(n_bits), size) for size in range(min(radius, n_bits) + 1)
    )
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], np.uint64)


class HammingScorer:
    """Minus the Hamming distance of some codes, in the form that `scan.scan` asks for.

    Parameters
    ----------
    words : uint64 array (n_queries, w)
    """

    def __init__(self, words: np.ndarray) -> None:
        self.words = words
        # Agreements instead of distances: they fall from the width of the code and fit an octet up to 192
        # bits.
        self._type = np.uint8 if words.shape[1] * 64 < 255 else np.int32
        self._top = words.shape[1] * 64

    def __len__(self) -> int:
        return len(self.words)

    def part(self, block: slice | np.ndarray) -> "HammingScorer":
        """The scorer of some of the queries."""
        return HammingScorer(self.words[block])

    def rough(self, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of agreeing bits (n_queries, n); they have no error."""
        agreeing = np.full((len(self.words), len(items)), self._top, self._type)
        for word in range(items.shape[1]):
            agreeing -= np.bitwise_count(self.words[:, word, None] ^ items[:, word])
        return agreeing, np.zeros(len(self.words))

    def rough_one(self, query: int, items: np.ndarray) -> tuple[np.ndarray, float]:
        """Of one query, given by its number."""
        return self.part(slice(query, query + 1)).rough(items)[0][0], 0.0

    def floor(self, scores: np.ndarray) -> np.ndarray:
        """The agreement that is just better: what equals the k-th so far comes after it."""
        return scores + self._top + 1

    def exact(self, which: np.ndarray, items: np.ndarray, rough: np.ndarray) -> np.ndarray:
        """Minus the distances."""
        return rough.astype(np.float64) - self._top
