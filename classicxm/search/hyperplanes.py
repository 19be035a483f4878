"""Random hyperplanes for angles (Charikar 2002), orthogonal within a table (Ji et al. 2012)."""

from typing import Self

import numpy as np

from classicxm.search.argsort import ranked, taken
from classicxm.search.hash_keys import Alternatives, tabled

__all__ = ["Hyperplanes", "orthogonal_directions", "packed_bits"]


def orthogonal_directions(random: np.random.RandomState, n_directions: int, dimensions: int) -> np.ndarray:
    """Unit directions (n_directions, d), orthogonal in runs of at most d: they split space more evenly."""
    runs = []
    for start in range(0, n_directions, dimensions):
        normal = random.standard_normal((dimensions, min(dimensions, n_directions - start)))
        # Orthogonal normals never fall together, which lowers the variance of the estimated angle (Ji et al.
        # 2012).
        runs.append(np.linalg.qr(normal)[0].T)
    return np.concatenate(runs).astype(np.float32)


def packed_bits(bits: np.ndarray) -> np.ndarray:
    """Bits (..., n), n at most 64, as uint64 integers with the first bit lowest.

    >>> packed_bits(np.array([[True, False, True]]))
    array([5], dtype=uint64)
    """
    octets = np.packbits(bits, axis=-1, bitorder="little")
    padded = np.zeros((*octets.shape[:-1], 8), np.uint8)
    padded[..., : octets.shape[-1]] = octets
    return padded.view("<u8")[..., 0].astype(np.uint64, copy=False)


class Hyperplanes:
    """One bit for the side of each of ``n_bits`` hyperplanes through the origin, in each table.

    A near neighbour most likely lies across the hyperplanes that the query is nearest to: the cost of flipping a
    bit is the squared distance to its hyperplane (Lv et al. 2007).
    """

    saveable = True
    set_factor = 1

    def __init__(self, directions: np.ndarray, n_tables: int, n_bits: int) -> None:
        self.directions, self.n_tables, self.n_bits = directions, n_tables, n_bits

    @classmethod
    def drawn(cls, random: np.random.RandomState, dimensions: int, n_tables: int, n_bits: int) -> Self:
        """A family for vectors of d dimensions, drawn by a NumPy RandomState."""
        directions = [orthogonal_directions(random, n_bits, dimensions) for _ in range(n_tables)]
        return cls(np.concatenate(directions), n_tables, n_bits)

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """Signed distances (n, n_tables, n_bits) to every hyperplane."""
        return (vectors @ self.directions.T).reshape(len(vectors), self.n_tables, self.n_bits)

    def keys(self, vectors: np.ndarray) -> np.ndarray:
        """Keys (n, n_tables)."""
        return tabled(packed_bits(self.project(vectors) > 0))

    def alternatives(self, queries: np.ndarray) -> Alternatives:
        """Each query's own hashes, and what else each table could have been asked for.

        Returns
        -------
        hashes : uint64 (n_queries, n_tables)
        costs : float32 (n_queries, n_tables, n_alternatives), ascending
        steps : uint64 of the same shape; what an alternative adds to the hash, modulo 2**64
        groups : None, since any alternatives can be taken together
        """
        projected = self.project(queries)
        order = ranked(projected)
        distances = taken(projected, order)
        steps = np.left_shift(np.uint64(1), order.view(np.uint64))
        # Flipping bit i adds or takes 2**i; -weights wraps modulo 2**64, where sums of steps are taken too.
        np.negative(steps, out=steps, where=distances > 0)
        # a hash has no more bits than double precision holds, and one product is several steps fewer than packing
        hashes = ((projected > 0) @ 2.0 ** np.arange(self.n_bits)).astype(np.uint64)
        return hashes, distances * distances, steps, None
