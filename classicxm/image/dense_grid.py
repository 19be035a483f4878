"""Weighted sums of image maps in grids of spatial bins, for every position of a dense grid at once.

A descriptor has 4 x 4 bins spaced ``bin_size`` pixels apart; its grid position is the centre of its first bin.
Every bin is a separable weighted sum of pixels, so all bins of all descriptors are two banded matrix products,
one along each axis, done in blocks that skip the empty part of the band.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = [
    "N_BINS",
    "AxisSampling",
    "bin_window_means",
    "bins_of",
    "grid_centres",
    "grid_points",
    "sample_axis",
    "sample_maps",
]

N_BINS = 4  #: spatial bins along each axis
BLOCK_ROWS = 48  # output rows of one block of a banded product


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


def sample_maps(maps: np.ndarray, rows: AxisSampling, columns: AxisSampling) -> np.ndarray:
    """Sampled sums of maps (n_maps, height, width): (n_maps, rows.n_rows, columns.n_rows), float32."""
    n_maps, _, width = maps.shape
    halfway = np.empty((n_maps, rows.n_rows, width), np.float32)
    for start, low, weights in rows.blocks:
        n_out, n_in = weights.shape
        np.matmul(weights, maps[:, low : low + n_in], out=halfway[:, start : start + n_out])
    flat = halfway.reshape(-1, width)
    sampled = np.empty((len(flat), columns.n_rows), np.float32)
    for start, low, weights in columns.blocks:
        n_out, n_in = weights.shape
        sampled[:, start : start + n_out] = flat[:, low : low + n_in] @ weights.T
    return sampled.reshape(n_maps, rows.n_rows, columns.n_rows)


def bins_of(sampled: np.ndarray, rows: AxisSampling, columns: AxisSampling) -> np.ndarray:
    """A view (n_grid_rows, n_grid_columns, 4, 4, n_maps) of `sample_maps`' result: every descriptor's bins."""
    map_stride, row_stride, column_stride = sampled.strides
    return np.lib.stride_tricks.as_strided(
        sampled,
        (rows.count, columns.count, N_BINS, N_BINS, len(sampled)),
        (
            rows.grid_stride * row_stride,
            columns.grid_stride * column_stride,
            rows.bin_stride * row_stride,
            columns.bin_stride * column_stride,
            map_stride,
        ),
        writeable=False,
    )
