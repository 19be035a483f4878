"""Motion of the camera between two frames as a homography, and flow without it (Wang and Schmid, ICCV 2013)."""

from functools import lru_cache
from typing import Any, TypeAlias

import cv2
import numpy as np

from classicxm.video.trajectories import flow_at

__all__ = ["CameraMotion", "homography_of", "relative_to_camera", "warped_back"]

MAX_CORNERS, CORNER_QUALITY, CORNER_DISTANCE = 1000, 0.001, 3
MAX_ERROR = 1.0  # pixels between a matched point and where the homography puts it
LEAST_MATCHES, LEAST_INLIERS = 50, 25  # with fewer the camera is taken to stand still
DETECTORS = {"orb": lambda: cv2.ORB_create(400), "sift": lambda: cv2.SIFT_create(400)}
NORMS = {"orb": cv2.NORM_HAMMING, "sift": cv2.NORM_L2}


#: Positions (n, 2), and a row of each keypoint's descriptor or None where there is none.
Keypoints: TypeAlias = tuple[np.ndarray, np.ndarray | None]


class CameraMotion:
    """Homographies between successive frames, from matched keypoints and from flow at good corners.

    Parameters
    ----------
    keypoints : {"orb", "sift", None}
        What is matched beside corners moved by the flow. SIFT takes about ten times as long as ORB.
    random_state : int
        Seeds RANSAC's choices.
    """

    def __init__(self, keypoints: str | None = "orb", random_state: int = 0) -> None:
        self._detector: Any = None
        self._matcher: Any = None
        if keypoints is not None:
            self._detector = DETECTORS[keypoints]()
            self._matcher = cv2.BFMatcher(NORMS[keypoints], crossCheck=True)
        self._random = np.random.default_rng(random_state)
        self._last: Keypoints | None = None

    def between(
        self, previous: np.ndarray, current: np.ndarray, flow: np.ndarray, corners: np.ndarray | None = None
    ) -> np.ndarray:
        """Homography (3, 3) that takes positions in one grey frame to the next.

        Successive calls must go on with the frame that the last one ended on; its keypoints are kept. Corners are
        positions (n, 2) in textured places of the first frame; None looks for the best ones.
        """
        corners = _best_corners(previous) if corners is None else corners
        pairs = [(corners, corners + flow_at(flow, corners))]
        if self._detector is not None:
            keypoints = self._last or self._described(previous)
            self._last = self._described(current)
            pairs.append(self._matched(keypoints, self._last))
        before, after = (np.concatenate(points) for points in zip(*pairs, strict=True))
        return homography_of(before, after, self._random)

    def _described(self, grey: np.ndarray) -> Keypoints:
        keypoints, descriptors = self._detector.detectAndCompute(grey, None)
        return cv2.KeyPoint_convert(keypoints), descriptors

    def _matched(self, first: Keypoints, second: Keypoints) -> tuple[np.ndarray, np.ndarray]:
        # What describes no keypoints is None in some versions of OpenCV and an empty array in others.
        if not (len(first[0]) and len(second[0])):
            return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)
        matches = self._matcher.match(first[1], second[1])
        query = [match.queryIdx for match in matches]
        train = [match.trainIdx for match in matches]
        return first[0].reshape(-1, 2)[query], second[0].reshape(-1, 2)[train]


def _best_corners(grey: np.ndarray) -> np.ndarray:
    corners = cv2.goodFeaturesToTrack(grey, MAX_CORNERS, CORNER_QUALITY, CORNER_DISTANCE)
    return np.empty((0, 2), np.float32) if corners is None else corners.reshape(-1, 2)


def homography_of(before: np.ndarray, after: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Homography that maps most points (n, 2) to their partners, by RANSAC.

    Parameters
    ----------
    before, after : float32 arrays (n, 2)
    random : numpy Generator
        RANSAC draws from the points in an order this shuffles.

    Returns
    -------
    float64 array (3, 3)
        The identity if at most 50 points are given or at most 25 agree within a pixel.

    >>> points = np.random.default_rng(0).uniform(0, 100, (80, 2)).astype(np.float32)
    >>> homography_of(points, points + np.float32(3), np.random.default_rng(0)).round(2)[:2, 2].tolist()
    [3.0, 3.0]
    """
    if len(before) > LEAST_MATCHES:
        # OpenCV's RANSAC draws from a generator of its own with a fixed seed; shuffling the points makes
        # draws ours.
        order = random.permutation(len(before))
        homography, agree = cv2.findHomography(before[order], after[order], cv2.RANSAC, MAX_ERROR)
        if homography is not None and agree.sum() > LEAST_INLIERS and abs(np.linalg.det(homography)) > 1e-6:
            return homography
    return np.eye(3)


def warped_back(current: np.ndarray, previous: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """The next frame (height, width) as the camera of the previous one would have seen it.

    What lies outside the next frame is filled from the previous one.
    """
    return cv2.warpPerspective(
        current,
        homography,
        current.shape[::-1],
        dst=previous.copy(),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_TRANSPARENT,
    )


def relative_to_camera(flow: np.ndarray, homography: np.ndarray) -> np.ndarray:
    """Flow (height, width, 2) less the displacement that the homography alone gives each pixel.

    >>> shift = np.array([[1, 0, 2], [0, 1, 0], [0, 0, 1.0]])
    >>> relative_to_camera(np.full((2, 2, 2), 2, np.float32), shift)[0, 0].tolist()
    [0.0, 2.0]
    """
    pixels = _pixels(*flow.shape[:2])
    moved = cv2.perspectiveTransform(pixels, homography)
    cv2.subtract(moved, pixels, dst=moved)
    return cv2.subtract(flow, moved, dst=moved)


@lru_cache(maxsize=16)
def _pixels(height: int, width: int) -> np.ndarray:
    """x and y of every pixel: float32 (height, width, 2)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y], axis=2)
