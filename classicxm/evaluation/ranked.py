"""Ranking measures on relevance that is already in ranked order, so that one sort serves all of them.

Every function takes a `RankedRelevance` of n_queries and returns (n_queries,) values. Under the tie policy ``average``
it returns exact expectations instead of values of one order.
"""

import numbers
from typing import Any

import numpy as np

from classicxm.evaluation import expectation
from classicxm.evaluation.ties import RankedRelevance

__all__ = [
    "average_precision",
    "first_relevant_rank",
    "interpolated_average_precision",
    "ndcg",
    "precision",
    "precision_recall_curve",
    "recall",
    "reciprocal_rank",
    "success",
]


def average_precision(
    ranked: RankedRelevance, cutoff: int | None = None, denominator: str = "found"
) -> np.ndarray:
    """Sum of the precisions at the relevant ranks up to ``cutoff``, over relevant found or all relevant."""
    check_cutoff(cutoff)
    check_denominator(denominator)
    if ranked.averaged:
        return expectation.expected_average_precision(ranked, cutoff, denominator)
    hits = ranked.gains > 0
    top = ranked.found[:, :cutoff] > 0
    precisions = np.cumsum(top, axis=1) / np.arange(1, top.shape[1] + 1)
    divisor = (top if denominator == "found" else hits).sum(axis=1)
    return (precisions * top).sum(axis=1) / np.maximum(divisor, 1)


def precision_recall_curve(ranked: RankedRelevance, levels: int = 11) -> np.ndarray:
    """Interpolated precision at ``levels`` recalls from 0 to 1: (n_queries, levels)."""
    if not _is_count(levels, 2):
        raise ValueError(f"levels must be an integer of at least 2, got {levels!r}")
    if ranked.averaged:
        raise ValueError(
            "ties='average' has no closed form for interpolated precision; "
            "choose another tie policy, or simulate it as random_floor does"
        )
    hits = ranked.gains > 0
    n_queries, n_items = hits.shape
    curve = np.zeros((n_queries, levels))
    if n_items == 0:
        return curve
    found = np.cumsum(ranked.found > 0, axis=1)
    best_from_here = np.maximum.accumulate((found / np.arange(1, n_items + 1))[:, ::-1], axis=1)[:, ::-1]
    total = hits.sum(axis=1)
    for column, level in enumerate(np.linspace(0, 1, levels)):
        # The slack keeps .3 * 10 relevant items at 3 where floating point says 3.0000000000000004.
        needed = np.maximum(np.ceil(level * total - 1e-9), 1)
        reached = found >= needed[:, None]
        best = best_from_here[np.arange(n_queries), reached.argmax(axis=1)]
        curve[:, column] = np.where(reached.any(axis=1), best, 0)
    return np.where(total[:, None] > 0, curve, 0)


def interpolated_average_precision(ranked: RankedRelevance) -> np.ndarray:
    """Mean of the interpolated precision at recall 0, .1, ... 1."""
    return precision_recall_curve(ranked, 11).mean(axis=1)


def precision(ranked: RankedRelevance, cutoff: int) -> np.ndarray:
    """Relevant items within ``cutoff``, over ``cutoff``."""
    return _hits_within(ranked, cutoff) / cutoff


def recall(ranked: RankedRelevance, cutoff: int) -> np.ndarray:
    """Relevant items within ``cutoff``, over all relevant."""
    return _hits_within(ranked, cutoff) / np.maximum((ranked.gains > 0).sum(axis=1), 1)


def success(ranked: RankedRelevance, cutoff: int) -> np.ndarray:
    """1 where a relevant item stands within ``cutoff``, else 0; under ``average`` its probability."""
    _check_given_cutoff(cutoff)
    if ranked.averaged:
        return expectation.first_relevant_probability(ranked)[:, :cutoff].sum(axis=1)
    return np.asarray((ranked.found[:, :cutoff] > 0).any(axis=1), np.float64)


def ndcg(ranked: RankedRelevance, cutoff: int | None = None, gain: str = "linear") -> np.ndarray:
    """Gains discounted by log2(rank + 1), over those of the best possible order."""
    check_cutoff(cutoff)
    if gain not in ("linear", "exponential"):
        raise ValueError(f"gain must be 'linear' or 'exponential', got {gain!r}")
    every, gains = (
        np.exp2(amount.astype(np.float64)) - 1 if gain == "exponential" else amount
        for amount in (ranked.gains, ranked.found)
    )
    ideal = np.sort(every, axis=1)[:, ::-1][:, :cutoff]
    if ranked.averaged:
        gains = expectation.expected_gains(ranked, gains)
    discount = 1 / np.log2(np.arange(2, ideal.shape[1] + 2))
    best = ideal @ discount
    return np.divide(gains[:, :cutoff] @ discount, best, out=np.zeros(len(best)), where=best > 0)


def reciprocal_rank(ranked: RankedRelevance, cutoff: int | None = None) -> np.ndarray:
    """1 / rank of the first relevant item; 0 where there is none within ``cutoff``."""
    check_cutoff(cutoff)
    if ranked.averaged:
        probability = expectation.first_relevant_probability(ranked)[:, :cutoff]
        return (probability / np.arange(1, probability.shape[1] + 1)).sum(axis=1)
    rank = first_relevant_rank(ranked)
    return np.where(rank <= (np.inf if cutoff is None else cutoff), 1 / rank, 0)


def first_relevant_rank(ranked: RankedRelevance) -> np.ndarray:
    """1-based rank of the first relevant item; infinity where nothing is relevant."""
    hits = ranked.found > 0
    if hits.shape[1] == 0:
        return np.full(len(hits), np.inf)
    if ranked.averaged:
        rank = expectation.first_relevant_probability(ranked) @ np.arange(1.0, hits.shape[1] + 1)
    else:
        rank = hits.argmax(axis=1) + 1
    return np.where(hits.any(axis=1), rank, np.inf)


def check_cutoff(cutoff: Any) -> None:
    """Raise ValueError unless ``cutoff`` is None or an integer of at least 1."""
    if cutoff is not None:
        _check_given_cutoff(cutoff)


def check_denominator(denominator: Any) -> None:
    """Raise ValueError for an unknown denominator of AP."""
    if denominator not in ("found", "all"):
        raise ValueError(f"denominator must be 'found' or 'all', got {denominator!r}")


def _check_given_cutoff(cutoff: Any) -> None:
    if not _is_count(cutoff, 1):
        raise ValueError(f"the cutoff k must be an integer of at least 1, got {cutoff!r}")


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= least


def _hits_within(ranked: RankedRelevance, cutoff: int) -> np.ndarray:
    _check_given_cutoff(cutoff)
    if ranked.averaged:
        return expectation.expected_hits(ranked, cutoff)
    return (ranked.found[:, :cutoff] > 0).sum(axis=1)
