"""Small conversions of decoded images that several descriptions share."""

from collections.abc import Sequence

import cv2
import numpy as np

__all__ = ["as_fractions", "as_grey", "patch_reach", "shrink"]


def as_grey(image: np.ndarray) -> np.ndarray:
    """A decoded image (uint8 RGB or grey) as float32 grey (height, width) in [0, 1].

    >>> as_grey(np.full((2, 3, 3), 255, np.uint8)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    return grey.astype(np.float32) * np.float32(1 / 255)


def shrink(image: np.ndarray, max_side: int | None) -> np.ndarray:
    """The image made smaller by area averaging so that its longer side is at most ``max_side`` (None: as is).

    >>> shrink(np.zeros((100, 50, 3), np.uint8), 20).shape
    (20, 10, 3)
    """
    height, width = image.shape[:2]
    if max_side is None or max(height, width) <= max_side:
        return image
    scale = max_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def as_fractions(points: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Pixel coordinates (n, 2), x before y, as fractions of an image's extent: float32 in [0, 1].

    >>> as_fractions(np.array([[0, 1], [9, 1]]), (2, 10)).round(2).tolist()
    [[0.05..., 0.75], [0.94..., 0.75]]
    """
    height, width = shape[:2]
    return ((points + 0.5) / (width, height)).astype(np.float32)


def patch_reach(image: np.ndarray, max_side: int | None, bin_sizes: Sequence[int]) -> np.ndarray:
    """How far from its centre the middle half of a patch of 4 x 4 bins reaches on average, as fractions (x, y)."""
    height, width = image.shape[:2]
    scale = 1 if max_side is None else min(1, max_side / max(height, width))
    return np.mean(bin_sizes) / (scale * np.array([width, height]))
