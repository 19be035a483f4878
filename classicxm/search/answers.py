"""The shape of every answer: the k best (query, row, score) with ties to the lower row, padded where short."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np

__all__ = ["Answers", "best_of_one", "best_pairs", "named", "padded_rows"]


class Answers(tuple[np.ndarray, np.ndarray]):
    """(ids, scores) of a search, and the names of parts of an index that did not answer.

    >>> ids, scores = found = Answers((["a"], [0.5]), missing=("shard 1",))
    >>> found.missing
    ('shard 1',)
    """

    missing: tuple[str, ...] = ()

    def __new__(cls, pair: Iterable[Any], missing: Iterable[str] = ()) -> Self:
        """A pair with names."""
        made = super().__new__(cls, pair)
        made.missing = tuple(dict.fromkeys(missing))
        return made

    @classmethod
    def joined(cls, pair: Iterable[Any], *others: tuple[np.ndarray, np.ndarray]) -> Self:
        """A pair that was made of other answers, with the names of all that these lack."""
        return cls(pair, [name for other in others for name in getattr(other, "missing", ())])


def padded_rows(n_queries: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers with nothing found yet: rows (n_queries, k) of -1 and scores of -inf."""
    return np.full((n_queries, k), -1, np.int64), np.full((n_queries, k), -np.inf)


def nothing_found(n_queries: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The answer of an index that holds nothing: ids (n_queries, k) of None and scores of -inf.

    >>> nothing_found(1, 2)[0]
    array([[None, None]], dtype=object)
    """
    return named(*padded_rows(n_queries, k), np.empty(0, object))


def named(rows: np.ndarray, scores: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n_queries, k), -1 where missing, as ids; returns (ids, scores).

    >>> named(np.array([[1, -1]]), np.array([[0.5, -np.inf]]), np.array(["a", "b"], object))[0].tolist()
    [['b', None]]
    """
    if rows.size and rows.item(-1) >= 0 and (len(rows) == 1 or (rows >= 0).all()):  # missing ones come last
        return ids[rows], scores
    found = rows >= 0
    answers = np.full(rows.shape, None, object)
    if found.any():
        answers[found] = ids[rows[found]]
    return answers, scores


def best_pairs(
    which: np.ndarray, rows: np.ndarray, scores: np.ndarray, n_queries: int, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best rows of each query among pairs (query, row, score), best first, ties to the lower row.

    Returns
    -------
    rows : int array (n_queries, k), -1 where a query has fewer pairs
    scores : float array (n_queries, k), -inf there

    Examples
    --------
    >>> best_pairs(np.array([0, 0, 0]), np.array([7, 3, 5]), np.array([1.0, 1.0, 2.0]), 1, 2)[0]
    array([[5, 3]])
    """
    answers = padded_rows(n_queries, k)
    order = np.lexsort((rows, -scores, which))
    which = which[order]
    rank = np.arange(len(which)) - np.searchsorted(which, np.arange(n_queries))[which]
    best = rank < k
    answers[0][which[best], rank[best]] = rows[order[best]]
    answers[1][which[best], rank[best]] = scores[order[best]]
    return answers


def best_of_one(rows: np.ndarray, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """`best_pairs` of a single query, a few microseconds long; of equal scores the first given comes first.

    >>> best_of_one(np.array([3, 5, 7]), np.array([1.0, 2.0, 1.0]), 2)[0]
    array([[5, 3]])
    """
    order = (-scores).argsort(kind="stable")[:k]
    if len(order) == k:
        return rows[order].astype(np.int64, copy=False)[None], scores[order][None]
    answers = padded_rows(1, k)
    answers[0][0, : len(order)], answers[1][0, : len(order)] = rows[order], scores[order]
    return answers
