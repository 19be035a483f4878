"""Weighted sums of image maps in grids of spatial bins, for every position of a dense grid at once.

A descriptor has 4 x 4 bins spaced ``bin_size`` pixels apart; its grid position is the centre of its first bin.
Every bin is a separable weighted sum of pixels, so all bins of all descriptors are two banded matrix products,
one along each axis, done in blocks that skip the empty part of the band.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = [
    "N_BINS",
    "AxisSampling",
    "GridBins",
    "bin_window_means",
    "grid_centres",
    "grid_points",
    "sample_axis",
    "sample_maps",
]

N_BINS = 4  #: spatial bins along each axis
BLOCK_ROWS = 48  # output rows of one block of a banded product; another number would change last digits


@dataclass(frozen=True)
class AxisSampling:
    """Weighted sums along one axis: which are computed, and where a descriptor finds its bins among them.

    Bin ``b`` of the descriptor at grid index ``i`` is output row ``i * grid_stride + b * bin_stride``.
    ``blocks`` holds (first output row, first input row, weights (n_outputs, n_inputs)) of each block.
    """

    count: int
    n_rows: int
    grid_stride: int
    bin_stride: int
    blocks: tuple[tuple[int, int, np.ndarray], ...]


def grid_centres(length: int, bin_size: int, step: int) -> np.ndarray:
    """Pixel coordinates of descriptor centres along an axis of ``length`` pixels.

    Only positions whose four bin centres lie inside the image are used, the first one at pixel 0.

    >>> grid_centres(20, bin_size=4, step=4)
    array([ 6., 10.])
    """
    span = (N_BINS - 1) * bin_size
    return np.arange(0, max(length - span, 0), step) + span / 2


def grid_points(height: int, width: int, bin_size: int, step: int) -> np.ndarray:
    """x and y of every descriptor centre of an image, row by row: float64 (n, 2)."""
    x, y = grid_centres(width, bin_size, step), grid_centres(height, bin_size, step)
    points = np.empty((len(y), len(x), 2))
    points[..., 0] = x
    points[..., 1] = y[:, None]
    return points.reshape(-1, 2)


@lru_cache(maxsize=256)
def sample_axis(length: int, bin_size: int, step: int, window: str) -> AxisSampling:
    """The `AxisSampling` of one image axis.

    Parameters
    ----------
    window : {"flat", "gaussian", "box"}
        "flat": triangular (linear interpolation) weights, the Gaussian window replaced by its mean over each
        bin; "gaussian": triangular times a Gaussian of two bins' width around the descriptor's centre;
        "box": the plain mean over ``bin_size`` pixels.
    """
    count = len(grid_centres(length, bin_size, step))
    if window == "gaussian":
        kernels = np.stack([_kernel(bin_size, window, index) for index in range(N_BINS)])
        first = np.add.outer(np.arange(count) * step, np.arange(N_BINS) * bin_size).ravel()
        grid_stride, bin_stride = N_BINS, 1
    else:
        kernels = _kernel(bin_size, window)[None]
        unit = math.gcd(step, bin_size)
        grid_stride, bin_stride = step // unit, bin_size // unit
        first = unit * np.arange((count - 1) * grid_stride + (N_BINS - 1) * bin_stride + 1 if count else 0)
    blocks = tuple(
        (start, *_band(first[start : start + BLOCK_ROWS], kernels, length))
        for start in range(0, len(first), BLOCK_ROWS)
    )
    return AxisSampling(count, len(first), grid_stride, bin_stride, blocks)


def bin_window_means(bin_size: int) -> np.ndarray:
    """Mean over each bin's support of a Gaussian window two bins wide: what "flat" weights its bins by."""
    offsets = np.arange(1 - bin_size, bin_size)
    centres = bin_size * (np.arange(N_BINS) - (N_BINS - 1) / 2)
    return np.exp(-0.5 * ((offsets + centres[:, None]) / (2 * bin_size)) ** 2).mean(axis=1)


