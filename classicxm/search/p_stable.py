"""Projections onto Gaussian directions cut into equal slots, for Euclidean distance (Datar et al. 2004)."""

from typing import Self

import numpy as np

from classicxm.search.argsort import ranked, taken
from classicxm.search.hash_keys import Alternatives, tabled

__all__ = ["StableProjections"]

#: Slot width in standard deviations of the data along one direction.
SLOT_DEVIATIONS = 2.0


class StableProjections:
    """The numbers of ``n_bits`` slots, mixed into one hash, in each table.

    A near neighbour most likely lies in the slot beyond the nearer wall: the cost of a step is the squared
    distance to that wall (Lv et al. 2007).
    """

    saveable = True
    #: Perturbation sets drawn for one that is wanted, as some of them clash.
    set_factor = 2

    def __init__(
        self, directions: np.ndarray, offsets: np.ndarray, multipliers: np.ndarray, n_tables: int, n_bits: int
    ) -> None:
        self.directions, self.offsets, self.multipliers = directions, offsets, multipliers
        self.n_tables, self.n_bits = n_tables, n_bits

    @classmethod
    def drawn(cls, random: np.random.RandomState, vectors: np.ndarray, n_tables: int, n_bits: int) -> Self:
        """A family whose slots fit the spread of some vectors (n, d), drawn by a NumPy RandomState."""
        spread = np.sqrt(vectors.var(axis=0, dtype=np.float64).sum()) or 1.0
        shape = n_tables * n_bits, vectors.shape[1]
        directions = random.standard_normal(shape) / (spread * SLOT_DEVIATIONS)
        # Odd multipliers are invertible modulo 2**64, so slots of one direction never collide.
        multipliers = random.randint(0, 2**47, size=shape[0], dtype=np.int64) * 2 + 1
        # h(v) = floor((a.v + b) / w) with b uniform in a slot, about the mean of the data so that float32
        # keeps its digits.
        offsets = random.random_sample(shape[0]) - directions @ vectors.mean(axis=0, dtype=np.float64)
        return cls(
            directions.astype(np.float32),
            offsets.astype(np.float32),
            multipliers.astype(np.uint64).reshape(n_tables, n_bits),
            n_tables,
            n_bits,
        )

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """Positions (n, n_tables, n_bits) along every direction, in slots."""
        with np.errstate(over="ignore", invalid="ignore"):  # huge vectors all lie in the outermost slots
            positions = np.nan_to_num(vectors @ self.directions.T + self.offsets)
        return positions.reshape(len(vectors), self.n_tables, self.n_bits)

    def hashes(self, slots: np.ndarray) -> np.ndarray:
        """Slot numbers (n, n_tables, n_bits) as hashes (n, n_tables), modulo 2**64."""
        numbers = np.clip(slots, -(2.0**62), 2.0**62).astype(np.int64).view(np.uint64)
        return (numbers * self.multipliers).sum(axis=2, dtype=np.uint64)

    def keys(self, vectors: np.ndarray) -> np.ndarray:
        """Keys (n, n_tables)."""
        return tabled(self.hashes(np.floor(self.project(vectors))))

    def alternatives(self, queries: np.ndarray) -> Alternatives:
        """As `hyperplanes.Hyperplanes.alternatives`; groups tell the two walls of one slot."""
        positions = self.project(queries)
        slots = np.floor(positions)
        above = positions - slots
        walls = np.concatenate([above, 1 - above], axis=2)
        order = ranked(walls)
        costs = taken(walls, order) ** 2
        # A slot further down or up changes the hash by its direction's multiplier, whatever the other slots
        # are.
        steps = np.concatenate([-self.multipliers, self.multipliers], axis=1)
        steps = np.take_along_axis(np.broadcast_to(steps, walls.shape), order, axis=2)
        return self.hashes(slots), costs, steps, order % self.n_bits
