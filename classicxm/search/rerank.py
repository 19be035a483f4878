"""The exact k best among each query's candidate rows."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import DTypeLike

from classicxm.search.answers import best_of_one, best_pairs, padded_rows
from classicxm.search.quantised import QuantisedRows
from classicxm.search.scoring import Scorer

__all__ = ["best_fetched", "rerank", "rerank_one"]

#: Entries of the candidates of one query up to which all of them are scored exactly, which takes no longer than bounds.
SCORED_AT_ONCE = 12_000

#: (query, rows) -> the least and the most that the score of each row can be.
Bounds = Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]


def rerank(
    scorer: Scorer,
    vectors: np.ndarray,
    candidates: Iterable[np.ndarray],
    k: int,
    rounded: QuantisedRows | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k best candidates of each query, ties to the lower row.

    Parameters
    ----------
    scorer : scoring.Scorer of the queries, of an inner product or the Euclidean distance
    vectors : array (n, d)
    candidates : iterable of int arrays, the distinct candidate rows of each query in turn
    k : int
    rounded : quantised.QuantisedRows, optional
        Of the vectors, which are then only read where their rounded form does not rule them out. Only for metrics
        of unit vectors.

    Returns
    -------
    rows : int array (n_queries, k), -1 where a query has fewer candidates
    scores : float array (n_queries, k), -inf there
    """
    vectors = np.asarray(vectors)
    bounds = _exact_bounds(scorer, vectors) if rounded is None else _rounded_bounds(scorer, rounded)
    kept = []
    for query, rows in enumerate(candidates):
        if len(rows) > k:
            least, most = bounds(query, rows)
            least.partition(len(rows) - k)
            rows = rows[most >= least[len(rows) - k]]
        kept.append(rows)
    if not kept:
        return padded_rows(0, k)
    which = np.repeat(np.arange(len(kept)), [len(rows) for rows in kept])
    rows = np.concatenate(kept)
    return best_pairs(which, rows, scorer.exact(which, vectors[rows], None), len(kept), k)


def best_fetched(
    scorer: Scorer, query: int, items: np.ndarray, places: Sequence[int], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which k of the items (n, d) that a server gave for one query are best, and their exact scores.

    Ties go to the lower place in the order in which items were added.

    >>> best_fetched(Scorer("dot", np.ones((1, 1))), 0, np.ones((2, 1), np.float32), [8, 3], 1)[0].tolist()
    [1]
    """
    scores = scorer.exact(np.full(len(items), query), items, None)
    order = np.lexsort((np.asarray(places), -scores))[:k]
    return order, scores[order]


def rerank_one(
    scorer: Scorer, vectors: np.ndarray, rows: np.ndarray, k: int, rounded: QuantisedRows | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """`rerank` for the scorer of one query, whose distinct candidate rows are ascending."""
    vectors = np.asarray(vectors)
    if len(rows) > k and len(rows) * vectors.shape[1] > SCORED_AT_ONCE:
        bounds = _exact_bounds(scorer, vectors) if rounded is None else _rounded_bounds(scorer, rounded)
        least, most = bounds(0, rows)
        least.partition(len(rows) - k)
        rows = rows[most >= least[len(rows) - k]]
    return best_of_one(rows, scorer.exact(np.zeros(len(rows), np.int64), vectors[rows], None), k)


def _exact_bounds(scorer: Scorer, vectors: np.ndarray) -> Bounds:
    """A function (query, rows) -> least and most that each row's score can be, from the vectors."""
    read = _Buffer(vectors.shape[1], vectors.dtype)

    def bounds(query: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        items = np.take(vectors, rows, axis=0, out=read.first(len(rows)), mode="clip")
        rough, error = scorer.rough_one(query, items)
        return rough - error, rough + error

    return bounds


def _rounded_bounds(scorer: Scorer, rounded: QuantisedRows) -> Bounds:
    """The same from the vectors' rounded form."""
    d = rounded.codes.shape[1]
    read, wide, two = _Buffer(d, np.int8), _Buffer(d, np.float32), _Buffer(2, np.float32)

    def bounds(query: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = len(rows)
        np.copyto(wide.first(n), np.take(rounded.codes, rows, axis=0, out=read.first(n), mode="clip"))
        rounding = np.take(rounded.rounding, rows, axis=0, out=two.first(n), mode="clip")
        rough, error = scorer.rough_rounded(query, wide.first(n), rounding)
        return rough - error, rough + error

    return bounds


class _Buffer:
    """Rows that are written to again and again: fresh memory costs more than a copy."""

    def __init__(self, width: int, dtype: DTypeLike) -> None:
        self.array = np.empty((0, width), dtype)

    def first(self, n: int) -> np.ndarray:
        """n rows."""
        if n > len(self.array):
            self.array = np.empty((2 * n, self.array.shape[1]), self.array.dtype)
        return self.array[:n]
