"""Hash keys of one index: 64-bit integers whose upper bits number the table, so that all tables share one order."""

from typing import Protocol

import numpy as np

__all__ = ["KEY_BITS", "MAX_TABLES", "keyed", "tabled"]

#: Bits of the hash itself; hash arithmetic is modulo 2**KEY_BITS.
KEY_BITS = 48
MAX_TABLES = 2 ** (64 - KEY_BITS) - 1
#: Rows hashed at a time.
HASHED_ROWS = 2048

#: Hashes of queries, and costs, steps and groups (or None) of what else each table could have been asked for.
Alternatives = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]


class HashFamily(Protocol):
    """Hash functions of ``n_tables`` tables, drawn once for vectors of one length."""

    n_tables: int
    #: Sets of alternatives per table, in multiples of what as many hyperplanes need.
    set_factor: int

    def keys(self, vectors: np.ndarray) -> np.ndarray:
        """Keys (n, n_tables) of vectors (n, d)."""

    def alternatives(self, queries: np.ndarray) -> Alternatives:
        """Each query's own hashes, and what else each table could have been asked for."""


def tabled(hashes: np.ndarray, tables: np.ndarray | None = None) -> np.ndarray:
    """Hashes of any size, wrapped to KEY_BITS, with the number of their table above them.

    ``tables`` gives the numbers; by default the last axis of ``hashes`` runs over the tables.

    >>> [hex(key) for key in tabled(np.array([5, 5], np.uint64))]
    ['0x5', '0x1000000000005']
    """
    tables = np.arange(hashes.shape[-1]) if tables is None else tables
    return (hashes & np.uint64(2**KEY_BITS - 1)) | (tables.astype(np.uint64) << np.uint64(KEY_BITS))


def keyed(family: HashFamily, vectors: np.ndarray) -> np.ndarray:
    """Keys (n, n_tables) of vectors (n, d) under a hash family, a block of rows at a time."""
    keys = np.empty((len(vectors), family.n_tables), np.uint64)
    for start in range(0, len(vectors), HASHED_ROWS):
        block = slice(start, start + HASHED_ROWS)
        keys[block] = family.keys(vectors[block])
    return keys
