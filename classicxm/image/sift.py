"""Scale-invariant features at detected keypoints (Lowe 2004), through OpenCV."""

from collections.abc import Sequence

import cv2
import numpy as np

from classicxm.base import LocalExtractor
from classicxm.image.pixels import as_fractions, shrink
from classicxm.parameters import Boolean, Either, Integer, Real

__all__ = ["SIFT", "root_sift"]

N_DIMENSIONS = 128


def root_sift(descriptors: np.ndarray) -> np.ndarray:
    """Square roots of L1-normalised non-negative descriptors (n, d) (Arandjelovic and Zisserman 2012).

    Rows have unit length; zero rows stay zero.

    >>> root_sift(np.float32([[9, 16], [0, 0]])).tolist()
    [[0.6..., 0.8...], [0.0, 0.0]]
    """
    sums = descriptors.sum(axis=1, keepdims=True)
    return np.sqrt(descriptors / np.where(sums > 0, sums, 1))


class SIFT(LocalExtractor):
    """SIFT descriptors at the keypoints that OpenCV finds.

    Parameters
    ----------
    n_features : int, default=0
        Most keypoints of an image, those of highest contrast; 0 keeps all.
    contrast_threshold : float, default=0.04
        Keypoints of lower contrast are left out (OpenCV divides it by the layers of an octave).
    edge_threshold : float, default=10
        Keypoints whose principal curvatures have a larger ratio are left out.
    sigma : float, default=1.6
        Smoothing of the first scale in pixels.
    root : bool, default=True
        RootSIFT (Arandjelovic and Zisserman 2012); otherwise descriptors of unit length.
    max_side : int or None, default=480
        Images with a longer side are first shrunk to it.

    Examples
    --------
    >>> image = np.kron(np.eye(4), np.ones((16, 16)))[..., None].repeat(3, axis=2)
    >>> descriptors, positions = SIFT().describe_located((255 * image).astype(np.uint8))
    >>> descriptors.shape[1], bool(np.allclose(np.linalg.norm(descriptors, axis=1), 1))
    (128, True)
    """

    modality = "image"
    parameter_ranges = {
        "n_features": Integer(0),
        "contrast_threshold": Real(0),
        "edge_threshold": Real(0, above=True),
        "sigma": Real(0, above=True),
        "root": Boolean(),
        "max_side": Either(None, Integer(1)),
    }

    def __init__(
        self,
        *,
        n_features: int = 0,
        contrast_threshold: float = 0.04,
        edge_threshold: float = 10.0,
        sigma: float = 1.6,
        root: bool = True,
        max_side: int | None = 480,
    ) -> None:
        self.n_features = n_features
        self.contrast_threshold = contrast_threshold
        self.edge_threshold = edge_threshold
        self.sigma = sigma
        self.root = root
        self.max_side = max_side

    def describe_located(self, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, 128) of a decoded image and their keypoints (n, 2) as fractions (x, y); n may be 0."""
        image = shrink(item, self.max_side)
        keypoints, descriptors = self.detect(image)
        points = np.array([keypoint.pt for keypoint in keypoints]).reshape(-1, 2)
        return descriptors, as_fractions(points, image.shape)

    def detect(self, image: np.ndarray) -> tuple[Sequence[cv2.KeyPoint], np.ndarray]:
        """OpenCV's keypoints of a uint8 image and their descriptors, normalised as asked: float32 (n, 128)."""
        grey = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        detector = cv2.SIFT_create(
            nfeatures=self.n_features,
            contrastThreshold=self.contrast_threshold,
            edgeThreshold=self.edge_threshold,
            sigma=self.sigma,
            enable_precise_upscale=True,  # otherwise every keypoint is a quarter pixel off
        )
        keypoints, descriptors = detector.detectAndCompute(grey, None)
        if descriptors is None:
            return (), np.zeros((0, N_DIMENSIONS), np.float32)
        if self.n_features:
            keypoints, descriptors = keypoints[: self.n_features], descriptors[: self.n_features]
        if self.root:
            return keypoints, root_sift(descriptors)
        lengths = np.linalg.norm(descriptors, axis=1, keepdims=True)
        return keypoints, descriptors / np.where(lengths > 0, lengths, 1)
