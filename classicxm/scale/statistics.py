"""Statistics that shards give and that add up: document frequencies, words, mixtures, products, quantiles, samples.

Every statistic has ``merge(other)``, which returns that of both. What is learned from merged statistics is what would
be learned from all rows at once, up to rounding; merged in one order it is the same to the bit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from classicxm.encoding.gmm import posteriors
from classicxm.encoding.vocabulary import nearest_words

__all__ = [
    "BinCounts",
    "Columns",
    "DocumentFrequencies",
    "Drawn",
    "MixtureSums",
    "Products",
    "WordSums",
    "merge",
]

CHUNK = 2048


def merge(left: Any, right: Any) -> Any:
    """``left.merge(right)``, and of tuples and dicts part by part; None stands for a shard that had nothing."""
    if left is None or right is None:
        return right if left is None else left
    if isinstance(left, dict):
        return {
            key: merge(left.get(key), right.get(key)) for key in [*left, *(k for k in right if k not in left)]
        }
    if isinstance(left, tuple):
        return tuple(merge(a, b) for a, b in zip(left, right, strict=True))
    return left.merge(right)


@dataclass
class DocumentFrequencies:
    """In how many texts each term is, how often in all of them, and how it is spelled.

    >>> one, two = DocumentFrequencies(), DocumentFrequencies()
    >>> one.add(["red", "red"])
    >>> two.add(["red", "sea"])
    >>> dict(one.merge(two).documents), one.merge(two).counts["red"], one.merge(two).n
    ({'red': 2, 'sea': 1}, 3, 2)
    """

    n: int = 0
    documents: Counter = field(default_factory=Counter)
    counts: Counter = field(default_factory=Counter)
    spellings: Counter = field(default_factory=Counter)

    def add(self, terms: list[str], spellings: list[tuple[str, str]] = ()) -> None:  # type: ignore[assignment]
        """Count in one text."""
        self.n += 1
        self.counts.update(terms)
        self.documents.update(set(terms))
        self.spellings.update(spellings)

    def merge(self, other: DocumentFrequencies) -> DocumentFrequencies:
        """Those of both."""
        return DocumentFrequencies(
            self.n + other.n,
            self.documents + other.documents,
            self.counts + other.counts,
            self.spellings + other.spellings,
        )


@dataclass
class WordSums:
    """One step of k-means: how many rows each word is nearest to, their sum, and their squared distances.

    >>> words = np.float32([[0.0], [4.0]])
    >>> sums = WordSums.of(np.float32([[1.0], [3.0]]), words).merge(WordSums.of(np.float32([[5.0]]), words))
    >>> sums.words(words).tolist(), sums.distortion
    ([[1.0], [4.0]], 1.0)
    """

    counts: np.ndarray
    sums: np.ndarray
    squared: float

    @classmethod
    def of(cls, rows: np.ndarray, words: np.ndarray) -> WordSums:
        """Of rows (n, d), each assigned to the nearest of the words (k, d)."""
        nearest, squared = nearest_words(rows, words)
        counts = np.bincount(nearest[:, 0], minlength=len(words))
        order = np.argsort(nearest[:, 0], kind="stable")
        sums = np.zeros(words.shape)
        held = np.flatnonzero(counts)
        starts = np.concatenate([[0], np.cumsum(counts[held])[:-1]]).astype(int)
        if len(held):
            sums[held] = np.add.reduceat(rows[order].astype(np.float64), starts, axis=0)
        return cls(counts, sums, float(squared.sum(dtype=np.float64)))

    def merge(self, other: WordSums) -> WordSums:
        """Those of both."""
        return WordSums(self.counts + other.counts, self.sums + other.sums, self.squared + other.squared)

    def words(self, before: np.ndarray) -> np.ndarray:
        """The means of the rows of each word, float32; a word of no rows stays where it was."""
        held = self.counts > 0
        words = before.copy()
        words[held] = self.sums[held] / self.counts[held, None]
        return words

    @property
    def distortion(self) -> float:
        """Mean squared distance to the nearest word."""
        return self.squared / max(1, int(self.counts.sum()))


@dataclass
class MixtureSums:
    """One step of expectation: posteriors summed, times the rows and times their squares, and the log-likelihood."""

    zeroth: np.ndarray
    first: np.ndarray
    second: np.ndarray
    likelihood: float
    n: int

    @classmethod
    def of(
        cls, rows: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray
    ) -> MixtureSums:
        """Of rows (n, d) under a mixture of diagonal Gaussians."""
        zeroth, first, second = np.zeros(len(weights)), np.zeros(means.shape), np.zeros(means.shape)
        likelihood = 0.0
        for start in range(0, len(rows), CHUNK):
            part = np.asarray(rows[start : start + CHUNK], np.float32)
            shares, likelihoods = posteriors(part, weights, means, variances)
            zeroth += shares.sum(axis=0, dtype=np.float64)
            first += shares.T @ part
            second += shares.T @ (part * part)
            likelihood += float(likelihoods.sum())
        return cls(zeroth, first, second, likelihood, len(rows))

    def merge(self, other: MixtureSums) -> MixtureSums:
        """Those of both."""
        return MixtureSums(
            self.zeroth + other.zeroth,
            self.first + other.first,
            self.second + other.second,
            self.likelihood + other.likelihood,
            self.n + other.n,
        )


@dataclass
class Columns:
    """Of each column: the number of rows, their sum, sum of squares about a point, least and greatest value."""

    n: int
    total: np.ndarray
    squares: np.ndarray
    least: np.ndarray
    most: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> Columns:
        """Of rows (n, d), n > 0."""
        rows = np.asarray(rows, np.float64)
        mean = rows.mean(axis=0)
        squares = ((rows - mean) ** 2).sum(axis=0)
        return cls(len(rows), rows.sum(axis=0), squares, rows.min(axis=0), rows.max(axis=0))

    def merge(self, other: Columns) -> Columns:
        """Those of both (Chan, Golub & LeVeque 1979)."""
        n = self.n + other.n
        apart = other.total / other.n - self.total / self.n
        squares = self.squares + other.squares + apart**2 * (self.n * other.n / n)
        least, most = np.minimum(self.least, other.least), np.maximum(self.most, other.most)
        return Columns(n, self.total + other.total, squares, least, most)

    @property
    def mean(self) -> np.ndarray:
        """(d,)"""
        return self.total / self.n

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation (d,), of n rows."""
        return np.sqrt(self.squares / self.n)


