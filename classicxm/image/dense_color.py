"""Local colour statistics on a dense grid (Perronnin, Sanchez and Mensink 2010, section 4)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from classicxm.base import LocalExtractor
from classicxm.image.color import convert
from classicxm.image.dense_grid import N_BINS, GridBins, grid_points, sample_axis, sample_maps
from classicxm.image.pixels import as_fractions, patch_reach, shrink
from classicxm.image.ranges import TupleOf
from classicxm.parameters import Choice, Either, Integer

__all__ = ["DenseColor", "dense_color"]

N_DIMENSIONS = N_BINS * N_BINS * 6
SMALLEST_VARIANCE = 1e-6  # below this a difference of single-precision moments is rounding noise


def dense_color(channels: np.ndarray, bin_size: int = 6, step: int = 4) -> np.ndarray:
    """Mean and standard deviation of three channels in 4 x 4 cells around every grid position.

    Parameters
    ----------
    channels : float32 array (height, width, 3) in [0, 1]
    bin_size, step : int
        Side of a cell, and distance of grid positions, in pixels; the grid is that of `dense_sift`.

    Returns
    -------
    float32 array (n, 96), ordered (cell row, cell column, three means then three standard deviations)

    >>> dense_color(np.full((20, 20, 3), 0.25, np.float32))[0, :6].tolist()
    [0.25, 0.25, 0.25, 0.0, 0.0, 0.0]
    """
    height, width = channels.shape[:2]
    rows = sample_axis(height, bin_size, step, "box")
    columns = sample_axis(width, bin_size, step, "box")
    if not rows.count * columns.count:
        return np.zeros((0, N_DIMENSIONS), np.float32)
    planes = np.ascontiguousarray(channels.transpose(2, 0, 1))
    centred = planes - np.float32(0.5)  # keeps second moments small, and so exact
    planes = np.concatenate([centred, centred * centred])
    moments = sample_maps(planes, len(planes), width, rows, columns)
    means, squares = moments[:3], moments[3:]
    variances = squares - means * means
    variances[variances < SMALLEST_VARIANCE] = 0
    statistics = np.concatenate([means + np.float32(0.5), np.sqrt(variances)])
    return GridBins(statistics, rows, columns).of_rows(0, rows.count)


class DenseColor(LocalExtractor):
    """Means and standard deviations of the colour channels in 4 x 4 cells, on the grid of `DenseSIFT`.

    Parameters
    ----------
    space : {"rgb", "lab"}, default="rgb"
        Colour space of the channels, each scaled to [0, 1].
    step : int, default=4
        Pixels between neighbouring grid positions.
    bin_sizes : tuple of int, default=(4, 6, 8, 10)
        Pixels per cell of each scale; a scale that does not fit into the image gives no descriptors.
    max_side : int or None, default=480
        Images with a longer side are first shrunk to it.

    Notes
    -----
    A flat image has descriptors, since its colour is information: their standard deviations are zero.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    >>> DenseColor(bin_sizes=(4,)).describe(image).shape
    (84, 96)
    """

    modality = "image"
    parameter_ranges = {
        "space": Choice("rgb", "lab"),
        "step": Integer(1),
        "bin_sizes": TupleOf(Integer(1)),
        "max_side": Either(None, Integer(1)),
    }

    def __init__(
        self,
        *,
        space: Literal["rgb", "lab"] = "rgb",
        step: int = 4,
        bin_sizes: Sequence[int] = (4, 6, 8, 10),
        max_side: int | None = 480,
    ) -> None:
        self.space = space
        self.step = step
        self.bin_sizes = bin_sizes
        self.max_side = max_side

    def reach(self, item: np.ndarray) -> np.ndarray:
        """Fractions of the image's width and height that the middle half of a patch reaches from its centre."""
        return patch_reach(item, self.max_side, self.bin_sizes)

    def describe_located(self, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, 96) of a decoded image, scale by scale, and their centres (n, 2) as fractions (x, y)."""
        channels = convert(shrink(item, self.max_side), self.space).astype(np.float32) * np.float32(1 / 255)
        descriptors = [dense_color(channels, bin_size, self.step) for bin_size in self.bin_sizes]
        height, width = channels.shape[:2]
        centres = [grid_points(height, width, bin_size, self.step) for bin_size in self.bin_sizes]
        return np.concatenate(descriptors), as_fractions(np.concatenate(centres), channels.shape)
