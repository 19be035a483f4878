"""The shard of an item: a hash of its id says which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np

__all__ = ["place_of", "rows_of_places"]


def place_of(key: str | int, n: int) -> int:
    """Which of n shards an id belongs to; it depends on the id alone.

    >>> [place_of(key, 3) for key in ("a", "b", 7, "7")]
    [0, 2, 2, 2]
    """
    kind = "s" if isinstance(key, str) else "i"
    digest = blake2b(f"{kind}{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % n


def rows_of_places(places: Iterable[int], n: int) -> Iterator[tuple[int, np.ndarray]]:
    """(shard, rows that are placed there), for those of n shards that have any.

    >>> [(shard, rows.tolist()) for shard, rows in rows_of_places([2, 0, 2], 3)]
    [(0, [1]), (2, [0, 2])]
    """
    placed = np.array(list(places), int)
    for number in range(n):
        rows = np.flatnonzero(placed == number)
        if len(rows):
            yield number, rows
