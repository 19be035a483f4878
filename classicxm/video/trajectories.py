"""Where tracks begin, how they move and which of them are kept (Wang et al., IJCV 2013; Wang and Schmid 2013)."""

import cv2
import numpy as np

__all__ = ["displaced", "flow_at", "is_moving", "is_steady", "sample_points", "unit_sum"]

LEAST_SPREAD, LARGEST_SPREAD = np.sqrt(3), 50.0  # pixels, standard deviation of a track's positions
LARGEST_STEP, LARGEST_SHARE = 20.0, 0.7  # a step longer than both 20 px and .7 of the whole is a jump
LEAST_MOTION = 1.0  # pixel; a track without a longer stabilised displacement follows the camera


def sample_points(
    grey: np.ndarray, occupied: np.ndarray, step: int = 5, quality: float = 0.001
) -> np.ndarray:
    """Grid points in textured regions whose grid cell holds no track yet.

    A point is flat, and left out, where the smaller eigenvalue of the gradients' autocorrelation over 3 x 3
    pixels is at most ``quality`` times the largest such value of the frame.

    Parameters
    ----------
    grey : uint8 array (height, width)
    occupied : float array (n, 2)
        Points being tracked: x and y in pixels.
    step : int
        Side of the grid's cells in pixels; points are their centres.
    quality : float

    Returns
    -------
    float32 array (n_new, 2)

    >>> corner = np.zeros((15, 15), np.uint8)
    >>> corner[7:, 7:] = 255
    >>> sample_points(corner, np.empty((0, 2))).tolist()
    [[7.0, 7.0]]
    """
    rows, columns = grey.shape[0] // step, grey.shape[1] // step
    if not rows * columns:
        return np.empty((0, 2), np.float32)
    texture = cv2.cornerMinEigenVal(grey, 3, ksize=3)
    centre = step // 2
    free = texture[centre : rows * step : step, centre : columns * step : step] > quality * texture.max()
    x, y = (occupied // step).astype(np.intp).T
    inside = (x < columns) & (y < rows)
    free[y[inside], x[inside]] = False
    y, x = np.nonzero(free)
    return (np.stack([x, y], axis=1) * step + centre).astype(np.float32)


def flow_at(flow: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Flow (n, 2) at the pixels nearest to points (n, 2)."""
    height, width = flow.shape[:2]
    x, y = np.rint(points).astype(np.intp).T
    return flow[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]


def displaced(points: np.ndarray, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points moved by the flow under them, and which of them stay inside the frame."""
    height, width = flow.shape[:2]
    moved = points + flow_at(flow, points)
    return moved, ((moved > 0) & (moved < (width, height))).all(axis=1)


def is_steady(tracks: np.ndarray, least: float = 1.0) -> np.ndarray:
    """Which tracks are neither static nor erratic.

    Parameters
    ----------
    tracks : float array (n, length + 1, 2)
        Positions in pixels at full scale.
    least : float
        Multiplies the least standard deviation.

    Returns
    -------
    bool array (n,)
        The standard deviation is at least sqrt(3) in x or in y and at most 50 in both, and no step is longer than
        both 20 pixels and .7 of the whole track.

    >>> line = np.arange(16.0)[:, None] * [[1, 0]]
    >>> is_steady(np.stack([line, 0 * line, 20 * line])).tolist()
    [True, False, False]
    """
    spread = tracks.std(axis=1)
    steps = np.linalg.norm(np.diff(tracks, axis=1), axis=2)
    longest, whole = steps.max(axis=1, initial=0), steps.sum(axis=1)
    jumps = (longest > LARGEST_STEP) & (longest > LARGEST_SHARE * whole)
    return (spread >= least * LEAST_SPREAD).any(axis=1) & (spread <= LARGEST_SPREAD).all(axis=1) & ~jumps


def is_moving(displacements: np.ndarray, least: float = 1.0) -> np.ndarray:
    """Which tracks move by themselves: some stabilised displacement (n, length, 2) is longer than ``least`` pixels."""
    return np.linalg.norm(displacements, axis=2).max(axis=1, initial=0) > least * LEAST_MOTION


def unit_sum(displacements: np.ndarray) -> np.ndarray:
    """Displacements (n, length, 2) divided by the sum of their lengths: the shape of a track."""
    whole = np.linalg.norm(displacements, axis=2).sum(axis=1)
    return displacements / np.maximum(whole, np.finfo(np.float32).tiny)[:, None, None]
