"""The exact k best among each query's candidate rows."""

import numpy as np

from classicxm.search.answers import best_pairs, padded_rows

__all__ = ["distinct", "rerank"]


def distinct(rows, mask=None):
    """Rows ascending, each once, and only those the mask (a bool a row) lets pass.

    >>> distinct(np.array([5, 1, 5, 2]), np.array([1, 1, 0, 1, 1, 1], bool))
    array([1, 5])
    """
    rows = np.sort(rows)
    if len(rows) > 1:
        first = np.empty(len(rows), bool)
        first[0] = True
        np.not_equal(rows[1:], rows[:-1], out=first[1:])
        rows = rows[first]
    return rows if mask is None else rows[mask[rows]]


def rerank(scorer, vectors, candidates, k):
    """The k best candidates of each query, ties to the lower row.

    Parameters
    ----------
    scorer : scoring.Scorer of the queries
    vectors : array (n, d)
    candidates : iterable of int arrays, the distinct candidate rows of each query in turn
    k : int

    Returns
    -------
    rows : int array (n_queries, k), -1 where a query has fewer candidates
    scores : float array (n_queries, k), -inf there
    """
    vectors = np.asarray(vectors)
    kept, roughly = [], []
    gathered = np.empty((0, vectors.shape[1]), vectors.dtype)
    for query, rows in enumerate(candidates):
        if len(rows) > len(gathered):  # one buffer for all queries: fresh memory costs more than the copy
            gathered = np.empty((2 * len(rows), vectors.shape[1]), vectors.dtype)
        items = np.take(vectors, rows, axis=0, out=gathered[: len(rows)], mode="clip")
        rough, error = scorer.rough_one(query, items)
        if len(rows) > k:
            passing = np.flatnonzero(rough >= np.partition(rough, len(rough) - k)[len(rough) - k] - 2 * error)
            rows, rough = rows[passing], rough[passing]
        kept.append(rows)
        roughly.append(rough)
    if not kept:
        return padded_rows(0, k)
    which = np.repeat(np.arange(len(kept)), [len(rows) for rows in kept])
    rows = np.concatenate(kept)
    return best_pairs(which, rows, scorer.exact(which, vectors[rows], np.concatenate(roughly)), len(kept), k)
