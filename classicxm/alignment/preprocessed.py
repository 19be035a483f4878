"""An aligner with scikit-learn transformers before it, one per view."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from classicxm.alignment.kernels import mapped
from classicxm.alignment.linear_pullback import pulled_back
from classicxm.alignment.two_stage_fit import finish, has_two_stages, prepare
from classicxm.base import Aligner, check_view, check_views
from classicxm.parameters import InstanceOf, check_parameters

__all__ = ["Preprocessed"]


class Preprocessed(Aligner):
    """Each view passes its own transformer (or pipeline), fitted on the training rows, before it is aligned.

    Parameters
    ----------
    aligner : Aligner
    preprocessing : transformer, or dict of view to transformer
        One transformer serves every view (each with a copy of its own); a dict leaves out views to be left alone.

    Attributes
    ----------
    aligner_ : Aligner
    preprocessing_ : dict of str to transformer

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from classicxm.alignment import CCA
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> Preprocessed(CCA(1), StandardScaler()).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    parameter_ranges = {"aligner": InstanceOf(Aligner)}

    def __init__(self, aligner: Aligner, preprocessing: Mapping[str, Any]) -> None:
        self.aligner = aligner
        self.preprocessing = preprocessing

    @property
    def score_metric(self) -> str:  # type: ignore[override] # that of the aligner within
        return self.aligner.score_metric

    @property
    def late_parameters(self) -> tuple[str, ...]:
        """Late parameters of the aligner within; all of one that has no two stages, for its rows are ready then."""
        if has_two_stages(self.aligner):
            late = getattr(self.aligner, "late_parameters", ())
        else:
            late = tuple(self.aligner.get_params())
        return tuple(f"aligner__{name}" for name in late)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "aligner_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Fit copies of the transformers, then of the aligner."""
        check_parameters(self)
        return self.finish_fit(self.prepare_fit(views, y))

    def prepare_fit(
        self, views: Mapping[str, Any], y: Any = None
    ) -> tuple[dict[str, Any], dict[str, int], Any]:
        """Fitted transformers, and what the aligner shares of the rows they give."""
        views = check_views(views, min_views=1)
        chosen = self.preprocessing
        if not isinstance(chosen, dict):
            chosen = dict.fromkeys(views, chosen)
        unknown = set(chosen) - set(views)
        if unknown:
            raise ValueError(f"preprocessing names {sorted(unknown)}, but the views are {sorted(views)}")
        for name, transformer in chosen.items():
            if not hasattr(transformer, "transform"):
                raise TypeError(f"preprocessing of {name!r} must have fit and transform, got {transformer!r}")
        fitted = {name: clone(transformer).fit(views[name], y) for name, transformer in chosen.items()}
        passed = {name: fitted[name].transform(X) if name in fitted else X for name, X in views.items()}
        widths = {name: X.shape[1] for name, X in views.items()}
        return fitted, widths, prepare(self.aligner, passed, y)

    def finish_fit(self, prepared: Any) -> Self:
        """Fit a copy of the aligner."""
        self.preprocessing_, self.n_features_in_, passed = prepared
        self.aligner_ = finish(clone(self.aligner), passed)
        return self

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Prepare and project rows of one view: (n, d) -> (n, n_components)."""
        X = check_view(self, modality, X)
        if modality in self.preprocessing_:
            X = mapped(self.preprocessing_[modality], X)
        return self.aligner_.transform_view(modality, X)

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Of the aligner, through the transformer, where both are linear."""
        offset, matrix = self.aligner_.linear_map(modality)
        if modality not in self.preprocessing_:
            return offset, matrix
        constant, matrix = pulled_back(self.preprocessing_[modality], matrix)
        return offset + constant, matrix

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """Of the aligner, through the transformer where that is linear."""
        X = check_view(self, modality, X)
        if modality not in self.preprocessing_:
            return self.aligner_.gradient(modality, X, weights)
        passed = mapped(self.preprocessing_[modality], X)
        inner = self.aligner_.gradient(modality, passed, weights)
        return pulled_back(self.preprocessing_[modality], inner.T)[1].T
