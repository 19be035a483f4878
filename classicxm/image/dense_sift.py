"""SIFT descriptors on a dense grid at several scales (Lowe 2004; Bosch, Zisserman and Munoz 2007)."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import cv2
import numpy as np

from classicxm.base import LocalExtractor
from classicxm.distances import gradient_lengths
from classicxm.image.dense_grid import (
    N_BINS,
    GridBins,
    bin_window_means,
    grid_points,
    sample_axis,
    sample_maps,
)
from classicxm.image.pixels import as_fractions, as_grey, patch_reach, shrink
from classicxm.image.ranges import TupleOf
from classicxm.parameters import Boolean, Choice, Either, Integer, Real

__all__ = ["DenseSIFT", "dense_sift", "orientation_maps"]

N_ORIENTATIONS = 8
UNIT = 2**16 // N_ORIENTATIONS  # from one orientation to the next, in 16-bit integers
N_DIMENSIONS = N_BINS * N_BINS * N_ORIENTATIONS
CLIP = 0.2  # Lowe's bound on one element of a unit-length descriptor
ROUNDING = 1e-6  # contrasts below this are rounding errors of smoothing, whatever the threshold
CHUNK = 512  # descriptors normalised at a time, small enough to stay in cache


def orientation_maps(grey: np.ndarray) -> np.ndarray:
    """Gradient magnitude split over 8 orientations by linear interpolation.

    Parameters
    ----------
    grey : float32 array (height, width)

    Returns
    -------
    float32 array (8, height, width); map ``o`` holds directions around ``o * 45`` degrees from x towards y
    (down). Over the eight maps the values of a pixel sum to its gradient magnitude.
    """
    maps = np.empty((N_ORIENTATIONS, *grey.shape), np.float32)
    for orientation, weighted in enumerate(_each_orientation(grey)):
        maps[orientation] = weighted
    return maps


def _each_orientation(grey: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the maps of `orientation_maps` in turn, each overwritten by the next: one fits into the cache."""
    dx = _differences(grey)
    dy = _differences(grey, along_rows=False)
    magnitude = gradient_lengths(dx, dy)
    turn = cv2.phase(dx, dy)
    turn *= np.float32(N_ORIENTATIONS * UNIT / (2 * math.pi))
    # As 16-bit integers a full turn wraps around by itself, and halves what has to pass through memory.
    whole = dx.view(
        np.int32
    )  # in the memory of what is done with: fresh memory costs as much as the arithmetic
    np.copyto(whole, turn, casting="unsafe")
    turn = whole.astype(np.uint16)
    del dx, dy, whole
    apart, weighted = np.empty(grey.shape, np.uint16), np.empty(grey.shape, np.float32)
    for orientation in range(N_ORIENTATIONS):
        np.subtract(turn, np.uint16(orientation * UNIT), out=apart)
        np.abs(apart.view(np.int16), out=apart.view(np.int16))
        cv2.subtract(float(UNIT), apart, dst=apart)  # saturates at 0
        yield cv2.multiply(apart, magnitude, dst=weighted, scale=1 / UNIT, dtype=cv2.CV_32F)


def _differences(grey: np.ndarray, along_rows: bool = True) -> np.ndarray:
    """Central differences, one-sided at the two ends, along rows (x) or columns (y)."""
    kernel = np.array([[-0.5, 0, 0.5]], np.float32)
    result = cv2.filter2D(grey, -1, kernel if along_rows else kernel.T, borderType=cv2.BORDER_REPLICATE)
    ends = result if along_rows else result.T
    ends[:, [0, -1]] *= 2  # the border pixel continues, so half the one-sided difference is there
    return result


