"""What all hashes share: a bit is the sign of a real-valued projection, written as +1 or -1."""

from abc import abstractmethod
from typing import Any

import numpy as np

from classicxm.base import Aligner, check_view

__all__ = ["HashAligner", "LinearHash", "signs"]


def signs(projected: np.ndarray) -> np.ndarray:
    """Bits of projections: +1 where positive and -1 elsewhere, float32 of the same shape.

    >>> signs(np.array([[0.5, 0.0, -2.0]]))
    array([[ 1., -1., -1.]], dtype=float32)
    """
    return np.where(projected > 0, np.float32(1), np.float32(-1))


class HashAligner(Aligner):
    """An alignment whose common space is bits: ``transform_view`` gives +1 and -1, float32 (n, n_bits).

    The dot product of two codes is the number of bits minus twice their Hamming distance, and exact, so any search
    or measure by ``score_metric`` ranks by Hamming distance, and ties are true ties. `search.HammingIndex` packs the
    same codes into a bit each.

    A subclass writes ``fit`` and ``project_view``. Where training items get codes of their own, by a look at their
    other modalities or their labels, ``codes_`` holds them for each view as it is to be searched.
    """

    score_metric = "dot"

    @abstractmethod
    def project_view(self, modality: str, X: Any) -> np.ndarray:
        """What the bits of one view are signs of: (n, d) -> float64 (n, n_bits)."""

    def transform_view(self, modality: str, X: Any) -> np.ndarray:
        """Bits of rows of one view alone: (n, d) -> float32 (n, n_bits) of +1 and -1."""
        return signs(self.project_view(modality, X))


class LinearHash(HashAligner):
    """Bits are the sides of hyperplanes: the signs of (X - means_) @ weights_ - thresholds_.

    A subclass's ``fit`` sets ``weights_`` and ``means_`` (dicts of (d, n_bits) and (d,)), ``n_features_in_`` and,
    where planes do not pass through the mean, ``thresholds_`` (dict of (n_bits,)).
    """

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "weights_")

    def project_view(self, modality: str, X: Any) -> np.ndarray:
        """Signed distances to the hyperplanes, up to their scale: (n, d) -> (n, n_bits)."""
        X = check_view(self, modality, X)
        projected = (X - self.means_[modality]) @ self.weights_[modality]
        if hasattr(self, "thresholds_"):
            projected -= self.thresholds_[modality]
        return projected
