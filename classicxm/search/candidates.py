"""The rows in the buckets that each query asks for."""

from collections.abc import Iterator, Sequence

import numpy as np

from classicxm.search.segments import Segment

__all__ = ["candidates", "candidates_of_one", "distinct"]

#: Candidates held at a time (int32: 16 MB).
CANDIDATE_ENTRIES = 4_000_000


def candidates(
    segments: Sequence[Segment], keys: np.ndarray, mask: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Yield for each query the rows of the buckets of its keys: ascending, each once, those the mask lets pass.

    Parameters
    ----------
    segments : sequence of segments.Segment
    keys : uint64 array (n_queries, n_probes)
    mask : bool array, optional
        For every row whether it may be answered.
    """
    places = [segment.find(keys) for segment in segments]
    totals = sum(sizes.sum(axis=1) for _, sizes in places)
    part = (np.cumsum(totals) - 1) // CANDIDATE_ENTRIES
    for number in np.unique(part):
        block = slice(*np.searchsorted(part, [number, number + 1]))
        found = []
        for segment, (begins, sizes) in zip(segments, places, strict=True):
            rows = segment.members[_runs(begins[block].ravel(), sizes[block].ravel())]
            found.append(_cut(rows, np.cumsum(sizes[block].sum(axis=1))))
        yield from distinct([np.concatenate(rows) for rows in zip(*found, strict=True)], mask)


def candidates_of_one(
    segments: Sequence[Segment], keys: np.ndarray, mask: np.ndarray | None = None
) -> np.ndarray:
    """The rows that `candidates` yields for one query, whose keys are (n_probes,)."""
    found = [segment.members[_runs(*segment.find(keys))] for segment in segments]
    rows = found[0] if len(found) == 1 else np.concatenate(found)
    rows.sort()
    kept = np.empty(len(rows), bool)
    kept[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=kept[1:])
    rows = rows[kept]
    return rows if mask is None else rows[mask[rows]]


def distinct(each: Sequence[np.ndarray], mask: np.ndarray | None = None) -> list[np.ndarray]:
    """Each array of rows ascending (they are sorted in place), without repetitions and what the mask holds back.

    >>> distinct([np.array([5, 1, 5, 2]), np.array([2])], np.array([1, 1, 0, 1, 1, 1], bool))
    [array([1, 5]), array([], dtype=int64)]
    """
    for rows in each:
        rows.sort()
    every = np.concatenate(each) if each else np.empty(0, int)
    ends = np.cumsum([len(rows) for rows in each], dtype=int)
    kept = np.ones(len(every), bool)
    np.not_equal(every[1:], every[:-1], out=kept[1:])
    kept[ends[:-1][ends[:-1] < len(every)]] = True  # a query's first row, whatever the query before ends with
    if mask is not None:
        kept &= mask[every]
    return _cut(every[kept], np.append(0, np.cumsum(kept))[ends])


def _cut(rows: np.ndarray, ends: np.ndarray) -> list[np.ndarray]:
    begin, parts = 0, []
    for end in ends.tolist():
        parts.append(rows[begin:end])
        begin = end
    return parts


def _runs(begins: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Positions begin, begin + 1, ... of every run of a given size, one after the other.

    >>> _runs(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    kept = sizes.nonzero()[0]
    begins, sizes = begins[kept], sizes[kept]
    ends = sizes.cumsum()
    positions = (begins - ends + sizes).repeat(sizes)
    positions += np.arange(len(positions), dtype=positions.dtype)
    return positions
