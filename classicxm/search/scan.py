"""The exact k best of many queries by scanning items in chunks, never holding all scores at once."""

from typing import Any

import numpy as np

from classicxm.search.answers import best_of_one, padded_rows
from classicxm.search.scoring import PairScorer

__all__ = ["scan"]

#: Queries and items of one chunk; their scores (8 MB) stay in the processor's cache while they are sifted.
QUERY_BLOCK, ITEM_BLOCK = 256, 8192
#: Items of the first chunk: the best of these already rule most of the others out.
FIRST_BLOCK = 2048
#: Where more than k times this pass, they are thinned out before they are scored exactly.
CROWDED = 8


def scan(
    scorer: PairScorer, vectors: np.ndarray, rows: np.ndarray | None, k: int, block_entries: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best rows of each query, ties to the lower row.

    Parameters
    ----------
    scorer : object with ``rough``, ``floor``, ``exact``, ``part`` and a length, such as `scoring.Scorer`
    vectors : array (n, d)
    rows : int array, ascending, or None
        The rows to look at; None for all.
    k : int
    block_entries : int
        Scores held at a time, at most.

    Returns
    -------
    rows : int array (n_queries, k), -1 where fewer than k exist
    scores : float array (n_queries, k), -inf there
    """
    if len(scorer) == 1:
        return _scan_one(scorer, vectors, rows, k, block_entries)
    best = padded_rows(len(scorer), k)
    n_items = len(vectors) if rows is None else len(rows)
    n_queries = max(1, min(QUERY_BLOCK, block_entries))
    chunk = max(1, min(ITEM_BLOCK, block_entries // n_queries))
    if len(scorer) < n_queries:
        chunk = max(chunk, min(4 * ITEM_BLOCK, block_entries // max(len(scorer), 1)))
    for first in range(0, len(scorer), n_queries):
        block = slice(first, first + n_queries)
        part = scorer.part(block)
        start = 0
        while start < n_items:
            stop = min(n_items, start + (chunk if start else min(chunk, max(FIRST_BLOCK, 16 * k))))
            chunk_rows = slice(start, stop) if rows is None else rows[start:stop]
            _sift(part, vectors, chunk_rows, best[0][block], best[1][block])
            start = stop
    return best


def _scan_one(
    scorer: PairScorer, vectors: np.ndarray, rows: np.ndarray | None, k: int, block_entries: int
) -> tuple[np.ndarray, np.ndarray]:
    """`scan` for one query by the same bounds, on plain vectors: arrays of two axes cost more than they hold."""
    n_items = len(vectors) if rows is None else len(rows)
    chunk = max(1, min(4 * ITEM_BLOCK, block_entries))
    best = padded_rows(1, k)
    start, stop = 0, min(n_items, chunk, max(FIRST_BLOCK, 16 * k))
    while start < n_items:
        items = vectors[start:stop] if rows is None else vectors[rows[start:stop]]
        rough, error = scorer.rough(items)
        floor = scorer.floor(best[1][:, -1])[0] - error[0] if start else -np.inf
        passing = _passing(rough[0], floor, error[0], k)
        if len(passing):
            exact = scorer.exact(np.zeros(len(passing), np.int64), items[passing], rough[0, passing])
            numbers = passing + start if rows is None else rows[passing + start]
            if start:  # what was there before has lower rows, and stays before equal scores
                numbers, exact = np.concatenate([best[0][0], numbers]), np.concatenate([best[1][0], exact])
            best = best_of_one(numbers, exact, k)
        start, stop = stop, min(n_items, stop + chunk)
    return best


def _passing(rough: np.ndarray, floor: float, error: float, k: int) -> np.ndarray:
    """Columns whose score may be among the k best, ascending: those from ``floor`` on, thinned where crowded."""
    if floor > -np.inf:
        passing = (rough >= floor).nonzero()[0]
        if len(passing) <= CROWDED * k:
            return passing
        kept = rough[passing]
        return passing[kept >= _kth(kept, k) - 2 * error]
    return np.arange(len(rough)) if len(rough) <= k else (rough >= _kth(rough, k) - 2 * error).nonzero()[0]


def _kth(scores: np.ndarray, k: int) -> float:
    """The k-th largest."""
    ordered = scores.copy()
    ordered.partition(len(scores) - k)
    return ordered[len(scores) - k]


def _sift(
    scorer: PairScorer, vectors: np.ndarray, rows: Any, best_rows: np.ndarray, best_scores: np.ndarray
) -> None:
    """Bring the best of these rows into the k best so far, in place; rows are higher than all seen before."""
    items = vectors[rows]
    rough, error = scorer.rough(items)
    k = best_rows.shape[1]
    floor = scorer.floor(best_scores[:, -1]) - error
    hot = np.flatnonzero(rough.max(axis=1) >= floor)
    if not len(hot):
        return
    if len(hot) < len(rough):
        rough = rough[hot]
    floor = floor[hot]
    short = np.isneginf(best_scores[hot, -1])
    if short.any() and rough.shape[1] > k:
        kth = np.partition(rough[short], rough.shape[1] - k, axis=1)[:, rough.shape[1] - k]
        floor[short] = kth - 2 * error[hot[short]]
    passing = rough >= floor[:, None]
    which, column = np.divmod(np.flatnonzero(passing), rough.shape[1])
    counts = np.bincount(which, minlength=len(hot))
    crowded = np.flatnonzero(counts > CROWDED * k)
    if len(crowded) and rough.shape[1] > k:
        kth = np.partition(rough[crowded], rough.shape[1] - k, axis=1)[:, rough.shape[1] - k]
        floor[crowded] = np.maximum(floor[crowded], kth - 2 * error[hot[crowded]])
        passing[crowded] = rough[crowded] >= floor[crowded, None]
        which, column = np.divmod(np.flatnonzero(passing), rough.shape[1])
        counts = np.bincount(which, minlength=len(hot))
    exact = scorer.exact(hot[which], items[column], rough[which, column])
    row_numbers = column + rows.start if isinstance(rows, slice) else rows[column]
    rank = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    _merge(best_rows, best_scores, hot, which, rank, row_numbers, exact)


def _merge(
    best_rows: np.ndarray,
    best_scores: np.ndarray,
    hot: np.ndarray,
    which: np.ndarray,
    rank: np.ndarray,
    rows: np.ndarray,
    scores: np.ndarray,
) -> None:
    """Merge new (query, row, score) triples, numbered by rank within their query, into the k best so far."""
    k = best_rows.shape[1]
    width = k + rank.max(initial=-1) + 1
    merged_rows = np.full((len(hot), width), -1, np.int64)
    merged_scores = np.full((len(hot), width), -np.inf)
    merged_rows[:, :k], merged_scores[:, :k] = best_rows[hot], best_scores[hot]
    merged_rows[which, k + rank], merged_scores[which, k + rank] = rows, scores
    # what was there before has lower rows, so a stable sort settles ties
    order = np.argsort(-merged_scores, axis=1, kind="stable")[:, :k]
    best_rows[hot] = np.take_along_axis(merged_rows, order, axis=1)
    best_scores[hot] = np.take_along_axis(merged_scores, order, axis=1)
