"""The rows in the buckets that each query asks for."""

import numpy as np

__all__ = ["candidates"]

#: Candidates held at a time (int32: 16 MB).
CANDIDATE_ENTRIES = 4_000_000


def candidates(segments, keys):
    """Yield for each query the rows (repeated where several tables agree) of the buckets of its keys.

    Parameters
    ----------
    segments : sequence of segments.Segment
    keys : uint64 array (n_queries, n_probes)
    """
    places = [segment.find(keys) for segment in segments]
    totals = sum(sizes.sum(axis=1) for _, sizes in places)
    part = (np.cumsum(totals) - 1) // CANDIDATE_ENTRIES
    for number in np.unique(part):
        block = slice(*np.searchsorted(part, [number, number + 1]))
        rows, ends = [], []
        for segment, (begins, sizes) in zip(segments, places, strict=True):
            rows.append(segment.members[_runs(begins[block].ravel(), sizes[block].ravel())])
            ends.append(np.cumsum(sizes[block].sum(axis=1)))
        for query in range(block.stop - block.start):
            parts = [
                part_rows[(part_ends[query - 1] if query else 0) : part_ends[query]]
                for part_rows, part_ends in zip(rows, ends, strict=True)
            ]
            yield parts[0] if len(parts) == 1 else np.concatenate(parts)


def _runs(begins, sizes):
    """Positions begin, begin + 1, ... of every run of a given size, one after the other.

    >>> _runs(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    kept = sizes > 0
    begins, sizes = begins[kept], sizes[kept]
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - ends + sizes, sizes)
