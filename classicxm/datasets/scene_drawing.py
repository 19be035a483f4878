"""Draws the shapes of a synthetic scene: one picture, or the frames of a clip in which they move."""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

__all__ = ["COLOURS", "SHAPES", "background", "draw", "frames", "outline"]

#: Colour names and their RGB values.
COLOURS = {
    "red": (214, 40, 40),
    "orange": (245, 140, 20),
    "yellow": (246, 211, 45),
    "green": (46, 158, 73),
    "blue": (38, 98, 205),
    "purple": (136, 58, 176),
}
SHAPES = ("circle", "square", "triangle", "star", "cross")
_FRACTION_BITS = 4  # OpenCV takes polygon corners in sixteenths of a pixel
_SWAY = 0.06  # how far a shape moves, as a share of the picture's side


def outline(shape: str, centre: ArrayLike, radius: float, angle: float = 0.0) -> np.ndarray:
    """Corners of a shape as an array (n_corners, 2), in the units of ``centre`` and ``radius``; y points down.

    >>> outline("square", (0, 0), 1).round(2).tolist()
    [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]]
    """
    if shape == "square":
        corners = 0.8 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=float)
    elif shape == "cross":
        a, b = 0.3, 0.95
        quarter = np.array([(a, -b), (a, -a), (b, -a)])
        turn = np.array([(0, 1), (-1, 0)])
        corners = np.concatenate([quarter @ np.linalg.matrix_power(turn, k) for k in range(4)])
    else:
        n_corners = {"circle": 48, "triangle": 3, "star": 10}[shape]
        turns = 2 * np.pi * np.arange(n_corners) / n_corners
        reach = np.where(np.arange(n_corners) % 2, 0.45, 1.0) if shape == "star" else 1.0
        corners = np.stack([reach * np.sin(turns), -reach * np.cos(turns)], axis=1)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(centre) + radius * corners @ np.array([(cosine, sine), (-sine, cosine)])


def background(size: int, rng: np.random.Generator) -> np.ndarray:
    """A pale gradient in a random direction with fine noise; float array (size, size, 3) from 0 to 255."""
    first, second = rng.uniform(205, 250, size=(2, 3))
    direction = rng.uniform(0, 2 * np.pi)
    axis = np.linspace(-0.5, 0.5, size)
    slope = 0.5 + (axis[None, :] * np.cos(direction) + axis[:, None] * np.sin(direction)) / np.sqrt(2)
    picture = first + slope[:, :, None] * (second - first)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255)


def draw(canvas: np.ndarray, shapes: Sequence[Mapping[str, Any]], phase: float = 0.0) -> np.ndarray:
    """The shapes on a copy of the canvas.

    Parameters
    ----------
    canvas : array (size, size, 3)
        RGB from 0 to 255.
    shapes : sequence of dict
        "shape", "rgb", and "centre", "radius" as fractions of the side.
    phase : float, default=0
        Where in its movement each shape is, from 0 to 1. Circles sway sideways, squares up and down, triangles
        along a diagonal, stars turn and crosses grow and shrink.

    Returns
    -------
    uint8 array (size, size, 3)
    """
    picture = np.ascontiguousarray(np.rint(canvas).astype(np.uint8))
    size = len(picture)
    for shape in shapes:
        corners = _moved(shape, phase) * size - 0.5
        polygon = np.rint(corners * 2**_FRACTION_BITS).astype(np.int32)[None]
        edge = tuple(0.7 * channel for channel in shape["rgb"])
        cv2.fillPoly(picture, polygon, shape["rgb"], lineType=cv2.LINE_AA, shift=_FRACTION_BITS)
        cv2.polylines(
            picture, polygon, True, edge, max(1, size // 96), lineType=cv2.LINE_AA, shift=_FRACTION_BITS
        )
    return picture


def frames(canvas: np.ndarray, shapes: Sequence[Mapping[str, Any]], n_frames: int) -> np.ndarray:
    """The shapes through one period of their movement: uint8 array (n_frames, size, size, 3)."""
    return np.stack([draw(canvas, shapes, phase=i / n_frames) for i in range(n_frames)])


def _moved(shape: Mapping[str, Any], phase: float) -> np.ndarray:
    swing = np.sin(2 * np.pi * phase)
    step = {"circle": (1, 0), "square": (0, 1), "triangle": (0.7, 0.7)}.get(shape["shape"], (0, 0))
    centre = np.asarray(shape["centre"]) + _SWAY * swing * np.array(step)
    radius = shape["radius"] * (1 + 0.3 * swing * (shape["shape"] == "cross"))
    angle = 2 * np.pi / 5 * phase * (shape["shape"] == "star")
    return outline(shape["shape"], centre, radius, angle)
