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
#: Groups of scores, in steps for 8 neighbours, whose maxima bound the k-th best score.
GROUPS = 128
#: Candidates of one query, at most, that wait for their exact scores.
MOST_HELD = 4096


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
    """`scan` for one query on plain vectors, as arrays of two axes cost more than they hold.

    Rough scores alone decide what is held on to, and it is scored exactly at the end: where scores differ by more than
    twice the largest error, the order of exact ones is known.
    """
    vectors = np.asarray(vectors)
    n_items = len(vectors) if rows is None else len(rows)
    chunk = max(1, min(4 * ITEM_BLOCK, block_entries))
    if rows is None and n_items <= chunk:
        found, slack = scorer.rough_one(0, vectors)
        held = _passing(found, -np.inf, slack, k)
        return best_of_one(held, scorer.exact(held, vectors[held], found[held]), k)
    held, scores, slack, least = np.empty(0, np.int64), np.empty(0), 0.0, -np.inf
    for start in range(0, n_items, chunk):
        stop = start + chunk
        found, error = scorer.rough_one(0, vectors[start:stop] if rows is None else vectors[rows[start:stop]])
        slack = max(slack, error)
        passing = _passing(found, least, slack, k)
        if not len(passing):
            continue
        numbers = (passing + start) if rows is None else rows[passing + start]
        if not len(held):
            held, scores = numbers, found[passing]
        else:
            held, scores = np.concatenate([held, numbers]), np.concatenate([scores, found[passing]])
        if stop < n_items and len(held) >= k:
            if len(held) > max(MOST_HELD, 2 * k):  # equal scores, which only exact ones part
                best = np.sort(_exactly_best(scorer, vectors, held, scores, k))
                held, scores = held[best], scores[best]
            least = float(_kth(scores, k)) - 2 * slack
            kept = scores >= least
            held, scores = held[kept], scores[kept]
    if not len(held):
        return padded_rows(1, k)
    return best_of_one(held, scorer.exact(held, vectors[held], scores), k)


def _exactly_best(
    scorer: PairScorer, vectors: np.ndarray, held: np.ndarray, scores: np.ndarray, k: int
) -> np.ndarray:
    """Positions of the k rows with the best exact scores, ties to the first."""
    exact = scorer.exact(held, vectors[held], scores)
    return np.argsort(-exact, kind="stable")[:k]


def _passing(scores: np.ndarray, least: float, slack: float, k: int) -> np.ndarray:
    """Columns whose score may be among the k best, ascending: those from ``least`` on, thinned where crowded."""
    if least == -np.inf:
        if len(scores) <= k:
            return np.arange(len(scores))
        least = _at_most_kth(scores, k) - 2 * slack
    passing = (scores >= _rounded_down(least, scores.dtype)).nonzero()[0]
    if len(passing) <= CROWDED * k:
        return passing
    kept = scores[passing]
    return passing[kept >= _rounded_down(_kth(kept, k) - 2 * slack, kept.dtype)]


def _rounded_down(bound: float, dtype: np.dtype) -> float | np.floating:
    """A bound below another one that compares in single precision: comparing in double takes several times as long."""
    if dtype != np.float32:
        return bound
    rounded = np.float32(bound)
    return rounded if float(rounded) <= bound else np.nextafter(rounded, -np.float32(np.inf))


def _at_most_kth(scores: np.ndarray, k: int) -> float:
    """A bound on the k-th largest of many: the k-th largest among the maxima of disjoint groups of them.

    >>> _at_most_kth(np.arange(1000.0), 1), _at_most_kth(np.arange(1000.0), 2)
    (895.0, 894.0)
    """
    width = GROUPS * -(-k // 8)
    depth = len(scores) // width
    if depth < 4:
        return float(_kth(scores, k))
    maxima = np.maximum.reduce(scores[: depth * width].reshape(depth, width))
    maxima.partition(width - k)
    return float(maxima[width - k])


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
