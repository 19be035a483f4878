"""Ranking measures on score and relevance matrices, one value per query (Manning et al. 2008, chapter 8).

In every function ``scores`` is (n_queries, n_items), higher better, and ``relevant`` has the same shape and holds
bool or numbers of at least 0, above 0 meaning relevant. ``ties`` and ``ids`` are those of `ranked_relevance`. NaN
scores are refused. Queries without a relevant item, and an empty gallery, get 0 from every measure, except that
the rank of their first relevant item is infinity.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from classicxm.evaluation import ranked as on_ranked
from classicxm.evaluation.ties import RankedRelevance, check_ties, ranked_relevance, row_chunks
from classicxm.sequences import plain_array

__all__ = [
    "average_precision",
    "first_relevant_rank",
    "interpolated_average_precision",
    "ndcg_at",
    "per_query",
    "precision_at",
    "precision_recall_curve",
    "recall_at",
    "reciprocal_rank",
    "success_at",
]


def average_precision(
    scores: ArrayLike,
    relevant: ArrayLike,
    cutoff: int | None = None,
    denominator: str = "found",
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """AP@R = sum over ranks j <= R of P(j) rel_j / D, where P(j) is the precision at rank j.

    Parameters
    ----------
    cutoff : int or None
        R; None ranks the whole gallery.
    denominator : {"found", "all"}
        D: the relevant items within R (AP 0 if there is none), or all relevant items of the gallery.

    Returns
    -------
    float array (n_queries,), from 0 to 1; their plain mean is mAP.

    Examples
    --------
    Relevant items at ranks 1 and 3 of 4: (1/1 + 2/3) / 2.

    >>> average_precision([[9, 8, 7, 6]], [[1, 0, 1, 0]])
    array([0.83333333])
    """
    measure = partial(on_ranked.average_precision, cutoff=cutoff, denominator=denominator)
    return per_query(measure, scores, relevant, ties, ids)


def precision_recall_curve(
    scores: ArrayLike,
    relevant: ArrayLike,
    levels: int = 11,
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """Interpolated precision at evenly spaced recalls: the best precision at that recall or beyond.

    Parameters
    ----------
    levels : int, default=11
        Number of recalls from 0 to 1; at least 2.

    Returns
    -------
    float array (n_queries, levels). The policy ``average`` has no closed form here and is refused.

    Examples
    --------
    >>> precision_recall_curve([[9, 8, 7, 6]], [[1, 0, 0, 1]], levels=3)
    array([[1. , 1. , 0.5]])
    """
    measure = partial(on_ranked.precision_recall_curve, levels=levels)
    return per_query(measure, scores, relevant, ties, ids)


def interpolated_average_precision(
    scores: ArrayLike, relevant: ArrayLike, ties: str = "gallery_order", ids: Sequence[Any] | None = None
) -> np.ndarray:
    """Mean of the interpolated precision at recall 0, .1, ... 1 (11-point average precision).

    Examples
    --------
    Precision is 1 at recalls 0 to .5 and 1/2 at .6 to 1.

    >>> interpolated_average_precision([[9, 8, 7, 6]], [[1, 0, 0, 1]])
    array([0.77272727])
    """
    return per_query(on_ranked.interpolated_average_precision, scores, relevant, ties, ids)


def precision_at(
    scores: ArrayLike,
    relevant: ArrayLike,
    k: int,
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """Relevant items among the first k, over k, also where the gallery is smaller than k.

    Examples
    --------
    >>> precision_at([[9, 8, 7, 6]], [[1, 0, 0, 1]], 2)
    array([0.5])
    """
    return per_query(partial(on_ranked.precision, cutoff=k), scores, relevant, ties, ids)


def recall_at(
    scores: ArrayLike,
    relevant: ArrayLike,
    k: int,
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """Share of all relevant items that stand among the first k.

    Examples
    --------
    >>> recall_at([[9, 8, 7, 6]], [[1, 1, 0, 1]], 1)
    array([0.33333333])
    """
    return per_query(partial(on_ranked.recall, cutoff=k), scores, relevant, ties, ids)


def success_at(
    scores: ArrayLike,
    relevant: ArrayLike,
    k: int,
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """1 where a relevant item stands among the first k, else 0; captioning papers print its mean as R@k.

    Examples
    --------
    >>> success_at([[9, 8, 7, 6], [9, 8, 7, 6]], [[0, 1, 1, 0], [0, 0, 1, 0]], 2)
    array([1., 0.])
    """
    return per_query(partial(on_ranked.success, cutoff=k), scores, relevant, ties, ids)


def ndcg_at(
    scores: ArrayLike,
    relevant: ArrayLike,
    k: int | None = None,
    gain: str = "linear",
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """Discounted gain of the first k over that of the best order (Järvelin and Kekäläinen 2002).

    Parameters
    ----------
    k : int or None
        None ranks the whole gallery.
    gain : {"linear", "exponential"}
        Each item counts rel or 2**rel - 1, divided by log2(rank + 1). trec_eval uses the first.

    Examples
    --------
    >>> ndcg_at([[9, 8, 7]], [[0, 1, 0]], 3)
    array([0.63092975])
    """
    return per_query(partial(on_ranked.ndcg, cutoff=k, gain=gain), scores, relevant, ties, ids)


def reciprocal_rank(
    scores: ArrayLike,
    relevant: ArrayLike,
    cutoff: int | None = None,
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """1 / rank of the first relevant item, 0 where there is none (within ``cutoff``).

    Examples
    --------
    >>> reciprocal_rank([[9, 8, 7]], [[0, 1, 1]])
    array([0.5])
    """
    return per_query(partial(on_ranked.reciprocal_rank, cutoff=cutoff), scores, relevant, ties, ids)


def first_relevant_rank(
    scores: ArrayLike, relevant: ArrayLike, ties: str = "gallery_order", ids: Sequence[Any] | None = None
) -> np.ndarray:
    """1-based rank of the best of the query's true partners; infinity where it has none.

    Examples
    --------
    >>> first_relevant_rank([[9, 8, 7], [9, 8, 7]], [[0, 1, 1], [0, 0, 0]])
    array([ 2., inf])
    """
    return per_query(on_ranked.first_relevant_rank, scores, relevant, ties, ids)


def per_query(
    measure: Callable[[RankedRelevance], np.ndarray],
    scores: ArrayLike,
    relevant: ArrayLike,
    ties: str = "gallery_order",
    ids: Sequence[Any] | None = None,
) -> np.ndarray:
    """Apply a function of `RankedRelevance` to chunks of queries and join its rows."""
    check_ties(ties)
    scores, relevant = plain_array("scores", scores), plain_array("relevant", relevant)
    if scores.shape != relevant.shape or scores.ndim != 2 or not len(scores):
        # One pass over the whole lets the checks speak, and gives no queries a result of the right shape.
        return measure(ranked_relevance(scores, relevant, ties, ids))
    return np.concatenate(
        [
            measure(ranked_relevance(scores[rows], relevant[rows], ties, ids))
            for rows in row_chunks(*scores.shape)
        ]
    )
