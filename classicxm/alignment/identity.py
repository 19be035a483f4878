"""No alignment: views that share a space already, such as image and text embeddings of CLIP, as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from classicxm.base import Aligner, check_view

__all__ = ["Identity"]


class Identity(Aligner):
    """Leaves every view as it is; pairs are scored by the raw cosine of their features.

    The zero-shot baseline for views that were brought into one space by somebody else. One view alone serves too:
    items of one modality are then found by their own features.

    Raises
    ------
    ValueError
        From `fit`, for views of different widths, which share no space.

    Examples
    --------
    >>> views = {"image": [[1.0, 0.0], [0.0, 1.0]], "text": [[2.0, 0.1], [0.1, 3.0]]}
    >>> Identity().fit(views).transform_view("text", [[2.0, 0.1]])
    array([[2. , 0.1]])
    """

    def __init__(self) -> None:
        pass

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Identity:
        """Check that the views have as many features as one another; nothing is learned."""
        views = self.begin_fit(views, min_views=1)
        if len(set(self.n_features_in_.values())) > 1:
            widths = ", ".join(f"{name} {width}" for name, width in self.n_features_in_.items())
            raise ValueError(
                f"without alignment views must share a space, but they have {widths} features; learn one, such as CCA"
            )
        return self

    def transform_view(self, modality: str, X: Any) -> np.ndarray:
        """The rows of one view, as they are: (n, d) -> (n, d)."""
        return check_view(self, modality, X)

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """No offset, and the identity matrix."""
        width = check_view(self, modality, np.zeros((1, self.n_features_in_.get(modality, 0)))).shape[1]
        return np.zeros(width), np.eye(width)
