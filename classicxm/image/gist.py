"""The spatial envelope of a scene: energies of Gabor filters over a coarse grid (Oliva and Torralba 2001)."""

from collections.abc import Sequence
from functools import lru_cache
from os import PathLike
from typing import Any, Self

import cv2
import numpy as np
from scipy import fft

from classicxm.attribution import Parts
from classicxm.base import Extractor
from classicxm.image.pixels import as_grey
from classicxm.image.ranges import TupleOf
from classicxm.parameters import Integer

__all__ = ["GIST", "gabor_bank", "gist", "whiten"]

PREFILTER_CYCLES = 4.0  # cycles per image below which local contrast is evened out
PREFILTER_MARGIN = 5
CONTRAST_FLOOR = 0.2
BORDER = 32  # pixels of mirrored border around the image while filtering
HIGHEST_FREQUENCY = 0.3  # cycles per pixel of the finest scale
SCALE_RATIO = 1.85  # between the frequencies of neighbouring scales
RADIAL_WIDTH = 0.35


def _frequencies(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Integer frequencies of a square transform: column-wise (fx) and row-wise (fy), both (size, size)."""
    fx, fy = np.meshgrid(fft.fftfreq(size, 1 / size), fft.fftfreq(size, 1 / size))
    return fx, fy


@lru_cache(maxsize=8)
def gabor_bank(size: int, orientations: tuple[int, ...]) -> np.ndarray:
    """Transfer functions of the filters: float32 (sum(orientations), size, size).

    Parameters
    ----------
    orientations : tuple of int
        Orientations of each scale, from the finest to the coarsest. Scale ``i`` is centred on
        ``0.3 / 1.85**i`` cycles per pixel; its filters are wider in angle the fewer they are.
    """
    fx, fy = _frequencies(size)
    radius, angle = np.hypot(fx, fy) / size, np.arctan2(fy, fx)
    filters = []
    for scale, count in enumerate(orientations):
        radial = -10 * RADIAL_WIDTH * (radius / HIGHEST_FREQUENCY * SCALE_RATIO**scale - 1) ** 2
        for index in range(count):
            turned = angle + np.pi * index / count
            turned -= 2 * np.pi * np.round(turned / (2 * np.pi))
            filters.append(np.exp(radial - 2 * np.pi * (16 * count**2 / 32**2) * turned**2))
    return np.array(filters, np.float32)


@lru_cache(maxsize=8)
def _lowpass(size: int) -> np.ndarray:
    fx, fy = _frequencies(size)
    cutoff = PREFILTER_CYCLES / np.sqrt(np.log(2))
    return np.exp(-(fx**2 + fy**2) / cutoff**2)


def whiten(grey: np.ndarray) -> np.ndarray:
    """A square image (size, size), 0 to 255, with low frequencies removed and local contrast evened out.

    On log intensities: subtract a low-passed copy, then divide by 0.2 plus the local standard deviation.
    """
    padded = np.pad(np.log1p(np.asarray(grey, np.float64)), PREFILTER_MARGIN, mode="symmetric")
    padded = np.pad(padded, [(0, len(padded) % 2)] * 2, mode="symmetric")
    lowpass = _lowpass(len(padded))
    detail = padded - fft.ifft2(fft.fft2(padded) * lowpass).real
    spread = np.sqrt(np.abs(fft.ifft2(fft.fft2(detail**2) * lowpass)))
    inner = slice(PREFILTER_MARGIN, PREFILTER_MARGIN + len(grey))
    return (detail / (CONTRAST_FLOOR + spread))[inner, inner]


def gist(grey: np.ndarray, orientations: Sequence[int] = (8, 8, 8, 8), grid: int = 4) -> np.ndarray:
    """Mean filter energies of a square image in each cell of a grid.

    Parameters
    ----------
    grey : float array (size, size); its range is stretched to 0 to 255
    orientations : tuple of int
        Orientations of each scale, finest first.
    grid : int
        Cells along each side.

    Returns
    -------
    float32 array (sum(orientations), grid, grid); zeros for a flat image

    >>> gist(np.eye(64), grid=2).shape
    (32, 2, 2)
    """
    size = len(grey)
    lowest, spread = grey.min(), np.ptp(grey)
    if not spread > 0:
        return np.zeros((sum(orientations), grid, grid), np.float32)
    detail = whiten((grey - lowest) * (255 / spread)).astype(np.float32)
    padded = np.pad(detail, BORDER, mode="symmetric")
    bank = gabor_bank(len(padded), tuple(orientations))
    edges = np.linspace(0, size, grid + 1).astype(int)
    cell_pixels = np.outer(np.diff(edges), np.diff(edges))
    spectrum = fft.fft2(padded)
    energies = np.empty((len(bank), grid, grid), np.float32)
    for energy, transfer in zip(energies, bank, strict=True):
        response = np.abs(fft.ifft2(spectrum * transfer))[BORDER : BORDER + size, BORDER : BORDER + size]
        sums = np.add.reduceat(np.add.reduceat(response, edges[:-1], axis=0), edges[:-1], axis=1)
        energy[:] = sums / cell_pixels
    return energies


class GIST(Extractor):
    """Energies of oriented filters at several scales over a coarse grid: the layout of a scene.

    Parameters
    ----------
    orientations : tuple of int, default=(8, 8, 8, 8)
        Orientations of each scale, from the finest to the coarsest.
    grid : int, default=4
        Cells along each side in which energies are averaged.
    image_size : int, default=128
        Side of the square every image is resized to (its proportions are not kept).
    n_jobs, on_error, cache
        As in `Extractor`.

    Notes
    -----
    The filters are those of Oliva and Torralba's published description; the image is resized as a whole where
    theirs is cropped to a square.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    >>> GIST(image_size=64).fit().transform([image]).shape
    (1, 512)
    """

    modality = "image"
    parameter_ranges = {
        "orientations": TupleOf(Integer(1)),
        "grid": Integer(1),
        "image_size": Integer(BORDER),
    }

    def __init__(
        self,
        *,
        orientations: Sequence[int] = (8, 8, 8, 8),
        grid: int = 4,
        image_size: int = 128,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.orientations = orientations
        self.grid = grid
        self.image_size = image_size
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or there are more cells than pixels.
        """
        super().fit(items, y)
        if self.grid > self.image_size:
            raise ValueError(f"GIST: grid must be at most image_size={self.image_size}, got {self.grid}")
        self.n_features_out_ = sum(self.orientations) * self.grid**2
        return self

    def describe(self, item: np.ndarray) -> np.ndarray:
        """The energies of one decoded image: float32 (n_features_out_,)."""
        larger = item.shape[0] * item.shape[1] > self.image_size**2
        resized = cv2.resize(
            item,
            (self.image_size, self.image_size),
            interpolation=cv2.INTER_AREA if larger else cv2.INTER_LINEAR,
        )
        return gist(as_grey(resized), self.orientations, self.grid).ravel()

    def divide(self, item: np.ndarray, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one decoded image divided among the cells of the grid: `Parts`."""
        summands = weights * self.describe(item).astype(np.float64)
        return Parts.grid(summands.reshape(-1, self.grid, self.grid).sum(axis=0))
