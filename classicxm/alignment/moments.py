"""Means and covariances of named views, gathered in one pass, in chunks, and merged (Chan, Golub & LeVeque 1979).

Linear alignments need nothing else of the data, so they can be fitted on more rows than memory holds.
"""

import mmap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from classicxm.alignment.blas import add_gram, mirrored
from classicxm.base import check_views
from classicxm.sequences import plain_array

__all__ = ["JointMoments", "Moments", "joint_moments", "raise_not_finite"]

#: Numbers in the buffer that rows are copied to: 32 MB of float64.
CHUNK_NUMBERS = 2**22


class JointMoments:
    """Count, mean and centred second moments of the rows in which certain views occur together.

    Attributes
    ----------
    names : tuple of str
        The views, in the order of their columns.
    edges : tuple of int
        Where each view's columns begin, and the total number of columns D at the end.
    n : int
        Rows seen.
    mean : (D,)
    scatter : (D, D)
        Sum over rows of (x - mean)(x - mean)'.
    """

    def __init__(
        self,
        names: Iterable[str],
        edges: Iterable[int],
        n: int = 0,
        mean: np.ndarray | None = None,
        scatter: np.ndarray | None = None,
    ) -> None:
        self.names = tuple(names)
        self.edges = tuple(int(edge) for edge in edges)
        self.n = n
        self.mean = np.zeros(self.edges[-1]) if mean is None else mean
        self.scatter = np.zeros((self.edges[-1],) * 2, order="F") if scatter is None else scatter

    def columns(self, name: str) -> slice:
        """The slice of columns that hold a view."""
        i = self.names.index(name)
        return slice(self.edges[i], self.edges[i + 1])

    def reordered(self, names: Sequence[str]) -> "JointMoments":
        """A copy with the views in another order."""
        index = np.concatenate([np.r_[self.columns(name)] for name in names])
        edges = np.cumsum([0, *(np.r_[self.columns(name)].size for name in names)])
        return JointMoments(names, edges, self.n, self.mean[index], self.scatter[np.ix_(index, index)])

    def merge(self, n: int, mean: np.ndarray, scatter: np.ndarray) -> None:
        """Count in the moments of other rows of the same views, in place."""
        if not self.n:
            self.n, self.mean, self.scatter = n, mean, scatter
            return
        difference = mean - self.mean
        total = self.n + n
        self.scatter += scatter
        self.scatter += np.outer(difference * (self.n * n / total), difference)
        self.mean = self.mean + difference * (n / total)
        self.n = total


