"""Local descriptors of an image with their places among them: what is seen, and how high and how central."""

import numpy as np

from classicxm.base import LocalExtractor
from classicxm.parameters import InstanceOf, Real

__all__ = ["Located"]


class Located(LocalExtractor):
    """Appends to every descriptor how far it is from the vertical middle of the image, and how low.

    A Gaussian mixture of such descriptors models what lies where, as a spatial pyramid does, with two more numbers a
    descriptor instead of one Fisher vector a cell: Sanchez, Perronnin and de Campos, Modeling the spatial layout of
    images beyond spatial pyramids (Pattern Recognition Letters 2012), which appends x and y. Here x counts from the
    middle to either side, as things look to the left as often as to the right.

    Parameters
    ----------
    local : LocalExtractor
        Of images, such as `DenseSIFT`.
    weight : float, default=0.35
        Length of an image's height, in the units of the descriptors: at 0.35 places vary about as much as the
        dimensions of `DenseSIFT`'s descriptors of length 1 do. Principal directions keep what varies.

    Examples
    --------
    >>> from classicxm.image import DenseColor
    >>> image = np.zeros((40, 60, 3), np.uint8)
    >>> image[:, :30] = 255
    >>> descriptors, positions = Located(DenseColor(bin_sizes=(4,)), weight=1.0).describe_located(image)
    >>> descriptors.shape, positions[0].round(2), descriptors[0, -2:].round(2)
    ((84, 98), array([0.11, 0.16], dtype=float32), array([ 0.28, -0.34], dtype=float32))
    """

    modality = "image"
    parameter_ranges = {"local": InstanceOf(LocalExtractor), "weight": Real(0)}

    def __init__(self, local: LocalExtractor, weight: float = 0.35) -> None:
        self.local = local
        self.weight = weight

    def reach(self, item: np.ndarray) -> float | np.ndarray:
        """As far as the descriptors of ``local`` reach."""
        return self.local.reach(item)

    def describe_located(self, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, d + 2) of a decoded image, two of them places in -weight / 2 to weight / 2, and positions."""
        descriptors, positions = self.local.describe_located(item)
        places = np.column_stack([abs(2 * positions[:, 0] - 1) - 0.5, positions[:, 1] - 0.5])
        return np.hstack([descriptors, np.float32(self.weight) * places.astype(np.float32)]), positions
