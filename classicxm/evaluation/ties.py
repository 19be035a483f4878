"""Relevance in ranked order: every query's gallery sorted once by score, under a stated policy for tied scores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from classicxm.sequences import listed, plain_array

__all__ = ["TIE_POLICIES", "RankedRelevance", "check_ties", "ranked_relevance", "row_chunks", "trec_order"]

TIE_POLICIES = ("gallery_order", "average", "optimistic", "pessimistic", "trec")

CHUNK_BYTES = 16 * 2**20  # of one float64 array; a measure holds a handful of them at a time


@dataclass(frozen=True)
class RankedRelevance:
    """Relevance of each query's gallery, best score first.

    Attributes
    ----------
    gains : array (n_queries, n_items), bool or float64
        Relevance in ranked order; above 0 is relevant.
    start, end : int array (n_queries, n_items) or None
        For the policy ``average`` only: the 0-based first and one past the last position of the group of tied
        items that each position belongs to. Inside a group every order is equally likely.
    listed : bool array (n_queries, n_items) or None
        Which positions hold an item that was retrieved, that is scored above minus infinity; None where all were.
    """

    gains: np.ndarray
    start: Any = None
    end: Any = None
    listed: np.ndarray | None = None

    @property
    def found(self) -> np.ndarray:
        """Gains that count as found: those of listed items."""
        return self.gains if self.listed is None else np.where(self.listed, self.gains, 0)

    @property
    def averaged(self) -> bool:
        """Whether measures are expectations over the orders of tied items."""
        return self.start is not None


def ranked_relevance(
    scores: ArrayLike, relevant: ArrayLike, ties: str = "gallery_order", ids: Sequence[Any] | None = None
) -> RankedRelevance:
    """Sort the gallery of every query by descending score and return its relevance in that order.

    Parameters
    ----------
    scores : array (n_queries, n_items)
        Higher is better; infinities are allowed, NaN is not.
    relevant : array (n_queries, n_items) of bool or numbers of at least 0
        Above 0 is relevant; the amount is the gain that nDCG reads.
    ties : str, default="gallery_order"
        What happens to equal scores: ``gallery_order`` keeps the order of the columns; ``average`` makes each
        measure its exact expectation over all orders of the tied items; ``optimistic`` and ``pessimistic`` put
        the relevant first and last, which is best and worst for every measure but AP@R over the relevant found;
        ``trec`` does as trec_eval: scores are compared in single precision, and equal ones ordered by id,
        descending, compared as strings.
    ids : sequence of n_items names, needed by ``trec`` only

    Returns
    -------
    RankedRelevance

    Raises
    ------
    ValueError
        If shapes differ, scores hold NaN, relevance is negative or NaN, or the policy is unknown.

    Examples
    --------
    >>> ranked_relevance([[1, 3, 3]], [[True, False, True]]).gains
    array([[False, True, True]])
    >>> ranked_relevance([[1, 3, 3]], [[True, False, True]], ties="optimistic").gains
    array([[ True, False, True]])
    """
    check_ties(ties)
    scores, gains = _checked(scores, relevant, exact=ties != "trec")
    if ties == "trec":
        columns = _descending_ids(ids, scores.shape[1])
        with np.errstate(over="ignore"):
            scores, gains = scores[:, columns].astype(np.float32), gains[:, columns]
    if ties in ("optimistic", "pessimistic"):
        preference = gains if ties == "pessimistic" else -gains.astype(np.float64)
        order = np.lexsort((preference, -scores), axis=-1)
    else:
        order = np.argsort(-scores, axis=1, kind="stable")
    ranked = np.take_along_axis(gains, order, axis=1)
    listed = None
    if np.isneginf(scores).any():
        listed = ~np.isneginf(np.take_along_axis(scores, order, axis=1))
    if ties != "average":
        return RankedRelevance(ranked, listed=listed)
    return RankedRelevance(ranked, *_tie_groups(np.take_along_axis(scores, order, axis=1)), listed)


def trec_order(scores: np.ndarray, ids: Sequence[Any]) -> np.ndarray:
    """The columns of finite scores (n_queries, n_items) as trec_eval ranks them: (n_queries, n_items).

    >>> trec_order(np.array([[1.0, 3.0, 3.0]]), ["a", "b", "c"])
    array([[2, 1, 0]])
    """
    columns = _descending_ids(ids, scores.shape[1])
    with np.errstate(over="ignore"):
        return columns[np.argsort(-scores[:, columns].astype(np.float32), axis=1, kind="stable")]


def row_chunks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Slices over the rows such that a float64 array of one slice by ``n_columns`` stays small.

    >>> list(row_chunks(3, 2**21))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    step = max(1, CHUNK_BYTES // (8 * max(n_columns, 1)))
    return (slice(first, min(first + step, n_rows)) for first in range(0, n_rows, step))


def check_ties(ties: Any) -> None:
    """Raise ValueError for a tie policy that does not exist."""
    if ties not in TIE_POLICIES:
        raise ValueError(f"ties must be one of {', '.join(map(repr, TIE_POLICIES))}, got {ties!r}")


def _checked(scores: ArrayLike, relevant: ArrayLike, exact: bool) -> tuple[np.ndarray, np.ndarray]:
    """Float scores and bool or float64 gains of one common 2-D shape; ``exact``: unequal scores stay unequal."""
    scores, relevant = plain_array("scores", scores), plain_array("relevant", relevant)
    for name, array in (("scores", scores), ("relevant", relevant)):
        if array.ndim != 2:
            raise ValueError(f"{name} must be 2-D (n_queries, n_items), got shape {array.shape}")
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name} must be numbers or bool, got dtype {array.dtype}")
    if scores.shape != relevant.shape:
        raise ValueError(
            f"scores and relevant must have one shape, got {scores.shape} and {relevant.shape}; "
            "row i of both is query i, column j is gallery item j"
        )
    if scores.dtype not in (np.float32, np.float64):
        scores = _ordered_alike(scores) if exact else scores.astype(np.float64)
    if (bad := np.isnan(scores).any(axis=1)).any():
        raise ValueError(
            f"scores of query {bad.argmax()} have NaN; a score must be a number, infinity included"
        )
    if relevant.dtype != bool:
        relevant = relevant.astype(np.float64)
        if not (valid := np.isfinite(relevant) & (relevant >= 0)).all():
            query, item = np.argwhere(~valid)[0]
            raise ValueError(
                f"relevance must be finite and at least 0, got {relevant[query, item]} for query {query}, "
                f"item {item}; use 0 for what is not relevant"
            )
    return scores, relevant


def _ordered_alike(scores: np.ndarray) -> np.ndarray:
    """Scores as float64; their places in order instead, where float64 would make unequal ones equal.

    >>> _ordered_alike(np.array([[2**53, 2**53 + 1, 5]]))
    array([[1., 2., 0.]])
    """
    if scores.dtype.itemsize < 8 or not scores.size or (scores.dtype.kind in "iu" and _fits(scores)):
        return scores.astype(np.float64)
    if scores.dtype.kind == "f" and (scores.astype(np.float64) == scores).all():
        return scores.astype(np.float64)
    if np.isnan(scores).any() or np.isinf(scores).any():  # which are named, or stand for what was not found
        return scores.astype(np.float64)
    places: np.ndarray = np.unique(scores, return_inverse=True)[1].reshape(scores.shape)
    return places.astype(np.float64)


def _fits(scores: np.ndarray) -> bool:
    return int(scores.min()) >= -(2**53) and int(scores.max()) <= 2**53


def _descending_ids(ids: Any, n_items: int) -> np.ndarray:
    if ids is None:
        raise ValueError("ties='trec' orders tied items by id; give ids, one per gallery item")
    ids = listed(ids, "ids")
    if strange := [name for name in ids if not isinstance(name, (str, int, np.integer))]:
        raise TypeError(f"ids must be str or int, got {strange[0]!r:.60}")
    names = np.array([str(name) for name in ids], dtype=np.str_)
    if len(names) != n_items:
        raise ValueError(f"ids must name the {n_items} gallery items, got {len(names)}")
    unique, counts = np.unique(names, return_counts=True)
    if len(unique) < n_items:
        raise ValueError(f"ids must be unique, got {str(unique[counts.argmax()])!r} {counts.max()} times")
    return np.argsort(names, kind="stable")[::-1]


def _tie_groups(ranked_scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and one-past-last position of the group of equal scores around each position."""
    n_queries, n_items = ranked_scores.shape
    opens = np.ones((n_queries, n_items + 1), dtype=bool)
    opens[:, 1:-1] = ranked_scores[:, 1:] != ranked_scores[:, :-1]
    bounds = np.arange(n_items + 1)
    start = np.maximum.accumulate(np.where(opens[:, :-1], bounds[:-1], 0), axis=1)
    ends = np.where(opens[:, 1:], bounds[1:], n_items)
    end = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    return start, end