def dense_sift(
    grey: np.ndarray, bin_size: int = 8, step: int = 4, window: str = "flat", root: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """SIFT descriptors of one bin size at every grid position.

    Parameters
    ----------
    grey : float32 array (height, width) in [0, 1]
    bin_size : int
        Pixels between the centres of neighbouring spatial bins.
    step : int
        Pixels between neighbouring grid positions.
    window : {"flat", "gaussian"}
    root : bool
        RootSIFT: square roots of the L1-normalised descriptor (Arandjelovic and Zisserman 2012).

    Returns
    -------
    descriptors : float32 array (n, 128)
        Unit length, ordered (bin row, bin column, orientation); rows of the grid follow one another.
    centres : float64 array (n, 2)
        x and y in pixels.
    contrast : float32 array (n,)
        Length of the descriptor before normalisation, where each bin is a weighted mean gradient magnitude.

    >>> ramp = np.tile(np.linspace(0, 1, 40, dtype=np.float32), (40, 1))
    >>> descriptors, centres, contrast = dense_sift(ramp, bin_size=8, step=4)
    >>> descriptors.shape, centres[0].tolist()
    ((16, 128), [12.0, 12.0])
    >>> bool(descriptors[:, 0].min() > 0), bool(descriptors[:, 1:8].max() < 1e-3)
    (True, True)
    """
    height, width = grey.shape
    centres = grid_points(height, width, bin_size, step)
    descriptors = np.empty((len(centres), N_DIMENSIONS), np.float32)
    contrast = _fill(descriptors, _each_orientation(grey), grey.shape, bin_size, step, window, root)
    return descriptors, centres, contrast


def _fill(
    descriptors: np.ndarray,
    maps: Iterable[np.ndarray],
    shape: tuple[int, ...],
    bin_size: int,
    step: int,
    window: str,
    root: bool,
) -> np.ndarray:
    """Write one scale's descriptors of maps of a shape into an array of the right length; their contrasts."""
    contrast = np.empty(len(descriptors), np.float32)
    if not len(descriptors):
        return contrast
    rows, columns = (sample_axis(length, bin_size, step, window) for length in shape)
    bins = GridBins(sample_maps(maps, N_ORIENTATIONS, shape[1], rows, columns), rows, columns)
    means = bin_window_means(bin_size)
    bin_weights = np.repeat(np.outer(means, means), N_ORIENTATIONS).astype(np.float32)
    rows_at_once = max(1, CHUNK // columns.count)
    # Whatever is done to a chunk is done in the cache; memory is written to once, by the last step.
    buffer = np.empty((min(rows_at_once, rows.count) * columns.count, N_DIMENSIONS), np.float32)
    for start in range(0, rows.count, rows_at_once):
        stop = min(start + rows_at_once, rows.count)
        part = bins.of_rows(start, stop, out=buffer[: (stop - start) * columns.count])
        if window == "flat":
            part *= bin_weights
        chunk = slice(start * columns.count, stop * columns.count)
        contrast[chunk] = _normalise(part, root, out=descriptors[chunk])
    return contrast


def _normalise(descriptors: np.ndarray, root: bool, out: np.ndarray) -> np.ndarray:
    """Unit length, elements clipped at 0.2, unit length again (or RootSIFT), into ``out``; the first lengths.

    The descriptors themselves are overwritten.
    """
    lengths = np.sqrt(np.einsum("ij,ij->i", descriptors, descriptors))
    np.minimum(descriptors, CLIP * lengths[:, None], out=descriptors)
    if root:
        scale = descriptors.sum(axis=1)
    else:
        scale = np.sqrt(np.einsum("ij,ij->i", descriptors, descriptors))
    scale = (1 / np.maximum(scale, np.finfo(np.float32).tiny))[:, None]
    if root:
        descriptors *= scale
        np.sqrt(descriptors, out=out)
    else:
        np.multiply(descriptors, scale, out=out)
    return lengths


class DenseSIFT(LocalExtractor):
    """SIFT descriptors at every position of a grid, at several scales.

    Parameters
    ----------
    step : int, default=4
        Pixels between neighbouring grid positions.
    bin_sizes : tuple of int, default=(4, 6, 8, 10)
        Pixels per spatial bin of each scale; a descriptor covers four bins. A scale whose descriptor does not
        fit into the image gives none.
    window : {"flat", "gaussian"}, default="flat"
        How bins far from the descriptor's centre lose weight: one weight per bin (faster), or pixel by pixel.
    root : bool, default=True
        RootSIFT (Arandjelovic and Zisserman 2012): square roots of L1-normalised descriptors.
    contrast_threshold : float, default=0.005
        A descriptor whose length before normalisation is lower (for grey values in [0, 1]) is low in contrast.
    low_contrast : {"drop", "zero"}, default="drop"
        What becomes of those: they are left out, or set to zero so that the grid stays regular.
    magnification : float or None, default=6
        Before a scale is described the image is smoothed by a Gaussian of standard deviation
        ``sqrt((bin_size / magnification)**2 - 0.25)``; None smooths nothing.
    max_side : int or None, default=480
        Images with a longer side are first shrunk to it.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    >>> descriptors, positions = DenseSIFT(bin_sizes=(4,)).describe_located(image)
    >>> descriptors.shape, positions[0].astype(float).round(3).tolist()
    ((84, 128), [0.108, 0.162])
    """

    modality = "image"
    parameter_ranges = {
        "step": Integer(1),
        "bin_sizes": TupleOf(Integer(1)),
        "window": Choice("flat", "gaussian"),
        "root": Boolean(),
        "contrast_threshold": Real(0),
        "low_contrast": Choice("drop", "zero"),
        "magnification": Either(None, Real(0, above=True)),
        "max_side": Either(None, Integer(1)),
    }

    def __init__(
        self,
        *,
        step: int = 4,
        bin_sizes: Sequence[int] = (4, 6, 8, 10),
        window: Literal["flat", "gaussian"] = "flat",
        root: bool = True,
        contrast_threshold: float = 0.005,
        low_contrast: Literal["drop", "zero"] = "drop",
        magnification: float | None = 6.0,
        max_side: int | None = 480,
    ) -> None:
        self.step = step
        self.bin_sizes = bin_sizes
        self.window = window
        self.root = root
        self.contrast_threshold = contrast_threshold
        self.low_contrast = low_contrast
        self.magnification = magnification
        self.max_side = max_side

    def reach(self, item: np.ndarray) -> np.ndarray:
        """Fractions of the image's width and height that the middle half of a patch reaches from its centre."""
        return patch_reach(item, self.max_side, self.bin_sizes)

    def describe_located(self, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, 128) of a decoded image, scale by scale, and their centres (n, 2) as fractions.

        A position is (x / width, y / height), counted from the image's edges.
        """
        grey = as_grey(shrink(item, self.max_side))
        height, width = grey.shape
        centres = [grid_points(height, width, bin_size, self.step) for bin_size in self.bin_sizes]
        ends = np.cumsum([0, *map(len, centres)])
        descriptors = np.empty((ends[-1], N_DIMENSIONS), np.float32)
        contrast = np.empty(ends[-1], np.float32)
        maps = orientation_maps(grey) if self.magnification is None else None
        for bin_size, start, stop in zip(self.bin_sizes, ends, ends[1:], strict=False):
            if start == stop:
                continue
            planes = _each_orientation(_smooth(grey, bin_size, self.magnification)) if maps is None else maps
            contrast[start:stop] = _fill(
                descriptors[start:stop], planes, grey.shape, bin_size, self.step, self.window, self.root
            )
        positions = as_fractions(np.concatenate(centres), grey.shape)
        weak = contrast < max(self.contrast_threshold, ROUNDING)
        if not weak.any():
            return descriptors, positions
        if self.low_contrast == "drop":
            return descriptors[~weak], positions[~weak]
        descriptors[weak] = 0
        return descriptors, positions


def _smooth(grey: np.ndarray, bin_size: int, magnification: float | None) -> np.ndarray:
    variance = 0 if magnification is None else (bin_size / magnification) ** 2 - 0.25
    return cv2.GaussianBlur(grey, (0, 0), math.sqrt(variance)) if variance > 0 else grey
