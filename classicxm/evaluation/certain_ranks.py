"""Measures of products of rows by a plain matrix product, wherever its rounding cannot change a rank.

`classicxm.distances.product` scores equal rows equally at several times the cost of a matrix product. Both rank alike
where no score is as near to a relevant item's as rounding; queries for which this does not hold are scored again.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from classicxm.distances import Metric, get_metric
from classicxm.evaluation.measures import Measure

__all__ = ["measured_both_ways"]

EPS = float(np.finfo(np.float64).eps)

#: (scores, which items are relevant, rounding of each query) -> values, and where they are certain.
Certain = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def measured_both_ways(
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray],
    metric: str | Metric,
    A: np.ndarray,
    B: np.ndarray,
    relevant: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Values of every row of A asked among those of B, and of every row of B among those of A.

    They are, to the bit, ``measure(metric(A, B), relevant)`` and ``measure(metric(B, A), relevant)``.

    Parameters
    ----------
    measure : Measure or callable
        AP and RR without a cutoff take the quick way, all else the plain one.
    metric : str or Metric
    A, B : arrays (n, d)
    relevant : bool array (n, n), symmetric

    Returns
    -------
    Two float arrays (n,)

    Examples
    --------
    >>> rows, other = np.array([[1.0, 0.0], [1.0, 0.2]]), np.array([[1.0, 0.1], [0.0, 1.0]])
    >>> measured_both_ways(Measure("RR"), "cosine", rows, other, np.eye(2, dtype=bool))
    (array([1. , 0.5]), array([0.5, 1. ]))
    """
    metric, quick = get_metric(metric), _quick(measure)
    if quick is None or not metric.inner_product:
        return measure(metric(A, B), relevant), measure(metric(B, A), relevant)
    A, B = (metric.prepare(np.asarray(X, np.float64)) for X in (A, B))
    scores = A @ B.T
    if not np.isfinite(scores).all():
        return measure(metric.score(A, B), relevant), measure(metric.score(B, A), relevant)
    hits, unit = np.asarray(relevant) > 0, 4 * (A.shape[1] + 8) * EPS
    lengths = [np.sqrt(np.einsum("ij,ij->i", X, X)) for X in (A, B)]
    both = []
    for queries, items, S, own, other in ((A, B, scores, *lengths), (B, A, scores.T, *lengths[::-1])):
        values, certain = quick(np.ascontiguousarray(S), hits, unit * own * other.max(initial=0.0))
        again = np.flatnonzero(~certain)
        if len(again):
            values[again] = measure(metric.score(queries[again], items), relevant[again])
        both.append(values)
    return both[0], both[1]


def _quick(measure: Any) -> Certain | None:
    """The quick way of a measure, or None."""
    if not isinstance(measure, Measure) or measure.cutoff is not None:
        return None
    if measure.kind == "RR" and measure.ties != "trec":
        return _reciprocal_ranks
    return _average_precisions if measure == Measure("AP") else None


def _reciprocal_ranks(
    scores: np.ndarray, relevant: np.ndarray, rounding: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """1 / rank of the first relevant item: certain where no other item is about as good as the best relevant one."""
    best = np.where(relevant, scores, -np.inf).max(axis=1, initial=-np.inf)
    others = np.where(relevant, -np.inf, scores)
    above = np.count_nonzero(others > (best + rounding)[:, None], axis=1)
    about = np.count_nonzero(others >= (best - rounding)[:, None], axis=1)
    return 1 / (1 + above), (about == above) & np.isfinite(best)


def _average_precisions(
    scores: np.ndarray, relevant: np.ndarray, rounding: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Average precision: certain where the scores on both sides of every relevant item are further off."""
    n_queries, n_items = scores.shape
    ordered = np.full((n_queries, n_items + 2), np.inf)
    ordered[:, 0], ordered[:, 1:-1] = -np.inf, scores
    ordered[:, 1:-1].sort(axis=1)
    terms, certain = np.zeros((n_queries, n_items)), np.empty(n_queries, bool)
    for i, row in enumerate(ordered):
        place = row.searchsorted(np.sort(scores[i][relevant[i]])[::-1])
        around = row[place]
        gap = np.minimum(around - row[place - 1], row[place + 1] - around)
        certain[i] = (gap > rounding[i]).all()
        rank = n_items + 1 - place
        terms[i, rank - 1] = np.arange(1, len(rank) + 1) / rank
    return terms.sum(axis=1) / np.maximum(np.count_nonzero(relevant, axis=1), 1), certain
