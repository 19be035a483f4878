"""Cross-polytope hashing for angles: the nearest signed axis of a random rotation (Andoni et al. 2015)."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from classicxm.search.argsort import ranked
from classicxm.search.hash_keys import Alternatives, tabled
from classicxm.search.hyperplanes import orthogonal_directions

__all__ = ["CrossPolytopes", "split_bits"]

#: Alternatives kept a table; those after are too costly to be ever taken.
MAX_ALTERNATIVES = 48


def split_bits(n_bits: int, dimensions: int) -> list[int]:
    """Bits of each cross-polytope of a table: equal shares, none of more corners than twice the dimensions.

    >>> split_bits(16, 64), split_bits(3, 64)
    ([6, 5, 5], [3])
    """
    largest = max(1, int(np.log2(2 * dimensions)))
    n_parts = -(-n_bits // largest)
    return [n_bits // n_parts + (part < n_bits % n_parts) for part in range(n_parts)]


class CrossPolytopes:
    """The corner of each of a few cross-polytopes that a vector points to most, in each table.

    A polytope of b bits has 2**(b - 1) axes, each the direction of two corners. The cost of another corner is
    the squared difference of its coordinate and the largest one.
    """

    saveable = True
    #: Perturbation sets drawn for one that is wanted, as some of them clash.
    set_factor = 4

    def __init__(self, directions: np.ndarray, n_tables: int, parts: Sequence[int]) -> None:
        self.directions, self.n_tables, self.parts = directions, n_tables, parts

    @classmethod
    def drawn(cls, random: np.random.RandomState, dimensions: int, n_tables: int, n_bits: int) -> Self:
        """A family for vectors of d dimensions, drawn by a NumPy RandomState."""
        parts = split_bits(n_bits, dimensions)
        directions = [
            orthogonal_directions(random, 2 ** (bits - 1), dimensions)
            for _ in range(n_tables)
            for bits in parts
        ]
        return cls(np.concatenate(directions), n_tables, parts)

    def axes(self, vectors: np.ndarray) -> list[np.ndarray]:
        """For each polytope of a table the coordinates (n, n_tables, n_axes) along its axes."""
        axes = (vectors @ self.directions.T).reshape(len(vectors), self.n_tables, -1)
        widths = [2 ** (bits - 1) for bits in self.parts]
        return np.split(axes, np.cumsum(widths)[:-1], axis=2)

    def keys(self, vectors: np.ndarray) -> np.ndarray:
        """Keys (n, n_tables)."""
        nearest = []
        for axes in self.axes(vectors):
            axis = np.abs(axes).argmax(axis=2)
            negative = np.take_along_axis(axes, axis[..., None], axis=2)[..., 0] < 0
            nearest.append(axis + negative * axes.shape[2])
        return tabled(self._hashes(nearest))

    def alternatives(self, queries: np.ndarray) -> Alternatives:
        """As `hyperplanes.Hyperplanes.alternatives`; groups tell the corners of one polytope."""
        costs, steps, groups, nearest, shift = [], [], [], [], 0
        for group, (axes, bits) in enumerate(zip(self.axes(queries), self.parts, strict=True)):
            corners = np.concatenate([axes, -axes], axis=2)
            best = corners.argmax(axis=2)
            cost = (corners.max(axis=2, keepdims=True) - corners) ** 2
            np.put_along_axis(cost, best[..., None], np.inf, axis=2)
            step = (np.arange(2**bits) - best[..., None]).astype(np.uint64) << np.uint64(shift)
            nearest.append(best)
            costs.append(cost)
            steps.append(step)
            groups.append(np.full(cost.shape, group))
            shift += bits
        cost = np.concatenate(costs, axis=2)
        n_others = cost.shape[2] - len(self.parts)  # the query's own corners come last, at infinite cost
        order = ranked(cost)[..., : min(n_others, MAX_ALTERNATIVES)]
        step, group_of = (
            np.take_along_axis(np.concatenate(part, axis=2), order, axis=2) for part in (steps, groups)
        )
        return self._hashes(nearest), np.take_along_axis(cost, order, axis=2), step, group_of

    def _hashes(self, nearest: Sequence[np.ndarray]) -> np.ndarray:
        hashes, shift = np.zeros(nearest[0].shape, np.uint64), 0
        for corner, bits in zip(nearest, self.parts, strict=True):
            hashes |= corner.astype(np.uint64) << np.uint64(shift)
            shift += bits
        return hashes