@dataclass
class Products:
    """(X - mean)' (X - mean) Q, summed over rows: one step of subspace iteration (Halko, Martinsson & Tropp 2011)."""

    product: np.ndarray

    @classmethod
    def of(cls, rows: Any, basis: np.ndarray, mean: np.ndarray | None = None) -> Products:
        """Of rows (n, d), dense or sparse, and a basis (d, k)."""
        if mean is None:
            return cls(np.asarray(rows.T @ (rows @ basis)))
        total = np.zeros(basis.shape)
        for start in range(0, rows.shape[0], CHUNK // 4):
            part = np.asarray(rows[start : start + CHUNK // 4], np.float64) - mean
            total += part.T @ (part @ basis)
        return cls(total)

    def merge(self, other: Products) -> Products:
        """Those of both."""
        return Products(self.product + other.product)


@dataclass
class BinCounts:
    """How many values of each column are below a bracket, and in each of its equal bins.

    A quantile's bracket shrinks by the number of bins with every pass, so a few passes give it to the last digits.
    """

    below: np.ndarray
    bins: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, low: np.ndarray, high: np.ndarray, n_bins: int) -> BinCounts:
        """Of rows (n, d) and brackets (q, d), low to high: below (q, d) and bins (q, d, n_bins)."""
        below = np.zeros(low.shape, np.int64)
        bins = np.zeros((*low.shape, n_bins), np.int64)
        rows = np.asarray(rows, np.float64)
        for quantile, (start, stop) in enumerate(zip(low, high, strict=True)):
            below[quantile] = (rows < start).sum(axis=0)
            width = np.where(stop > start, stop - start, 1.0)
            number = np.clip(((rows - start) / width * n_bins).astype(np.int64), 0, n_bins - 1)
            inside = (rows >= start) & (rows <= stop)
            columns = np.broadcast_to(np.arange(rows.shape[1]), rows.shape)
            np.add.at(bins[quantile], (columns[inside], number[inside]), 1)
        return cls(below, bins)

    def merge(self, other: BinCounts) -> BinCounts:
        """Those of both."""
        return BinCounts(self.below + other.below, self.bins + other.bins)


@dataclass
class Drawn:
    """The rows of lowest key: a sample of at most ``most`` rows that does not depend on how rows are sharded.

    >>> one = Drawn.of(np.array([3, 1], np.uint64), {"x": np.array([30, 10])}, 2)
    >>> one.merge(Drawn.of(np.array([2], np.uint64), {"x": np.array([20])}, 2)).columns["x"].tolist()
    [10, 20]
    """

    keys: np.ndarray
    columns: dict[str, np.ndarray]
    most: int

    @classmethod
    def of(cls, keys: np.ndarray, columns: dict[str, np.ndarray], most: int) -> Drawn:
        """Of rows with these keys (n,) and any number of columns (n, ...)."""
        chosen = np.argsort(keys, kind="stable")[:most]
        return cls(keys[chosen], {name: np.asarray(values)[chosen] for name, values in columns.items()}, most)

    def merge(self, other: Drawn) -> Drawn:
        """That of both."""
        keys = np.concatenate([self.keys, other.keys])
        columns = {name: np.concatenate([rows, other.columns[name]]) for name, rows in self.columns.items()}
        return Drawn.of(keys, columns, self.most)