def joint_moments(views: Mapping[str, Any]) -> JointMoments:
    """`JointMoments` of views that all have the same rows; arrays are read in chunks, as float64.

    Parameters
    ----------
    views : dict of str to array (n, d)
        Memory-mapped arrays are let go of again as they are read.

    Raises
    ------
    ValueError
        For NaN or infinity (naming the view and the row) and for values too large to be squared.
    UnpairedViewsError
        If the numbers of rows differ.

    Examples
    --------
    >>> moments = joint_moments({"image": [[0.0], [2.0]], "text": [[1.0], [5.0]]})
    >>> moments.mean, moments.scatter
    (array([1., 3.]), array([[2., 4.],
           [4., 8.]]))
    """
    views = {name: plain_array(f"rows of the {name!r} view", X) for name, X in views.items()}
    # A stand-in without columns passes through every check but the one for NaN, and costs nothing.
    check_views({name: X[:, :0] if X.ndim == 2 else X for name, X in views.items()}, min_views=1)
    edges = np.cumsum([0, *(X.shape[1] for X in views.values())])
    moments = JointMoments(views, edges)
    n = len(next(iter(views.values())))
    shift, total = np.zeros(edges[-1]), np.zeros(edges[-1])
    step = min(n, max(256, edges[-1] // 4, CHUNK_NUMBERS // max(1, edges[-1])))
    buffer = np.empty((step, edges[-1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, n, step):
            rows = buffer[: min(step, n - start)]
            for name, X in views.items():
                rows[:, moments.columns(name)] = X[start : start + step]
                _let_go(X)
            # Sums about a point near the mean lose no digits, and what is left of constant columns is nothing.
            shift = shift if start else rows.mean(axis=0)
            rows -= shift
            total = total + rows.sum(axis=0)
            add_gram(rows, moments.scatter)
            if not np.isfinite(moments.scatter.trace()):
                raise_not_finite(views)
    moments.n, moments.mean = n, shift + total / n
    mirrored(moments.scatter)
    moments.scatter -= np.outer(total / n, total)
    return moments


def _let_go(X: Any) -> None:
    """Drop the pages of a memory-mapped file from this process; they stay in the system's cache."""
    mapped = getattr(X, "_mmap", None)
    # Copy-on-write maps may hold changes that exist nowhere else.
    if mapped is not None and getattr(X, "mode", "c") != "c" and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def raise_not_finite(views: Mapping[str, Any]) -> None:
    """Say which view holds NaN, infinity or values whose squares overflow."""
    check_views(views, min_views=1)
    largest = {name: float(np.abs(X).max()) for name, X in views.items()}
    name = max(largest, key=lambda one: largest[one])
    raise ValueError(
        f"the {name!r} view holds values up to {largest[name]:.3g}, too large to be squared; scale it down"
    )


class Moments:
    """Second moments of named views that need not all occur in every row.

    Rows are kept apart by which views they have, as one `JointMoments` for each such set, so a row with a missing
    view counts towards the means and covariances of the views it has, and only pairs towards cross-covariances.

    Examples
    --------
    >>> moments = Moments()
    >>> moments.add({"image": [[0.0], [2.0]], "text": [[1.0], [5.0]]}).add({"text": [[0.0]]}).mean("text")
    array([2.])
    >>> moments.covariance("image", "text")
    array([[4.]])
    """

    def __init__(self) -> None:
        self.parts: list[JointMoments] = []

    @property
    def widths(self) -> dict[str, int]:
        """Columns of each view: a dict in the order in which views were first seen."""
        widths: dict[str, int] = {}
        for part in self.parts:
            for name in part.names:
                columns = part.columns(name)
                widths.setdefault(name, columns.stop - columns.start)
        return widths

    def n_rows(self, *names: str) -> int:
        """Rows that have all of these views."""
        return sum(part.n for part in self.parts if set(names) <= set(part.names))

    def add(self, views: Mapping[str, Any]) -> Self:
        """Count in rows of one or more views (a dict of arrays with equal numbers of rows); returns self."""
        part = joint_moments(views)
        self._check_widths(part)
        self._merge_part(part)
        return self

    def merge(self, other: "Moments") -> "Moments":
        """New moments of the rows of both."""
        merged = Moments()
        for part in [*self.parts, *other.parts]:
            merged._check_widths(part)
            merged._merge_part(part.reordered(part.names))
        return merged

    def restricted(self, names: Iterable[str]) -> "Moments":
        """New moments of these views alone."""
        kept, restricted = set(names), Moments()
        for part in self.parts:
            if mine := [name for name in part.names if name in kept]:
                restricted._merge_part(part.reordered(mine))
        return restricted

    def standardised(self, columns: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> "Moments":
        """New moments of the rows (x - centre) / spread, given a view's centre (d,) and spread (d,).

        >>> moments = Moments().add({"image": [[0.0], [2.0]]}).standardised({"image": (np.ones(1), np.full(1, 2.0))})
        >>> moments.mean("image"), moments.covariance("image")
        (array([0.]), array([[0.5]]))
        """
        standardised = Moments()
        for part in self.parts:
            centre, spread = np.zeros(part.edges[-1]), np.ones(part.edges[-1])
            for name in set(columns).intersection(part.names):
                centre[part.columns(name)], spread[part.columns(name)] = columns[name]
            mean, scatter = (part.mean - centre) / spread, part.scatter / np.outer(spread, spread)
            standardised.parts.append(JointMoments(part.names, part.edges, part.n, mean, scatter))
        return standardised

    def products(self, a: str, b: str | None = None, *, centred: bool = False) -> np.ndarray:
        """Sum (d_a, d_b) of the products of two views over the rows that have both, or of their deviations."""
        b = a if b is None else b
        n = self.n_rows(a, b)
        deviations = self.covariance(a, b) * max(1, n - 1)
        return deviations if centred else deviations + n * np.outer(self.mean(a), self.mean(b))

    def mean(self, name: str) -> np.ndarray:
        """Mean of a view over all rows that have it: (d,)."""
        parts = [(part.n, part.mean[part.columns(name)]) for part in self._with(name)]
        total: np.ndarray = sum((n * mean for n, mean in parts), np.zeros(1))
        return total / sum(n for n, _ in parts)

    def covariance(self, a: str, b: str | None = None) -> np.ndarray:
        """Covariance (d_a, d_b) of two views over the rows that have both, divided by n - 1 (n when n is 1)."""
        b = a if b is None else b
        n = 0
        mean_a = mean_b = scatter = np.zeros(())
        for part in self._with(a, b):
            rows, columns = part.columns(a), part.columns(b)
            difference_a, difference_b = part.mean[rows] - mean_a, part.mean[columns] - mean_b
            total = n + part.n
            scatter = scatter + part.scatter[rows, columns]
            if n:
                scatter = scatter + np.outer(difference_a * (n * part.n / total), difference_b)
            mean_a = mean_a + difference_a * (part.n / total)
            mean_b = mean_b + difference_b * (part.n / total)
            n = total
        return scatter / max(1, n - 1)

    def _with(self, *names: str) -> list[JointMoments]:
        parts = [part for part in self.parts if set(names) <= set(part.names)]
        if not parts:
            raise ValueError(f"no rows have the views {', '.join(map(repr, names))} together; add some pairs")
        return parts

    def _check_widths(self, part: JointMoments) -> None:
        known = self.widths
        for name, columns in ((name, part.columns(name)) for name in part.names):
            width = columns.stop - columns.start
            if width != known.get(name, width):
                raise ValueError(f"the {name!r} view had {known[name]} features before, got {width}")

    def _merge_part(self, part: JointMoments) -> None:
        for mine in self.parts:
            if set(mine.names) == set(part.names):
                part = part.reordered(mine.names) if part.names != mine.names else part
                mine.merge(part.n, part.mean, part.scatter)
                return
        self.parts.append(part)
