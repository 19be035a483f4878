"""Local descriptors of an image and of its mirror image: things look to the left as often as to the right."""

import numpy as np

from classicxm.base import LocalExtractor
from classicxm.parameters import InstanceOf

__all__ = ["Mirrored"]


class Mirrored(LocalExtractor):
    """Describes an image as it is and seen in a mirror, so that an encoding no longer distinguishes left from right.

    With few training images this stands for the mirrored copies that Chatfield et al. (BMVC 2014) add to them. It
    takes twice the time and the memory of one image's descriptors.

    Parameters
    ----------
    local : LocalExtractor
        Of images, such as `DenseSIFT`.

    Notes
    -----
    Positions are those of the image as it is, for both halves of the descriptors.

    Examples
    --------
    >>> from classicxm.image import DenseColor
    >>> image = np.zeros((40, 60, 3), np.uint8)
    >>> image[:, :30] = 255
    >>> descriptors, positions = Mirrored(DenseColor(bin_sizes=(4,))).describe_located(image)
    >>> len(descriptors), len(DenseColor(bin_sizes=(4,)).describe(image))
    (168, 84)
    """

    modality = "image"
    parameter_ranges = {"local": InstanceOf(LocalExtractor)}

    def __init__(self, local: LocalExtractor) -> None:
        self.local = local

    def reach(self, item: np.ndarray) -> float | np.ndarray:
        """As far as the descriptors of ``local`` reach."""
        return self.local.reach(item)

    def describe_located(self, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (2n, d) of a decoded image, those of its mirror image last, and their positions (2n, 2)."""
        descriptors, positions = self.local.describe_located(item)
        mirrored, seen_at = self.local.describe_located(np.ascontiguousarray(item[:, ::-1]))
        seen_at = np.column_stack([1 - seen_at[:, 0], seen_at[:, 1]])
        return np.concatenate([descriptors, mirrored]), np.concatenate([positions, seen_at])
