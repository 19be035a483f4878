"""Dense optical flow at several spatial scales: Farneback (2003) and DIS (Kroeger et al. 2016)."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import cv2
import numpy as np

from classicxm.parameters import Choice

__all__ = ["FLOWS", "DISFlow", "FarnebackFlow", "Flow", "dense_flow", "scale_sizes"]

RATIO = math.sqrt(2)  # between the sides of neighbouring scales
SMALLEST_SIDE = 32  # pixels; scales on which a track's patch does not fit are left out
WINDOW, ITERATIONS, NEIGHBOURHOOD, SIGMA = 10, 2, 7, 1.5  # Farneback's parameters in the papers
MEDIAN = 5  # pixels; side of the median filter that takes outliers out of the flow


def scale_sizes(shape: Sequence[int], n_scales: int, smallest: int = SMALLEST_SIDE) -> list[tuple[int, int]]:
    """Sizes of the frame at up to ``n_scales`` scales, each smaller by sqrt(2) than the one before.

    Returns
    -------
    list of (height, width); the first is the frame itself, which is there however small it is.

    >>> scale_sizes((120, 160), 8)
    [(120, 160), (85, 113), (60, 80), (42, 57)]
    """
    height, width = shape
    fitting = 1
    while min(height, width) / RATIO**fitting >= smallest and fitting < n_scales:
        fitting += 1
    return [(round(height / RATIO**i), round(width / RATIO**i)) for i in range(fitting)]


def dense_flow(
    previous: np.ndarray, current: np.ndarray, method: str = "farneback", n_scales: int = 1
) -> list[np.ndarray]:
    """Displacement of every pixel from one frame to the next, at several scales.

    Parameters
    ----------
    previous, current : uint8 arrays (height, width)
        Grey frames.
    method : {"farneback", "dis"}
    n_scales : int
        How many scales to give, the frame's own first; see `scale_sizes`. Farneback's method searches from the
        coarsest of at least six.

    Returns
    -------
    list of float32 arrays (height_i, width_i, 2)
        ``current[y + v, x + u]`` shows what ``previous[y, x]`` did, with ``(u, v) = flow[y, x]`` in pixels of
        that scale.

    Examples
    --------
    >>> texture = np.random.default_rng(0).integers(0, 256, (70, 80)).astype(np.uint8)
    >>> texture = cv2.GaussianBlur(texture, (0, 0), 2)
    >>> flow, = dense_flow(texture, np.roll(texture, 2, axis=1))
    >>> bool(abs(np.median(flow[..., 0]) - 2) < 0.2)
    True
    """
    if not Choice(*FLOWS).accepts(method):
        raise ValueError(f"method must be {Choice(*FLOWS)}, got {method!r}")
    if previous.shape != current.shape or previous.ndim != 2:
        raise ValueError(
            f"two grey frames of one size are needed, got shapes {previous.shape} and {current.shape}"
        )
    estimator = FLOWS[method](previous.shape, n_scales)
    return estimator.between(estimator.prepare(previous), estimator.prepare(current))


class Flow(Protocol):
    """An estimator of flow between frames that were prepared once each."""

    sizes: list[tuple[int, int]]  #: height and width of every scale given, the frame's own first

    def __init__(self, shape: Sequence[int], n_scales: int) -> None: ...

    def prepare(self, grey: np.ndarray) -> Any:
        """One grey frame as `between` takes it."""

    def between(self, previous: Any, current: Any) -> list[np.ndarray]:
        """Flow at each scale from one prepared frame to another."""


class FarnebackFlow:
    """Farneback's flow, kept at every scale of its coarse-to-fine search.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the frames.
    n_scales : int
        Scales given; the search itself starts from the sixth or the coarsest that is 32 pixels high and wide.
    """

    def __init__(self, shape: Sequence[int], n_scales: int) -> None:
        self.sizes = scale_sizes(shape, n_scales)
        self._searched = scale_sizes(shape, max(n_scales, 6))

    def prepare(self, grey: np.ndarray) -> list[np.ndarray]:
        """One frame at every scale, smoothed against aliasing: what `between` takes."""
        frame = grey.astype(np.float32)
        return [frame] + [_shrunk(frame, size, RATIO**i) for i, size in enumerate(self._searched) if i > 0]

    def between(self, previous: list[np.ndarray], current: list[np.ndarray]) -> list[np.ndarray]:
        """Flow at each scale from one prepared frame to another."""
        flow: np.ndarray | None = None
        flows = []
        for before, after in zip(previous[::-1], current[::-1], strict=True):
            height, width = before.shape
            if flow is None:
                flow = np.zeros((height, width, 2), np.float32)
            else:
                flow = cv2.resize(flow, (width, height)) * np.float32(RATIO)
            flow = cv2.calcOpticalFlowFarneback(
                before,
                after,
                flow,
                0.5,
                0,
                WINDOW,
                ITERATIONS,
                NEIGHBOURHOOD,
                SIGMA,
                cv2.OPTFLOW_USE_INITIAL_FLOW | cv2.OPTFLOW_FARNEBACK_GAUSSIAN,
            )
            flow = _without_outliers(flow)
            flows.append(flow)
        return flows[::-1][: len(self.sizes)]


class DISFlow:
    """Dense inverse search on the frame itself, shrunk to the further scales.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the frames.
    n_scales : int
        Scales given.
    """

    def __init__(self, shape: Sequence[int], n_scales: int) -> None:
        self.sizes = scale_sizes(shape, n_scales)
        self._search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        # The variational refinement takes half of the time and blurs the motion of small parts away.
        self._search.setVariationalRefinementIterations(0)

    def prepare(self, grey: np.ndarray) -> np.ndarray:
        """The frame itself, in one piece of memory as the search needs it."""
        return np.ascontiguousarray(grey)

    def between(self, previous: np.ndarray, current: np.ndarray) -> list[np.ndarray]:
        """Flow at each scale from one frame to another."""
        flow = _without_outliers(self._search.calc(previous, current, None))
        flows = [flow]
        for i, (height, width) in enumerate(self.sizes[1:], start=1):
            flows.append(
                cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA) * np.float32(RATIO**-i)
            )
        return flows


FLOWS: dict[str, type[Flow]] = {"farneback": FarnebackFlow, "dis": DISFlow}


def _without_outliers(flow: np.ndarray) -> np.ndarray:
    return cv2.merge([cv2.medianBlur(component, MEDIAN) for component in cv2.split(flow)])


def _shrunk(frame: np.ndarray, size: tuple[int, int], factor: float) -> np.ndarray:
    """The frame at a coarser scale as Farneback's method wants it: smoothed by (factor - 1) / 2, then sampled.

    `cv2.calcOpticalFlowFarneback` smooths whatever it is given once more by a 3-tap filter, which is
    meant for the finest scale; the inverse of that filter is applied here so that the two cancel.
    """
    sigma = (factor - 1) / 2
    taps = max(round(sigma * 5) | 1, 3)
    height, width = size
    small = cv2.resize(cv2.GaussianBlur(frame, (taps, taps), sigma), (width, height))
    columns_done = cv2.gemm(_sharpener(height), small, 1, None, 0)
    return cv2.gemm(columns_done, _sharpener(width), 1, None, 0, flags=cv2.GEMM_2_T)


@lru_cache(maxsize=64)
def _sharpener(n: int) -> np.ndarray:
    """Inverse of the 3-tap Gaussian (standard deviation .8, mirrored ends) along an axis of length n: (n, n)."""
    side, centre = cv2.getGaussianKernel(3, 0.8).ravel()[:2]
    blur = np.diag(np.full(n, centre)) + np.diag(np.full(n - 1, side), 1) + np.diag(np.full(n - 1, side), -1)
    if n > 1:
        blur[0, 1] = blur[-1, -2] = 2 * side
    return np.linalg.inv(blur).astype(np.float32)
