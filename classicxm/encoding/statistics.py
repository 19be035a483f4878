"""Mean, deviation and percentiles of an item's descriptors, dimension by dimension."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from classicxm.attribution import proportional
from classicxm.base import Encoder
from classicxm.parameters import Boolean, Real, check_parameters
from classicxm.sequences import real_array

__all__ = ["Statistics", "pooled_statistics"]

MOMENTS = ("mean", "std", "skewness")


class _Pooled:
    """A non-empty tuple of names of moments and of percentiles."""

    def accepts(self, value: Any) -> bool:
        percentile = Real(0, 100)
        return (
            isinstance(value, (tuple, list))
            and len(value) > 0
            and all(part in MOMENTS if isinstance(part, str) else percentile.accepts(part) for part in value)
        )

    def __str__(self) -> str:
        return f"a tuple of {', '.join(map(repr, MOMENTS))} or percentiles from 0 to 100"


def pooled_statistics(descriptors: np.ndarray, statistics: Sequence[Any] = ("mean", "std")) -> np.ndarray:
    """Statistics of every dimension, one after the other.

    Parameters
    ----------
    descriptors : array (n, d)
        With n = 0 every statistic is zero.
    statistics : sequence of {"mean", "std", "skewness"} or float
        Numbers are percentiles from 0 to 100; "skewness" is the cube root of the third central moment, in the
        descriptors' own unit.

    Returns
    -------
    float64 array (len(statistics) * d,)

    >>> pooled_statistics(np.array([[1.0, 0.0], [3.0, 4.0]]), ("mean", "std", 50)).tolist()
    [2.0, 2.0, 1.0, 2.0, 2.0, 2.0]
    """
    descriptors = np.asarray(real_array("descriptors", descriptors), np.float64)
    if not len(descriptors):
        return np.zeros(len(statistics) * descriptors.shape[1])
    mean = descriptors.mean(axis=0)
    ordered = descriptors.T
    if any(not isinstance(part, str) for part in statistics):
        ordered = np.sort(ordered, axis=1)
    moments = {
        "mean": lambda: mean,
        "std": lambda: descriptors.std(axis=0),
        "skewness": lambda: np.cbrt(((descriptors - mean) ** 3).mean(axis=0)),
    }
    return np.concatenate(
        [moments[part]() if isinstance(part, str) else _percentile(ordered, part) for part in statistics]
    )


def _percentile(ordered: np.ndarray, percentile: float) -> np.ndarray:
    """A percentile of each ascending row (d, n), between neighbours by straight line: (d,)."""
    place = percentile / 100 * (ordered.shape[1] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[1] - 1)
    return ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])


def additions_of(part: Any, descriptors: np.ndarray) -> np.ndarray:
    """What each descriptor adds to one of `pooled_statistics` before any root is taken: (n, d), n >= 1.

    >>> additions_of(75, np.array([[4.0], [0.0], [8.0]])).tolist()
    [[2.0], [0.0], [4.0]]
    """
    if part == "mean":
        return descriptors
    if part in MOMENTS:
        return (descriptors - descriptors.mean(axis=0)) ** (2 if part == "std" else 3)
    order = np.argsort(descriptors, axis=0, kind="stable")
    place = part / 100 * (len(descriptors) - 1)
    below = int(place)
    columns, additions = np.arange(descriptors.shape[1]), np.zeros(descriptors.shape)
    for rank, share in ((below, 1 - place + below), (min(below + 1, len(descriptors) - 1), place - below)):
        rows = order[rank]
        additions[rows, columns] += share * descriptors[rows, columns]
    return additions


class Statistics(Encoder):
    """Mean, standard deviation and percentiles of an item's descriptors.

    Parameters
    ----------
    statistics : tuple of {"mean", "std", "skewness"} or float, default=("mean", "std")
        What is taken of every dimension; numbers are percentiles from 0 to 100, so ``(10, 50, 90)`` is robust.
    standardise : bool, default=True
        First bring every dimension to mean 0 and deviation 1 over the sample the encoder is fitted on, so that
        dimensions of large units do not drown the others.

    Attributes
    ----------
    mean_, scale_ : arrays (d,)
        What is subtracted from descriptors and what they are divided by.

    Examples
    --------
    >>> sample = np.float32([[0, 10], [2, 30]])
    >>> Statistics().fit(sample).encode(sample).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """

    parameter_ranges = {"statistics": _Pooled(), "standardise": Boolean()}

    def __init__(self, statistics: Sequence[Any] = ("mean", "std"), *, standardise: bool = True) -> None:
        self.statistics = statistics
        self.standardise = standardise

    def fit(self, descriptors: np.ndarray, y: Any = None) -> Self:
        """Learn each dimension's mean and deviation from a sample of descriptors (n, d), n > 0."""
        check_parameters(self)
        descriptors = _checked(descriptors)
        if not len(descriptors):
            raise ValueError("Statistics: at least one descriptor is needed, got none; check the items")
        d = descriptors.shape[1]
        self.n_features_in_, self.n_features_out_ = d, d * len(self.statistics)
        self.mean_, self.scale_ = np.zeros(d), np.ones(d)
        if self.standardise:
            self.mean_, deviation = descriptors.mean(axis=0), descriptors.std(axis=0)
            constant = deviation <= 1e-9 * np.abs(self.mean_)
            self.scale_ = np.where(constant, np.maximum(np.abs(self.mean_), 1), deviation)
        return self

    def encode(self, descriptors: np.ndarray, positions: np.ndarray | None = None) -> np.ndarray:
        """The statistics of one item's descriptors (n, d): float32 (n_features_out_,); zeros where n is 0."""
        return pooled_statistics(self._standard(descriptors), self.statistics).astype(np.float32)

    def shares(
        self, descriptors: np.ndarray, positions: np.ndarray | None, weights: np.ndarray
    ) -> np.ndarray:
        """``weights @ encode(descriptors)`` divided among the descriptors.

        By what each adds to the mean, to the variance and to the third moment; a percentile is divided among the
        two descriptors it lies between. See `classicxm.attribution.proportional`.

        Returns
        -------
        float64 array (n,)
        """
        standard, values = self._standard(descriptors), self.encode(descriptors).astype(np.float64)
        shares = np.zeros(len(standard))
        if not len(standard):
            return shares
        blocks = values.reshape(len(self.statistics), -1), np.reshape(weights, (len(self.statistics), -1))
        for part, part_values, part_weights in zip(self.statistics, *blocks, strict=True):
            shares += proportional(part_values, part_weights, additions_of(part, standard))
        return shares

    def _standard(self, descriptors: np.ndarray) -> np.ndarray:
        descriptors = _checked(descriptors)
        if descriptors.shape[1] != self.n_features_in_:
            raise ValueError(
                f"Statistics was fitted on {self.n_features_in_} dimensions, got {descriptors.shape[1]}"
            )
        return (descriptors - self.mean_) / self.scale_


def _checked(descriptors: ArrayLike) -> np.ndarray:
    descriptors = np.asarray(real_array("descriptors", descriptors), np.float64)
    if descriptors.ndim != 2:
        raise ValueError(f"descriptors must have shape (n, d), got {descriptors.shape}")
    if not np.isfinite(descriptors).all():
        raise ValueError("descriptors hold NaN or infinity; leave those out")
    return descriptors
