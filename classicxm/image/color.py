"""Colour histograms over a spatial grid (Swain and Ballard 1991)."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self

import cv2
import numpy as np

from classicxm.attribution import Parts, ratio
from classicxm.base import Extractor
from classicxm.image.pixels import shrink
from classicxm.image.ranges import TupleOf
from classicxm.parameters import Boolean, Choice, Either, Integer

__all__ = ["ColorHistogram", "color_histogram", "convert"]

CONVERSIONS = {"hsv": cv2.COLOR_RGB2HSV_FULL, "lab": cv2.COLOR_RGB2LAB, "rgb": None}


def convert(image: np.ndarray, space: str) -> np.ndarray:
    """A uint8 RGB image in another colour space, every channel 0 to 255."""
    code = CONVERSIONS[space]
    return image if code is None else cv2.cvtColor(np.ascontiguousarray(image), code)


def color_histogram(pixels: np.ndarray, bins: Sequence[int], grid: Sequence[int] = (1, 1)) -> np.ndarray:
    """Joint histogram of three 8-bit channels in each cell of a grid.

    Parameters
    ----------
    pixels : uint8 array (height, width, 3)
    bins : three int
        Equal intervals each channel is cut into.
    grid : two int
        Rows and columns of cells.

    Returns
    -------
    float64 array (grid rows, grid columns, *bins); each cell sums to 1, one without pixels to 0.

    >>> pixels = np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8)
    >>> color_histogram(pixels, (2, 1, 1)).ravel().tolist()
    [0.5, 0.5]
    """
    size = int(np.prod(bins))
    counts = np.bincount(bin_codes(pixels, bins, grid).ravel(), minlength=grid[0] * grid[1] * size)
    counts = counts.reshape(grid[0], grid[1], *bins)
    totals = counts.sum((2, 3, 4), keepdims=True)
    # A grid finer than the image has cells without pixels.
    return counts / np.maximum(totals, 1)


def bin_codes(pixels: np.ndarray, bins: Sequence[int], grid: Sequence[int] = (1, 1)) -> np.ndarray:
    """Which value of the flattened `color_histogram` each pixel counts for: integers (height, width)."""
    height, width = pixels.shape[:2]
    steps = np.arange(256)
    code = np.zeros((height, width), np.intp)
    for channel, n in enumerate(bins):
        code *= n
        code += (steps * n // 256)[pixels[..., channel]]
    rows = np.arange(height) * grid[0] // height
    columns = np.arange(width) * grid[1] // width
    cell = np.add.outer(rows * grid[1], columns)
    return cell * int(np.prod(bins)) + code


class ColorHistogram(Extractor):
    """Share of the pixels that has each colour, in each cell of a spatial grid.

    Parameters
    ----------
    space : {"hsv", "lab", "rgb"}, default="hsv"
        Colour space whose three channels are binned jointly.
    bins : tuple of int, default=(8, 4, 4)
        Equal intervals along each channel.
    grid : tuple of int, default=(1, 1)
        Rows and columns of cells; the cells' histograms are concatenated.
    hellinger : bool, default=True
        Take square roots, so that dot products of histograms are Bhattacharyya coefficients.
    max_side : int or None, default=256
        Images with a longer side are first shrunk to it.
    n_jobs, on_error, cache
        As in `Extractor`.

    Examples
    --------
    >>> red = np.zeros((4, 4, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> features = ColorHistogram(space="rgb", bins=(2, 2, 2)).fit().transform([red])
    >>> features.tolist()
    [[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]]
    """

    modality = "image"
    parameter_ranges = {
        "space": Choice("hsv", "lab", "rgb"),
        "bins": TupleOf(Integer(1, 256), length=3),
        "grid": TupleOf(Integer(1), length=2),
        "hellinger": Boolean(),
        "max_side": Either(None, Integer(1)),
    }

    def __init__(
        self,
        *,
        space: Literal["hsv", "lab", "rgb"] = "hsv",
        bins: tuple[int, int, int] = (8, 4, 4),
        grid: tuple[int, int] = (1, 1),
        hellinger: bool = True,
        max_side: int | None = 256,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.space = space
        self.bins = bins
        self.grid = grid
        self.hellinger = hellinger
        self.max_side = max_side
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned."""
        super().fit(items, y)
        self.n_features_out_ = int(np.prod(self.bins) * np.prod(self.grid))
        return self

    def describe(self, item: np.ndarray) -> np.ndarray:
        """The histograms of one decoded image: float32 (n_features_out_,)."""
        pixels = convert(shrink(item, self.max_side), self.space)
        histogram = color_histogram(pixels, self.bins, self.grid).ravel()
        return (np.sqrt(histogram) if self.hellinger else histogram).astype(np.float32)

    def divide(self, item: np.ndarray, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one decoded image divided among its pixels, each by its bin: `Parts`."""
        codes = bin_codes(convert(shrink(item, self.max_side), self.space), self.bins, self.grid)
        counts = np.bincount(codes.ravel(), minlength=self.n_features_out_)
        return Parts.grid((weights * ratio(self.describe(item), counts))[codes])
