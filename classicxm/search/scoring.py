"""Scores of queries against items in two passes: a rough one by matrix product, an exact one pair by pair.

The rough score is single precision with a bound on its error; whatever the bound cannot rule out is scored again
in double precision, one pair at a time, so that equal vectors always get equal scores.
"""

from typing import Any, Protocol

import numpy as np
from scipy.special import xlogy

from classicxm.distances import SMALLEST_PROBABILITY, get_metric

__all__ = ["UNIT_LENGTH", "Scorer", "prepare_items"]

#: Rows prepared at a time in double precision (64 dimensions: 32 MB).
PREPARED_ROWS = 65_536
#: Entries of a double-precision temporary of the exact pass (0.8 MB: it stays in the cache).
PAIR_ENTRIES = 100_000
# Products of lengths above this could leave the range of single precision.
LARGEST_PRODUCT = 1e36
#: Metrics whose prepared vectors have length one (or none).
UNIT_LENGTH = {"cosine", "correlation"}
#: Of one rounding in single precision.
SINGLE = float(np.finfo(np.float32).eps)


def prepare_items(metric: str, vectors: np.ndarray) -> np.ndarray:
    """Rows (n, d) normalised, centred or rooted as the metric needs, float32."""
    prepare = get_metric(metric).prepare
    prepared = np.empty(vectors.shape, np.float32)
    for start in range(0, len(vectors), PREPARED_ROWS):
        block = slice(start, start + PREPARED_ROWS)
        prepared[block] = prepare(vectors[block].astype(np.float64))
    return prepared


class PairScorer(Protocol):
    """What `scan.scan` asks of a scorer of queries: rough scores with a bound of their error, and exact ones."""

    def __len__(self) -> int:
        """Number of queries."""

    def part(self, block: slice | np.ndarray) -> "PairScorer":
        """The scorer of some of the queries."""

    def rough(self, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rough scores (n_queries, n) against items, and their error (n_queries,)."""

    def rough_one(self, query: int, items: np.ndarray) -> tuple[np.ndarray, float]:
        """`rough` of one query, given by its number: scores (n,) and their error."""

    def floor(self, scores: np.ndarray) -> np.ndarray:
        """Exact scores in the units of rough ones."""

    def exact(self, which: np.ndarray, items: np.ndarray, rough: np.ndarray) -> np.ndarray:
        """Exact scores (m,) of query ``which[i]`` against ``items[i]``; of a lone query ``which`` is not read."""


class Scorer:
    """Scores of some queries under one metric.

    Parameters
    ----------
    metric : str
        A name in `classicxm.distances.METRICS`.
    queries : float32 array (n_queries, d)
        As they come; prepared here.
    """

    def __init__(self, metric: str, queries: np.ndarray) -> None:
        self.metric = get_metric(metric)
        self.queries = self.metric.prepare(queries.astype(np.float64))
        self.by_product = self.metric.inner_product or self.metric.name == "euclidean"
        self.unit = self.metric.name in UNIT_LENGTH  # or zero, for which a bound on the length does as well
        if self.by_product:
            self._single = self.queries.astype(np.float32)
            self._lengths = np.ones(len(queries)) if self.unit else np.linalg.norm(self.queries, axis=1)

    def __len__(self) -> int:
        return len(self.queries)

    def part(self, block: slice | np.ndarray) -> "Scorer":
        """The scorer of the queries in a slice."""
        part = object.__new__(Scorer)
        part.metric, part.by_product, part.unit = self.metric, self.by_product, self.unit
        part.queries = self.queries[block]
        if self.by_product:
            part._single, part._lengths = self._single[block], self._lengths[block]
        return part

    def rough(self, items: np.ndarray, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Rough scores (n_queries, n) of all queries against items (n, d), and their error (n_queries,).

        Rough scores are in units of their own; `floor` turns exact scores into them.
        """
        if not self.by_product:
            scores = self.metric.score(self.queries, items.astype(np.float64))
            error = 1e-12 * np.abs(scores).max(initial=0) if self.metric.name == "kl" else 0.0
            return scores, np.full(len(scores), error)
        if self.unit:
            return np.matmul(self._single, items.T, out=out), (items.shape[1] + 2) * SINGLE * self._lengths
        with np.errstate(over="ignore"):
            half_squares = np.einsum("ij,ij->i", items, items) / 2
        longest = np.sqrt(2 * float(half_squares.max(initial=0)))
        if max(self._lengths.max(initial=0), longest) * longest > LARGEST_PRODUCT:
            items = items.astype(np.float64)
            half_squares = np.einsum("ij,ij->i", items, items) / 2
            longest = np.sqrt(2 * half_squares.max(initial=0))
            scores = self.queries @ items.T
        else:
            scores = np.matmul(self._single, items.T, out=out)
        error_unit = (items.shape[1] + 2) * SINGLE
        error = error_unit * longest * self._lengths
        if self.metric.name == "euclidean":
            scores -= half_squares.astype(scores.dtype)
            error = error + error_unit * longest * (longest + self._lengths)
        return scores, error

    def rough_one(self, query: int, items: np.ndarray) -> tuple[np.ndarray, float]:
        """Rough scores (n,) of one query, given by its number, against items (n, d), and their error."""
        if not self.unit:
            lone = self if len(self) == 1 else self.part(slice(query, query + 1))
            rough, error = lone.rough(items)
            return rough[0], float(error[0])
        return items @ self._single[query], (items.shape[1] + 2) * SINGLE * float(self._lengths[query])

    def rough_rounded(
        self, query: int, codes: np.ndarray, rounding: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `rough_one` of unit vectors rounded by `quantised.quantised`, codes as float32; errors are (n,)."""
        scores = codes @ self._single[query]
        scores *= rounding[:, 0]
        single = 2 * (codes.shape[1] + 2) * SINGLE
        return scores, (rounding[:, 1] + np.float32(single)) * np.float32(self._lengths[query])

    def floor(self, scores: np.ndarray) -> np.ndarray:
        """Exact scores (n_queries,) in the units of rough ones."""
        if self.metric.name == "euclidean":
            return (self._lengths**2 - scores**2) / 2
        return scores

    def exact(self, which: np.ndarray, items: np.ndarray, rough: Any) -> np.ndarray:
        """Exact scores (m,) of query ``which[i]`` against ``items[i]``, whose rough score is ``rough[i]``."""
        if not self.by_product and self.metric.name != "kl":
            return rough  # element-wise metrics do the same arithmetic wherever a pair stands
        step = max(1, PAIR_ENTRIES // max(items.shape[1], 1))
        if len(self.queries) == 1 and len(which) <= step:
            return self._pairs(self.queries, items.astype(np.float64))
        scores = np.empty(len(which))
        for start in range(0, len(which), step):
            block = slice(start, start + step)
            x = self.queries if len(self.queries) == 1 else self.queries[which[block]]
            scores[block] = self._pairs(x, items[block].astype(np.float64))
        return scores

    def _pairs(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if self.metric.name == "euclidean":
            return -np.sqrt(((x - y) ** 2).sum(axis=1))
        if self.metric.name == "kl":
            return (x * np.log(np.maximum(y, SMALLEST_PROBABILITY)) - xlogy(x, x)).sum(axis=1)
        return np.add.reduce(x * y, axis=1)