def _kernel(bin_size: int, window: str, index: int = 0) -> np.ndarray:
    if window == "box":
        return np.full(bin_size, 1 / bin_size)
    offsets = np.arange(1 - bin_size, bin_size)
    triangle = (1 - np.abs(offsets) / bin_size) / bin_size
    if window == "flat":
        return triangle
    centre = bin_size * (index - (N_BINS - 1) / 2)
    return triangle * np.exp(-0.5 * ((offsets + centre) / (2 * bin_size)) ** 2)


def _band(centres: np.ndarray, kernels: np.ndarray, length: int) -> tuple[int, np.ndarray]:
    """First input pixel and weights (n_centres, n_inputs) of outputs whose kernels repeat in turn.

    Outside the image the border pixel continues.
    """
    n_taps = kernels.shape[1]
    pixels = np.clip(np.add.outer(centres - (n_taps - 1) // 2, np.arange(n_taps)), 0, length - 1)
    low = int(pixels.min())
    weights = np.zeros((len(centres), int(pixels.max()) + 1 - low), np.float32)
    taps = np.resize(kernels, pixels.shape)
    np.add.at(weights, (np.arange(len(centres))[:, None], pixels - low), taps)
    return low, weights


def sample_maps(
    maps: Iterable[np.ndarray], n_maps: int, width: int, rows: AxisSampling, columns: AxisSampling
) -> np.ndarray:
    """Sampled sums of ``n_maps`` maps (height, width): (n_maps, rows.n_rows, columns.n_rows), float32.

    Each map is done with before the next is asked for, so all of them may share one piece of memory.
    """
    halfway = np.empty((n_maps, rows.n_rows, width), np.float32)
    for plane, sums in zip(maps, halfway, strict=True):
        for start, low, weights in rows.blocks:
            n_out, n_in = weights.shape
            np.matmul(weights, plane[low : low + n_in], out=sums[start : start + n_out])
    flat = halfway.reshape(-1, width)
    sampled = np.empty((len(flat), columns.n_rows), np.float32)
    for start, low, weights in columns.blocks:
        n_out, n_in = weights.shape
        sampled[:, start : start + n_out] = flat[:, low : low + n_in] @ weights.T
    return sampled.reshape(n_maps, rows.n_rows, columns.n_rows)


class GridBins:
    """The bins of every descriptor among the sums that `sample_maps` gives, copied out a few grid rows at a time.

    Parameters
    ----------
    sampled : float32 array (n_maps, rows.n_rows, columns.n_rows)
    rows, columns : AxisSampling

    Examples
    --------
    >>> rows = columns = sample_axis(20, bin_size=4, step=4, window="box")
    >>> sums = np.arange(rows.n_rows * columns.n_rows, dtype=np.float32).reshape(1, rows.n_rows, columns.n_rows)
    >>> GridBins(sums, rows, columns).of_rows(0, 1)[0].astype(int).tolist()
    [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18]
    """

    def __init__(self, sampled: np.ndarray, rows: AxisSampling, columns: AxisSampling) -> None:
        # The maps of a bin lie side by side, and are copied by one move.
        self._sums = np.ascontiguousarray(np.moveaxis(sampled, 0, -1)).reshape(-1, len(sampled))
        bins = np.arange(N_BINS)
        within = np.add.outer(bins * rows.bin_stride * columns.n_rows, bins * columns.bin_stride)
        self._of_row = np.add.outer(np.arange(columns.count) * columns.grid_stride, within).ravel()
        self._row_starts = np.arange(rows.count) * (rows.grid_stride * columns.n_rows)
        self.width = within.size * len(sampled)

    def of_rows(self, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        """Bins of all descriptors of some grid rows: (n_descriptors, 16 * n_maps), ordered (row, column, map).

        ``out`` is a float32 array of that shape and in one piece, which is overwritten.
        """
        places = np.add.outer(self._row_starts[start:stop], self._of_row).ravel()
        if out is None:
            return self._sums[places].reshape(-1, self.width)
        np.take(self._sums, places, axis=0, out=out.reshape(-1, self._sums.shape[1]), mode="clip")
        return out
