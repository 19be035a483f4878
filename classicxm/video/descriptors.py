"""HOG, HOF and motion-boundary histograms around the points of tracks (Wang et al., IJCV 2013, section 3).

A patch around each point is cut into 2 x 2 cells; the histogram of a cell is read off integral images, so its
cost does not depend on the patch's size and all points of a frame are described at once.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from classicxm.distances import gradient_lengths

__all__ = [
    "CHANNELS",
    "N_DIMENSIONS",
    "N_FRAME_VALUES",
    "N_STAGES",
    "PATCH",
    "cell_corners",
    "frame_histograms",
    "orientation_shares",
    "track_descriptors",
]

PATCH = 32  # pixels
N_CELLS, N_STAGES = 4, 3
BINS = {"hog": 8, "hof": 9, "mbhx": 8, "mbhy": 8}
LEAST_FLOW = 0.4  # pixels; slower pixels count for HOF's last bin
EPSILON = 0.05  # added to each value before a block is normalised
SHAPE_VALUES = 30

N_FRAME_VALUES = N_CELLS * sum(BINS.values())  # 132 values describe a point in one frame


def _channels() -> dict[str, tuple[int, int]]:
    channels, start = {"trajectory": (0, SHAPE_VALUES)}, SHAPE_VALUES
    for name, n_bins in BINS.items():
        channels[name] = (start, start + N_CELLS * N_STAGES * n_bins)
        start = channels[name][1]
    return channels


#: Columns (start, stop) of each channel in the 426 dimensions of a descriptor.
CHANNELS = _channels()
N_DIMENSIONS = CHANNELS["mbhy"][1]


def orientation_shares(
    dx: np.ndarray, dy: np.ndarray, n_bins: int, least: float | None = None
) -> Iterator[np.ndarray]:
    """Yield, bin by bin, how much each pixel's vector counts for that direction.

    A vector's length is split between the two directions nearest to its own, linearly in the angle.

    Parameters
    ----------
    dx, dy : float32 arrays (height, width)
    n_bins : int
        Directions, evenly spaced from x towards y over 360 degrees.
    least : float, optional
        Vectors no longer than this count 1 for one further, last bin and nothing for the others.

    Yields
    ------
    float32 array (height, width), overwritten by the next one

    >>> one = np.ones((1, 1), np.float32)
    >>> [round(float(share[0, 0]), 2) for share in orientation_shares(one, one, 4)]
    [0.71, 0.71, 0.0, 0.0]
    """
    length = gradient_lengths(dx, dy)
    turn = cv2.phase(dx, dy)
    turn *= np.float32(n_bins / (2 * np.pi))
    if least is not None:
        still = length <= least
        length[still] = 0
    share = np.empty_like(turn)
    for k in range(n_bins):
        np.subtract(turn, np.float32(k), out=share)
        np.abs(share, out=share)
        if k == 0:
            # Directions are a circle: just below 360 degrees is near bin 0.
            np.minimum(share, n_bins - share, out=share)
        np.subtract(np.float32(1), share, out=share)
        cv2.threshold(share, 0, 0, cv2.THRESH_TOZERO, share)
        share *= length
        yield share
    if least is not None:
        yield still.astype(np.float32)


def frame_histograms(
    grey: np.ndarray, flow: np.ndarray, points: np.ndarray, patch: int = PATCH
) -> np.ndarray:
    """Histograms of the 2 x 2 cells around each point of a frame, normalised channel by channel.

    Each channel's block is divided by its sum (L1) after adding .05 to every value, then square-rooted. A
    patch that would leave the frame is moved inside.

    Parameters
    ----------
    grey : uint8 array (height, width)
    flow : float32 array (height, width, 2)
        From this frame to the next; without the camera's motion for improved trajectories.
    points : float array (n, 2)
        x and y in pixels.
    patch : int
        Side of the patch in pixels, even; at most the frame's.

    Returns
    -------
    float32 array (n, 132)
        HOG 8, HOF 9, MBHx 8 and MBHy 8 bins, each in four cells; ordered (bin, cell). Flow is histogrammed for
        HOF, the gradients of its two components for MBH.
    """
    corners = cell_corners(points, grey.shape, patch)
    horizontal, vertical = cv2.split(flow)
    fields = {
        "hog": _gradient(grey),
        "hof": (horizontal, vertical),
        "mbhx": _gradient(horizontal),
        "mbhy": _gradient(vertical),
    }
    histograms = np.empty((N_FRAME_VALUES, len(points)), np.float32)
    integral = np.empty((grey.shape[0] + 1, grey.shape[1] + 1), np.float32)
    start = 0
    for name, n_bins in BINS.items():
        block = histograms[start : start + N_CELLS * n_bins].reshape(n_bins, 2, 2, -1)
        least = LEAST_FLOW if name == "hof" else None
        for bin_sums, share in zip(block, orientation_shares(*fields[name], 8, least), strict=True):
            cv2.integral(share, integral, cv2.CV_32F)
            at = integral.ravel().take(corners, mode="clip")
            strips = at[1:] - at[:-1]
            np.subtract(strips[:, 1:], strips[:, :-1], out=bin_sums)
        start += N_CELLS * n_bins
        _normalise(block)
    return cv2.transpose(histograms)


def cell_corners(points: np.ndarray, shape: Sequence[int], patch: int) -> np.ndarray:
    """Where the corners of the cells around points lie in a flattened integral image.

    Returns
    -------
    integer array (3, 3, n): column of corners, row of corners, point
    """
    height, width = shape
    corner = np.rint(points).astype(np.intp) - patch // 2
    steps = patch // 2 * np.arange(3)[:, None]
    left = np.clip(corner[:, 0], 0, width - patch) + steps
    top = np.clip(corner[:, 1], 0, height - patch) + steps
    return left[:, None] + top * (width + 1)


def _gradient(plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=1), cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=1)


def _normalise(block: np.ndarray) -> None:
    np.maximum(block, 0, out=block)  # sums read off an integral image may be off by a rounding error
    block += np.float32(EPSILON)
    block /= block.sum(axis=(0, 1, 2))
    np.sqrt(block, out=block)


def track_descriptors(shapes: np.ndarray, stages: np.ndarray) -> np.ndarray:
    """Descriptors of finished tracks.

    Parameters
    ----------
    shapes : float array (n, 15, 2)
        Normalised displacements.
    stages : float32 array (n, 3, 132)
        Mean of `frame_histograms` over each third of the track.

    Returns
    -------
    float32 array (n, 426): trajectory 30, HOG 96, HOF 108, MBHx 96, MBHy 96; see `CHANNELS`. A histogram
    channel is ordered (third, cell, bin), the cells column by column.
    """
    n = len(shapes)
    parts, start = [shapes.reshape(n, -1)], 0
    for n_bins in BINS.values():
        stop = start + n_bins * N_CELLS
        block = stages[:, :, start:stop].reshape(n, -1, n_bins, N_CELLS)
        parts.append(block.swapaxes(2, 3).reshape(n, -1))
        start = stop
    return np.concatenate(parts, axis=1, dtype=np.float32)
