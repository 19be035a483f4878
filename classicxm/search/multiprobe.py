"""Query-directed multi-probe: the buckets most likely to hold a query's neighbours (Lv et al. 2007)."""

import functools
import heapq

import numpy as np
from numpy.typing import DTypeLike

from classicxm.search.argsort import taken
from classicxm.search.hash_keys import HashFamily, tabled

__all__ = ["NO_KEY", "perturbation_sets", "probes"]

#: The key of no bucket: tables are far fewer than their numbers could be.
NO_KEY = np.uint64(2**64 - 1)

#: Perturbation sets considered a table, at most.
MAX_SETS = 4096
#: Costs held at a time: they stay in the processor's cache (4 MB).
COST_ENTRIES = 400_000


@functools.lru_cache(maxsize=64)
def perturbation_sets(n_alternatives: int, n_sets: int) -> np.ndarray:
    """Sets of positions among alternatives ranked by cost, the cheapest to be expected first.

    Costs of ranked alternatives grow about as the square of the rank (Lv et al. 2007, section 4.5); sets are drawn
    from a heap by shifting or expanding the last position.

    Returns
    -------
    int array (n_sets or all there are, longest set), padded with ``n_alternatives``; the first set is empty

    Examples
    --------
    >>> perturbation_sets(2, 10).tolist()
    [[2, 2], [0, 2], [1, 2], [0, 1]]
    """
    found: list[tuple[int, ...]] = [()]
    heap: list[tuple[int, tuple[int, ...]]] = [(1, (0,))] if n_alternatives else []
    while heap and len(found) < n_sets:
        cost, members = heapq.heappop(heap)
        found.append(members)
        after = members[-1] + 1
        if after < n_alternatives:
            grown = (after + 1) ** 2
            heapq.heappush(heap, (cost - after**2 + grown, (*members[:-1], after)))
            heapq.heappush(heap, (cost + grown, (*members, after)))
    width = max(1, *map(len, found)) if len(found) > 1 else 1
    return np.array([members + (n_alternatives,) * (width - len(members)) for members in found])


@functools.lru_cache(maxsize=64)
def membership(n_alternatives: int, n_sets: int, dtype: DTypeLike = np.float64) -> np.ndarray:
    """The same sets as a matrix (n_alternatives, number of sets) of zeros and ones.

    >>> membership(2, 10)
    array([[0., 1., 0., 1.],
           [0., 0., 1., 1.]])
    """
    sets = perturbation_sets(n_alternatives, n_sets)
    return (sets[None] == np.arange(n_alternatives)[:, None, None]).any(axis=2).astype(dtype)


def probes(family: HashFamily, queries: np.ndarray, n_probes: int, ordered: bool = False) -> np.ndarray:
    """Keys of the buckets to look into: the cheapest over all tables, in that order if ``ordered``.

    Returns
    -------
    uint64 array (n_queries, n_probes or as many as there are); all of a row are different, but for NO_KEY in
    place of sets that cannot be taken together
    """
    sets_a_table = min(MAX_SETS, family.set_factor * max(16, 4 * -(-n_probes // family.n_tables)))
    step = max(1, COST_ENTRIES // (family.n_tables * sets_a_table))
    blocks = [
        _block_probes(family, queries[start : start + step], n_probes, sets_a_table, ordered)
        for start in range(0, len(queries), step)
    ]
    if len(blocks) == 1:
        return blocks[0]
    return np.concatenate(blocks) if blocks else np.empty((0, 0), np.uint64)


def _block_probes(
    family: HashFamily, queries: np.ndarray, n_probes: int, n_sets: int, ordered: bool
) -> np.ndarray:
    hashes, costs, steps, groups = family.alternatives(queries)
    n_queries, n_tables, n_alternatives = costs.shape
    sets = perturbation_sets(n_alternatives, n_sets)
    total = costs.astype(np.float32, copy=False).reshape(-1, n_alternatives) @ membership(
        n_alternatives, n_sets, np.float32
    )
    total = total.reshape(n_queries, n_tables, len(sets))
    if groups is not None:
        total[_clashing(groups, sets)] = np.inf
    total = total.reshape(n_queries, -1)
    n_probes = min(n_probes, total.shape[1])
    best = total.argpartition(n_probes - 1, axis=1)[:, :n_probes]
    if ordered:
        best = taken(best, np.argsort(taken(total, best), axis=1, kind="stable"))
    # Steps are below 2**KEY_BITS in size, so double precision adds some of them without error.
    moves = steps.view(np.int64).reshape(-1, n_alternatives).astype(np.float64)
    moves = (moves @ membership(n_alternatives, n_sets)).reshape(total.shape)
    moves = taken(moves, best).astype(np.int64).view(np.uint64)
    table = best // len(sets)
    keys = tabled(taken(hashes, table) + moves, table)
    if groups is not None:
        keys[np.isinf(taken(total, best))] = NO_KEY
    return keys


def _clashing(groups: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """Whether a set (n_sets, width) takes two alternatives of one group: bool (n_queries, n_tables, n_sets)."""
    outside = -1 - np.arange(sets.shape[1])  # padding clashes with nothing
    padded = np.concatenate([groups, np.zeros((*groups.shape[:2], 1), groups.dtype)], axis=2)
    members = np.where(sets == groups.shape[2], outside, padded[:, :, sets])
    members.sort(axis=3)
    return (members[..., 1:] == members[..., :-1]).any(axis=3)
