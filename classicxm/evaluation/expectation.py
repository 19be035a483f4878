"""Exact expectations of ranking measures over all orders of tied items (McSherry and Najork 2008).

A group of t tied positions starts after s items, c of them relevant, and holds r relevant items of its own; each of
its orders is equally likely. Every function takes the `RankedRelevance` of the policy ``average``.
"""

import numpy as np
from scipy.special import gammaln

from classicxm.evaluation.ties import RankedRelevance

__all__ = [
    "expected_average_precision",
    "expected_gains",
    "expected_hits",
    "first_relevant_probability",
]


def expected_gains(ranked: RankedRelevance, gains: np.ndarray) -> np.ndarray:
    """The mean gain of its tie group at every position: (n_queries, n_items)."""
    _, inside = _group_sums(ranked, gains)
    return inside / (ranked.end - ranked.start)


def expected_hits(ranked: RankedRelevance, cutoff: int) -> np.ndarray:
    """Expected number of relevant items among the first ``cutoff``: (n_queries,)."""
    return expected_gains(ranked, ranked.found > 0)[:, :cutoff].sum(axis=1)


def first_relevant_probability(ranked: RankedRelevance) -> np.ndarray:
    """Probability that the first relevant item stands at each position: (n_queries, n_items).

    Position i of a group (from 0) that follows no relevant item is relevant with probability r / (t - i). Rows sum to
    1, or to 0 where nothing is relevant.
    """
    _, inside = _group_sums(ranked, ranked.found > 0)
    left = ranked.end - np.arange(ranked.gains.shape[1])
    none_yet = np.cumprod(np.maximum(left - inside, 0) / left, axis=1)
    still_none = np.ones_like(none_yet)
    still_none[:, 1:] = none_yet[:, :-1]
    return still_none * np.minimum(inside / left, 1)


def expected_average_precision(
    ranked: RankedRelevance, cutoff: int | None = None, denominator: str = "found"
) -> np.ndarray:
    """Expectation of AP@cutoff: (n_queries,).

    Position i of a group (from 0) contributes r/t * (c + 1 + i (r - 1)/(t - 1)) / (s + i + 1) to the sum of
    precisions. With a cutoff and the denominator ``found`` the number of relevant items found is itself random; it
    is hypergeometric in the one group that the cutoff cuts, so the expectation is a finite sum over it.
    """
    hits = ranked.found > 0
    n_items = hits.shape[1]
    cutoff = n_items if cutoff is None else min(cutoff, n_items)
    before, inside = _group_sums(ranked, hits)
    positions = np.arange(n_items)
    precision_sum = _precision_terms(
        inside, ranked.end - ranked.start, before, positions - ranked.start, positions + 1
    )
    if denominator == "found" and cutoff < n_items:
        return _expected_over_found(ranked, precision_sum, before, inside, cutoff)
    total = (hits if denominator == "found" else ranked.gains > 0).sum(axis=1)
    return precision_sum[:, :cutoff].sum(axis=1) / np.maximum(total, 1)


def _group_sums(ranked: RankedRelevance, gains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the gains before and inside the tie group of every position."""
    running = np.zeros((len(gains), gains.shape[1] + 1))
    np.cumsum(gains, axis=1, out=running[:, 1:])
    before = np.take_along_axis(running, ranked.start, axis=1)
    return before, np.take_along_axis(running, ranked.end, axis=1) - before


def _precision_terms(
    n_relevant: np.ndarray, n_tied: np.ndarray, n_before: np.ndarray, offset: np.ndarray, rank: np.ndarray
) -> np.ndarray:
    """E[precision * relevance] at the given offset into a group, rank 1-based."""
    hits_above = offset * (n_relevant - 1) / np.maximum(n_tied - 1, 1)
    return n_relevant / n_tied * (n_before + 1 + hits_above) / rank


def _expected_over_found(
    ranked: RankedRelevance, precision_sum: np.ndarray, before: np.ndarray, inside: np.ndarray, cutoff: int
) -> np.ndarray:
    """E[sum of precisions / relevant found] where ``cutoff`` cuts one tie group of each query."""
    last = cutoff - 1
    start, end = ranked.start[:, last, None], ranked.end[:, last, None]
    n_before, n_relevant = before[:, last, None], inside[:, last, None]
    kept = cutoff - start
    positions = np.arange(cutoff)
    in_group = positions >= start
    settled = np.where(in_group, 0, precision_sum[:, :cutoff]).sum(axis=1, keepdims=True)
    reciprocal = in_group / (positions + 1)
    weight = reciprocal.sum(axis=1, keepdims=True)
    offset_weight = (reciprocal * (positions - start)).sum(axis=1, keepdims=True)

    found = np.arange(cutoff + 1)  # relevant items among those of the cut group that are kept
    probability = _hypergeometric(found, end - start, n_relevant, kept)
    hits_above = (found - 1) / np.maximum(kept - 1, 1) * offset_weight
    in_cut_group = found / kept * ((n_before + 1) * weight + hits_above)
    average = (settled + in_cut_group) / np.maximum(n_before + found, 1)
    return (probability * average).sum(axis=1)


def _hypergeometric(
    found: np.ndarray, n_tied: np.ndarray, n_relevant: np.ndarray, n_drawn: np.ndarray
) -> np.ndarray:
    """P(found relevant among n_drawn of n_tied items without replacement), rows summing to 1."""
    possible = (found <= n_relevant) & (found <= n_drawn) & (n_drawn - found <= n_tied - n_relevant)
    safe = np.where(possible, found, np.maximum(0, n_drawn + n_relevant - n_tied))
    logarithm = _log_choose(n_relevant, safe) + _log_choose(n_tied - n_relevant, n_drawn - safe)
    logarithm -= logarithm.max(axis=1, keepdims=True)
    probability = np.where(possible, np.exp(logarithm), 0)
    return probability / probability.sum(axis=1, keepdims=True)


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
