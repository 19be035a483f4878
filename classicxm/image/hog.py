"""Histograms of oriented gradients (Dalal and Triggs 2005)."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self

import cv2
import numpy as np

from classicxm.attribution import Parts
from classicxm.base import Extractor
from classicxm.image.pixels import as_grey
from classicxm.image.ranges import TupleOf
from classicxm.parameters import Boolean, Choice, Integer

__all__ = ["HOG", "cell_histograms", "hog"]

EPSILON = 1e-5  # keeps the norm of a flat block from being zero
CLIP = 0.2  # bound on one value of an L2-Hys block


def cell_histograms(
    grey: np.ndarray, orientations: int = 9, pixels_per_cell: int = 8, signed: bool = False
) -> np.ndarray:
    """Mean gradient magnitude of every orientation in every cell.

    Gradients are central differences, zero at the image's border. Each pixel counts wholly for the orientation
    whose bin its direction falls into; pixels beyond the last whole cell are left out.

    Parameters
    ----------
    grey : float array (height, width)
    signed : bool
        Whether opposite directions differ: the bins then cover 360 degrees instead of 180.

    Returns
    -------
    float64 array (cell_rows, cell_columns, orientations)
    """
    grey = np.asarray(grey, np.float64)
    dy, dx = np.zeros_like(grey), np.zeros_like(grey)
    dy[1:-1] = grey[2:] - grey[:-2]
    dx[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    rows, columns = grey.shape[0] // pixels_per_cell, grey.shape[1] // pixels_per_cell
    whole = slice(rows * pixels_per_cell), slice(columns * pixels_per_cell)
    dy, dx = dy[whole], dx[whole]
    half_turns = np.arctan2(dy, dx) / np.pi
    bins = np.floor(half_turns * (orientations / (2 if signed else 1))).astype(np.intp) % orientations
    cell = np.add.outer(
        np.arange(dy.shape[0]) // pixels_per_cell * columns, np.arange(dx.shape[1]) // pixels_per_cell
    )
    sums = np.bincount(
        (cell * orientations + bins).ravel(), np.hypot(dx, dy).ravel(), rows * columns * orientations
    )
    return sums.reshape(rows, columns, orientations) / pixels_per_cell**2


def hog(
    grey: np.ndarray,
    orientations: int = 9,
    pixels_per_cell: int = 8,
    cells_per_block: int = 3,
    block_norm: str = "L2-Hys",
    signed: bool = False,
    transform_sqrt: bool = False,
) -> np.ndarray:
    """Histograms of oriented gradients of an image of any size.

    Parameters
    ----------
    grey : array (height, width)
        Grey values in [0, 1]; the constant that keeps norms from zero, 1e-5, supposes this range.
    orientations, pixels_per_cell, cells_per_block, block_norm, signed, transform_sqrt
        As in `HOG`.

    Returns
    -------
    float32 array (block_rows, block_columns, cells_per_block, cells_per_block, orientations)
        No blocks where the image is smaller than one.

    Notes
    -----
    With ``signed=False`` the values are those of scikit-image's ``hog`` for the same grey values. Three things
    differ: a direction within rounding error of the border between two orientations may fall to the other
    one; scikit-image has no signed orientations; and its grey values weigh red, green and blue by
    .2125, .7154 and .0721 where the class `HOG` uses .299, .587 and .114. Dalal and Triggs also share each
    pixel among neighbouring cells and orientations; like scikit-image, this does not.

    >>> hog(np.zeros((32, 32))).shape
    (2, 2, 3, 3, 9)
    """
    grey = np.sqrt(grey) if transform_sqrt else grey
    cells = cell_histograms(grey, orientations, pixels_per_cell, signed)
    if min(cells.shape[:2]) < cells_per_block:
        return np.zeros((0, 0, cells_per_block, cells_per_block, orientations), np.float32)
    blocks = np.lib.stride_tricks.sliding_window_view(cells, (cells_per_block, cells_per_block), axis=(0, 1))
    return _normalise(blocks.transpose(0, 1, 3, 4, 2), block_norm).astype(np.float32)


def _normalise(blocks: np.ndarray, block_norm: str) -> np.ndarray:
    axes = (2, 3, 4)
    if block_norm in ("L1", "L1-sqrt"):
        scaled = blocks / (np.abs(blocks).sum(axes, keepdims=True) + EPSILON)
        return np.sqrt(scaled) if block_norm == "L1-sqrt" else scaled
    scaled = blocks / np.sqrt((blocks**2).sum(axes, keepdims=True) + EPSILON**2)
    if block_norm == "L2":
        return scaled
    clipped = np.minimum(scaled, CLIP)
    return clipped / np.sqrt((clipped**2).sum(axes, keepdims=True) + EPSILON**2)


class HOG(Extractor):
    """Histograms of oriented gradients of the whole image, brought to one size.

    Parameters
    ----------
    orientations : int, default=9
    pixels_per_cell : int, default=8
        Side of a cell in pixels.
    cells_per_block : int, default=2
        Side of a block in cells; blocks overlap, one starts at every cell.
    block_norm : {"L1", "L1-sqrt", "L2", "L2-Hys"}, default="L2-Hys"
        How each block is normalised; L2-Hys is L2, values clipped at 0.2, L2 again.
    signed : bool, default=False
        Whether a gradient and its opposite count as different directions.
    transform_sqrt : bool, default=False
        Take square roots of the grey values first.
    image_size : tuple of int, default=(128, 128)
        Height and width every image is resized to.
    n_jobs, on_error, cache
        As in `Extractor`.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    >>> HOG(image_size=(64, 64)).fit().transform([image]).shape
    (1, 1764)
    """

    modality = "image"
    parameter_ranges = {
        "orientations": Integer(1),
        "pixels_per_cell": Integer(1),
        "cells_per_block": Integer(1),
        "block_norm": Choice("L1", "L1-sqrt", "L2", "L2-Hys"),
        "signed": Boolean(),
        "transform_sqrt": Boolean(),
        "image_size": TupleOf(Integer(1), length=2),
    }

    def __init__(
        self,
        *,
        orientations: int = 9,
        pixels_per_cell: int = 8,
        cells_per_block: int = 2,
        block_norm: Literal["L1", "L1-sqrt", "L2", "L2-Hys"] = "L2-Hys",
        signed: bool = False,
        transform_sqrt: bool = False,
        image_size: tuple[int, int] = (128, 128),
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.signed = signed
        self.transform_sqrt = transform_sqrt
        self.image_size = image_size
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or ``image_size`` holds no block.
        """
        super().fit(items, y)
        blocks = [side // self.pixels_per_cell - self.cells_per_block + 1 for side in self.image_size]
        if min(blocks) < 1:
            raise ValueError(
                f"HOG: image_size must be at least {self.pixels_per_cell * self.cells_per_block} pixels "
                f"(one block) in both directions, got {self.image_size!r}; enlarge it or shrink the blocks"
            )
        self.n_features_out_ = blocks[0] * blocks[1] * self.cells_per_block**2 * self.orientations
        return self

    def describe(self, item: np.ndarray) -> np.ndarray:
        """The blocks of one decoded image, flattened: float32 (n_features_out_,)."""
        height, width = self.image_size
        larger = item.shape[0] * item.shape[1] > height * width
        resized = cv2.resize(
            item, (width, height), interpolation=cv2.INTER_AREA if larger else cv2.INTER_LINEAR
        )
        return hog(
            as_grey(resized),
            self.orientations,
            self.pixels_per_cell,
            self.cells_per_block,
            self.block_norm,
            self.signed,
            self.transform_sqrt,
        ).ravel()

    def divide(self, item: np.ndarray, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one decoded image divided among the cells: `Parts`."""
        side, rows, columns = self.cells_per_block, *(n // self.pixels_per_cell for n in self.image_size)
        blocks = rows - side + 1, columns - side + 1
        summands = (
            (weights * self.describe(item).astype(np.float64)).reshape(*blocks, side, side, -1).sum(axis=-1)
        )
        cells = np.zeros((rows, columns))
        for i, j in np.ndindex(side, side):
            cells[i : i + blocks[0], j : j + blocks[1]] += summands[:, :, i, j]
        height, width = self.image_size
        covered = columns * self.pixels_per_cell / width, rows * self.pixels_per_cell / height
        return Parts.grid(cells, ((0, 0), covered))
