"""Local binary patterns, uniform and multi-scale (Ojala, Pietikainen and Maenpaa 2002)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from os import PathLike
from typing import Any, Self

import cv2
import numpy as np

from classicxm.attribution import Parts, ratio
from classicxm.base import Extractor
from classicxm.image.pixels import shrink
from classicxm.image.ranges import TupleOf
from classicxm.parameters import Boolean, Either, Integer, Real

__all__ = ["LBP", "local_binary_patterns", "uniform_labels"]

MOST_POINTS = 16  # the table of labels has 2**points entries
TOLERANCE = 1e-3  # grey values; interpolated equal pixels must still count as equal


def local_binary_patterns(grey: np.ndarray, n_points: int = 8, radius: float = 1.0) -> np.ndarray:
    """The pattern of every pixel at least ``radius`` from the border.

    Bit ``p`` is set where the grey value at angle ``360 p / n_points`` degrees (from x towards y, upwards),
    bilinearly interpolated, is at least that of the centre.

    Parameters
    ----------
    grey : array (height, width), values 0 to 255

    Returns
    -------
    intp array (height - 2 * ceil(radius), width - 2 * ceil(radius)), empty where the image is too small

    >>> local_binary_patterns(np.array([[0, 0, 0], [0, 5, 9], [0, 0, 0]])).tolist()
    [[1]]
    """
    grey = np.asarray(grey, np.float32)
    margin = int(np.ceil(radius))
    height, width = (max(side - 2 * margin, 0) for side in grey.shape)
    codes = np.zeros((height, width), np.intp)
    if not codes.size:
        return codes
    threshold = grey[margin : margin + height, margin : margin + width] - np.float32(TOLERANCE)
    for point in range(n_points):
        angle = 2 * np.pi * point / n_points
        neighbour = _shifted(
            grey, margin - radius * np.sin(angle), margin + radius * np.cos(angle), height, width
        )
        codes |= (neighbour >= threshold).astype(np.intp) << point
    return codes


def _shifted(grey: np.ndarray, top: float, left: float, height: int, width: int) -> np.ndarray:
    """The (height, width) part of an image that starts at a fractional row and column."""
    top, left = round(float(top), 6), round(float(left), 6)
    row, column = int(np.floor(top)), int(np.floor(left))
    below, right = top - row, left - column
    result = np.zeros((height, width), np.float32)
    for row_offset, row_weight in ((0, 1 - below), (1, below)):
        for column_offset, column_weight in ((0, 1 - right), (1, right)):
            weight = np.float32(row_weight * column_weight)
            if weight:
                r, c = row + row_offset, column + column_offset
                result += weight * grey[r : r + height, c : c + width]
    return result


@lru_cache(maxsize=32)
def uniform_labels(n_points: int, rotation_invariant: bool = False) -> np.ndarray:
    """The histogram bin of each of the 2**n_points patterns.

    A pattern is uniform when, read around the circle, it changes between 0 and 1 at most twice. Each uniform
    pattern has its own bin (with ``rotation_invariant``: each number of ones), all others share the last.

    Returns
    -------
    intp array (2**n_points,); n_points * (n_points - 1) + 3 bins, or n_points + 2

    >>> int(uniform_labels(8).max()) + 1, int(uniform_labels(8, rotation_invariant=True).max()) + 1
    (59, 10)
    """
    codes = np.arange(2**n_points)
    bits = codes[:, None] >> np.arange(n_points) & 1
    uniform = (bits != np.roll(bits, 1, axis=1)).sum(axis=1) <= 2
    if rotation_invariant:
        return np.where(uniform, bits.sum(axis=1), n_points + 1)
    return np.where(uniform, np.cumsum(uniform) - 1, uniform.sum())


class LBP(Extractor):
    """Histograms of uniform local binary patterns at several radii, over a spatial grid.

    Parameters
    ----------
    points : tuple of int, default=(8, 8, 8)
        Neighbours compared with each pixel, at most 16, one number per scale.
    radii : tuple of float, default=(1, 2, 3)
        Their distance in pixels at each scale.
    rotation_invariant : bool, default=False
        Count only the number of ones of a uniform pattern.
    grid : tuple of int, default=(1, 1)
        Rows and columns of cells with a histogram each.
    hellinger : bool, default=True
        Take square roots of the histograms, which each sum to 1.
    max_side : int or None, default=256
        Images with a longer side are first shrunk to it.
    n_jobs, on_error, cache
        As in `Extractor`.

    Notes
    -----
    Every pixel of a flat image has the pattern of ones alone. An image too small for a radius has zeros there.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    >>> LBP().fit().transform([image]).shape
    (1, 177)
    """

    modality = "image"
    parameter_ranges = {
        "points": TupleOf(Integer(1, MOST_POINTS)),
        "radii": TupleOf(Real(0, above=True)),
        "rotation_invariant": Boolean(),
        "grid": TupleOf(Integer(1), length=2),
        "hellinger": Boolean(),
        "max_side": Either(None, Integer(1)),
    }

    def __init__(
        self,
        *,
        points: Sequence[int] = (8, 8, 8),
        radii: Sequence[float] = (1, 2, 3),
        rotation_invariant: bool = False,
        grid: tuple[int, int] = (1, 1),
        hellinger: bool = True,
        max_side: int | None = 256,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.points = points
        self.radii = radii
        self.rotation_invariant = rotation_invariant
        self.grid = grid
        self.hellinger = hellinger
        self.max_side = max_side
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or there are not as many ``points`` as ``radii``.
        """
        super().fit(items, y)
        if len(self.points) != len(self.radii):
            raise ValueError(
                f"LBP: points and radii must be equally many, one of each a scale, got {len(self.points)} "
                f"and {len(self.radii)}"
            )
        widths = [int(uniform_labels(n, self.rotation_invariant).max()) + 1 for n in self.points]
        self.n_features_out_ = int(np.prod(self.grid)) * sum(widths)
        return self

    def describe(self, item: np.ndarray) -> np.ndarray:
        """The histograms of one decoded image, scale by scale and cell by cell: float32 (n_features_out_,)."""
        histograms = [_grid_histograms(codes, n_codes, self.grid) for codes, n_codes in self._codes(item)]
        features = np.concatenate(histograms)
        return (np.sqrt(features) if self.hellinger else features).astype(np.float32)

    def divide(self, item: np.ndarray, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one decoded image divided among its pixels, each by its bins: `Parts`."""
        values, parts, start = self.describe(item).astype(np.float64), [], 0
        sides = shrink(item, self.max_side).shape[1::-1]
        for (codes, n_codes), radius in zip(self._codes(item), self.radii, strict=True):
            stop = start + n_codes
            gains = weights[start:stop] * ratio(
                values[start:stop], np.bincount(codes.ravel(), minlength=n_codes)
            )
            margin = np.ceil(radius) / sides
            parts.append(Parts.grid(gains[codes], (margin, 1 - margin)))
            start = stop
        return Parts.joined(parts)

    def _codes(self, item: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
        """For each scale, the histogram value that each inner pixel counts for, and how many values there are."""
        grey = cv2.cvtColor(np.ascontiguousarray(shrink(item, self.max_side)), cv2.COLOR_RGB2GRAY)
        for n_points, radius in zip(self.points, self.radii, strict=True):
            labels = uniform_labels(n_points, self.rotation_invariant)
            patterns = labels[local_binary_patterns(grey, n_points, radius)]
            n_labels = int(labels.max()) + 1
            yield (
                _grid_cells(patterns.shape, self.grid) * n_labels + patterns,
                n_labels * int(np.prod(self.grid)),
            )


def _grid_cells(shape: Sequence[int], grid: Sequence[int]) -> np.ndarray:
    """The cell of each pixel, row by row: integers (height, width)."""
    rows, columns = (np.arange(side) * n // max(side, 1) for side, n in zip(shape, grid, strict=True))
    return np.add.outer(rows * grid[1], columns)


def _grid_histograms(codes: np.ndarray, n_codes: int, grid: Sequence[int]) -> np.ndarray:
    """Share of each label in each cell, cell by cell: float64 (n_codes,)."""
    counts = np.bincount(codes.ravel(), minlength=n_codes).reshape(int(np.prod(grid)), -1)
    return (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).ravel()
