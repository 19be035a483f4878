"""One answer to a query of several parts: early and late fusion, and weights by confidence.

Early fusion adds the parts up in the common subspace and searches once (Rocchio 1971 where weights are negative).
Late fusion searches for every part and merges the lists: reciprocal ranks (Cormack et al. 2009), or the sum of
min-max normalised scores, times the number of lists an item is in (CombSUM, CombMNZ: Fox and Shaw 1994).
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from classicxm.base import Index
from classicxm.errors import EmptyDescriptionWarning
from classicxm.retrieval.documents import own_scale
from classicxm.search.answers import Answers, best_pairs, named

__all__ = [
    "FUSIONS",
    "attention",
    "check_fusion",
    "confidence",
    "early_fusion",
    "fuse_lists",
    "fused_search",
    "list_credits",
]

FUSIONS = ("early", "rrf", "combsum", "combmnz", "confidence")
#: Cormack et al. 2009 fixed it at 60: how slowly a list's credit falls with rank.
RANK_CONSTANT = 60
#: Length of the lists that are merged, and of those whose entropy is measured; as long as TREC's.
DEPTH = 1000
# Queries whose lists are held at a time.
QUERY_BLOCK = 256
# What is left of a sum this much shorter than its parts is rounding, stored vectors being single precision.
CANCELLED = 1e-6
NEVER_NEGATIVE = ("kl", "js", "chi2", "hellinger")


def check_fusion(fusion: str) -> None:
    """ValueError for a fusion that there is none of."""
    if fusion not in FUSIONS:
        raise ValueError(f"fusion must be one of {', '.join(map(repr, FUSIONS))}, got {fusion!r}")


def fused_search(
    index: Index,
    vectors: Sequence[np.ndarray],
    weights: Sequence[float],
    k: int,
    allowed: Iterable[Any] | None,
    fusion: str,
) -> tuple[np.ndarray, np.ndarray]:
    """The k best items for queries of several parts.

    Parameters
    ----------
    index : Index
    vectors : list of arrays (n_queries, d), one per part
    weights : sequence of float, one per part
    k : int
    allowed : collection of ids, or None
    fusion : {"early", "rrf", "combsum", "combmnz", "confidence"}
        Late fusion merges the 1000 best answers of every part, or the k best where k is more.

    Returns
    -------
    ids, scores : arrays (n_queries, k), as `Index.search` gives them; late fusion gives scores of its own.
    """
    if fusion == "early" or (fusion == "confidence" and len(vectors) == 1):
        return index.search(early_fusion(vectors, weights, index.metric), k, allowed)
    answers = []
    for start in range(0, max(len(vectors[0]), 1), QUERY_BLOCK):
        block = [rows[start : start + QUERY_BLOCK] for rows in vectors]
        answers.append(_from_lists(index, block, weights, k, allowed, fusion))
    return Answers.joined(tuple(np.concatenate(part) for part in zip(*answers, strict=True)), *answers)


def _from_lists(
    index: Index,
    vectors: Sequence[np.ndarray],
    weights: Sequence[float],
    k: int,
    allowed: Iterable[Any] | None,
    fusion: str,
) -> tuple[np.ndarray, np.ndarray]:
    depth = max(1, min(len(index), max(k, DEPTH)))
    lists = [index.search(rows, depth, allowed) for rows in vectors]
    scores = np.stack([found for _, found in lists])
    if fusion == "confidence":
        found = index.search(early_fusion(vectors, attention(scores, weights), index.metric), k, allowed)
        return Answers.joined(found, found, *lists)
    keys, rows = _numbered(index, [ids for ids, _ in lists])
    return Answers.joined(named(*fuse_lists(rows, scores, weights, k, fusion), keys), *lists)


def early_fusion(vectors: Sequence[np.ndarray], weights: ArrayLike, metric: str = "cosine") -> np.ndarray:
    """The weighted mean of the parts, each at its `own_scale`: (n_queries, d).

    Divided by the sum of the absolute weights, so that posteriors stay posteriors. Histogram metrics know no
    negative entries, which become zero, as Rocchio's do. Parts that cancel out leave a zero vector and a warning.

    Parameters
    ----------
    vectors : list of arrays (n_queries, d), one per part
    weights : (n_parts,) or (n_parts, n_queries)
    metric : str

    Examples
    --------
    >>> early_fusion([np.array([[2.0, 0.0]]), np.array([[0.0, 5.0]])], [1, 0.5])
    array([[0.66666667, 0.33333333]])
    """
    weights = np.asarray(weights, dtype=np.float64)
    if len(vectors) == 1 and (weights > 0).all():
        return vectors[0]
    weights = weights / (np.abs(weights).max(initial=0) or 1)  # as a mean; the largest floats have no sum
    if weights.ndim == 1:
        weights = weights[:, None]
    mean, length = 0, 0
    for rows, weight in zip(vectors, weights, strict=True):
        rows = own_scale(np.asarray(rows, np.float64), metric)
        mean = mean + rows * weight[:, None]
        length = length + np.linalg.norm(rows, axis=1) * np.abs(weight)
    mean = mean / np.abs(weights).sum(axis=0)[:, None]
    if metric in NEVER_NEGATIVE:
        mean = np.maximum(mean, 0)
    left = np.linalg.norm(mean, axis=1) * np.abs(weights).sum(axis=0)
    cancelled = (left <= CANCELLED * length) & (length > 0)
    mean[cancelled] = 0
    if cancelled.any():
        warnings.warn(
            f"the parts of query {cancelled.argmax()} cancel out, so its answers have no order"
            + (f" (and of {cancelled.sum() - 1} more)" if cancelled.sum() > 1 else ""),
            EmptyDescriptionWarning,
            stacklevel=2,
        )
    return mean


def confidence(scores: ArrayLike) -> np.ndarray:
    """How sure a part is of its answers, from 0 to 1: one minus the entropy of the softmax of its z-scored scores.

    The entropy is a share of its greatest, log n. A part that singles out few items has much confidence, one that
    scores all alike has none; z-scores make that independent of the metric's units.

    Parameters
    ----------
    scores : array (n_queries, n), -inf where an answer is missing

    Returns
    -------
    array (n_queries,)

    Examples
    --------
    >>> confidence([[5.0, 5.0, 5.0], [9.0, 5.0, 5.0]]).round(3)
    array([0.   , 0.431])
    """
    scores = np.asarray(scores, np.float64)
    found = np.isfinite(scores)
    n = np.maximum(found.sum(axis=1), 1)
    known = np.where(found, scores, 0)
    z = np.where(found, known - (known.sum(axis=1) / n)[:, None], 0)
    spread = np.sqrt((z**2).sum(axis=1) / n)
    differs = (n > 1) & (spread > 1e-12 * np.abs(known).max(axis=1, initial=0))  # otherwise it is rounding
    z /= np.where(differs, spread, 1)[:, None]
    p = np.where(found, np.exp(z - z.max(axis=1, initial=0, keepdims=True)), 0)
    p /= np.where(differs, p.sum(axis=1), 1)[:, None]
    entropy = -xlogy(p, p).sum(axis=1)
    return np.where(differs, np.clip(1 - entropy / np.log(np.maximum(n, 2)), 0, 1), 0)


def attention(scores: ArrayLike, weights: ArrayLike) -> np.ndarray:
    """Weights (n_parts, n_queries): each part's own, times its share of the `confidence` of all parts in the query.

    Where no part is sure of anything all count alike.

    >>> attention([[[5.0, 5.0, 5.0]], [[9.0, 5.0, 5.0]]], [1, 2])
    array([[0.],
           [2.]])
    """
    sure = np.stack([confidence(found) for found in np.asarray(scores)])
    sure[:, ~sure.any(axis=0)] = 1
    return np.asarray(weights, np.float64)[:, None] * sure / sure.sum(axis=0)


def list_credits(scores: np.ndarray, fusion: str) -> np.ndarray:
    """What each place of descending lists (..., depth) is worth; 0 where an answer is missing (-inf).

    ``rrf``: 1 / (60 + rank), equal scores sharing the best rank. Otherwise the score scaled from 0 (the last of its
    list) to 1 (the first); a list of equal scores says nothing and gets zeros.

    >>> list_credits(np.array([4.0, 3.0, 2.0, -np.inf]), "combsum")
    array([1. , 0.5, 0. , 0. ])
    >>> (1 / list_credits(np.array([4.0, 3.0, 3.0, 1.0]), "rrf")).round()
    array([61., 62., 62., 64.])
    """
    found = np.isfinite(scores)
    if fusion == "rrf":
        opens = np.ones(scores.shape, bool)
        opens[..., 1:] = scores[..., 1:] != scores[..., :-1]
        rank = np.maximum.accumulate(np.where(opens, np.arange(scores.shape[-1]), 0), axis=-1)
        return np.where(found, 1 / (RANK_CONSTANT + 1 + rank), 0)
    low = np.where(found, scores, np.inf).min(axis=-1, keepdims=True)
    high = np.where(found, scores, -np.inf).max(axis=-1, keepdims=True)
    span = np.where(np.isfinite(low) & (high > low), high - low, np.inf)
    return np.where(found, (np.where(found, scores, 0) - np.where(np.isfinite(low), low, 0)) / span, 0)


def fuse_lists(
    rows: np.ndarray, scores: np.ndarray, weights: ArrayLike, k: int, fusion: str
) -> tuple[np.ndarray, np.ndarray]:
    """Lists of several parts as one list of the k best per query.

    Parameters
    ----------
    rows : int array (n_parts, n_queries, depth), -1 where an answer is missing
    scores : array (n_parts, n_queries, depth), descending, -inf there
    weights : (n_parts,)
        A negative one takes its list's credits away.
    k : int
    fusion : {"rrf", "combsum", "combmnz"}

    Returns
    -------
    rows : int array (n_queries, k), -1 where fewer than k items are in any list
    scores : float array (n_queries, k), -inf there

    Examples
    --------
    >>> rows, scores = np.array([[[0, 1]], [[1, 2]]]), np.array([[[9.0, 8.0]], [[0.7, 0.2]]])
    >>> fuse_lists(rows, scores, [1, 1], 2, "combsum")
    (array([[0, 1]]), array([[1., 1.]]))
    """
    n_queries = rows.shape[1]
    credits = list_credits(scores, fusion)
    query = np.broadcast_to(np.arange(n_queries)[:, None], rows.shape)[rows >= 0]
    weight = np.broadcast_to(np.asarray(weights, np.float64)[:, None, None], rows.shape)[rows >= 0]
    width = rows.max(initial=0) + 1
    pairs, which = np.unique(query * width + rows[rows >= 0], return_inverse=True)
    credits = weight * credits[rows >= 0]
    totals = np.bincount(which, credits, len(pairs))
    if fusion == "combmnz":
        totals *= np.bincount(which, credits != 0, len(pairs))
    return best_pairs(pairs // width, pairs % width, totals, n_queries, k)


def _numbered(index: Index, answers: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Answered ids in the order they were added, by which ties go, and their numbers in place of the ids."""
    keys = list(dict.fromkeys(key for ids in answers for key in ids.ravel() if key is not None))
    keys = [keys[n] for n in np.argsort(index.insertion_ranks(keys), kind="stable")]
    number = {key: n for n, key in enumerate(keys)} | {None: -1}
    numbers = [np.fromiter(map(number.get, ids.ravel()), np.int64).reshape(ids.shape) for ids in answers]
    named_keys = np.empty(len(keys), object)
    named_keys[:] = keys
    return named_keys, np.stack(numbers)
