"""An aligner with scikit-learn transformers before it, one per view."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from classicxm.alignment.kernels import mapped
from classicxm.alignment.linear_pullback import pulled_back
from classicxm.alignment.moments import Moments
from classicxm.alignment.two_stage_fit import finish, has_two_stages, prepare
from classicxm.alignment.whitening import spreads
from classicxm.base import Aligner, check_view, check_views
from classicxm.labels import LABEL_VIEW
from classicxm.late_kinds import is_of_kind
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
        chosen = self._by_view(views)
        fitted = {name: clone(transformer).fit(views[name], y) for name, transformer in chosen.items()}
        passed = {name: fitted[name].transform(X) if name in fitted else X for name, X in views.items()}
        widths = {name: X.shape[1] for name, X in views.items()}
        return fitted, widths, prepare(self.aligner, passed, y)

    def finish_fit(self, prepared: Any) -> Self:
        """Fit a copy of the aligner."""
        self.preprocessing_, self.n_features_in_, passed = prepared
        self.aligner_ = finish(clone(self.aligner), passed)
        return self

    def fit_moments(self, moments: Moments, classes: Any = None) -> Self:
        """Learn from `Moments` what `fit` does from rows: scalers' means and deviations, then the aligner.

        Parameters
        ----------
        moments : Moments
        classes : sequence, optional
            For an aligner that learns from moments of class indicators.

        Raises
        ------
        TypeError
            For a transformer other than scikit-learn's StandardScaler.
        """
        check_parameters(self)
        chosen = self._by_view([name for name in moments.widths if name != LABEL_VIEW])
        self.preprocessing_ = {name: _scaler(one, moments, name) for name, one in chosen.items()}
        passed = moments.standardised({name: _columns(one) for name, one in self.preprocessing_.items()})
        aligner: Any = clone(self.aligner)
        self.aligner_ = (
            aligner.fit_moments(passed) if classes is None else aligner.fit_moments(passed, classes)
        )
        self.n_features_in_ = {name: moments.widths[name] for name in self.aligner_.n_features_in_}
        return self

    def _by_view(self, views: Iterable[str]) -> dict[str, Any]:
        """The unfitted transformer of each view that has one."""
        chosen = self.preprocessing
        if not isinstance(chosen, dict):
            chosen = dict.fromkeys(views, chosen)
        unknown = set(chosen) - set(views)
        if unknown:
            raise ValueError(f"preprocessing names {sorted(unknown)}, but the views are {sorted(views)}")
        for name, transformer in chosen.items():
            if not hasattr(transformer, "transform"):
                raise TypeError(f"preprocessing of {name!r} must have fit and transform, got {transformer!r}")
        return chosen

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


def _scaler(transformer: Any, moments: Moments, name: str) -> Any:
    """A fitted copy of a StandardScaler, of a view's moments."""
    if not is_of_kind(transformer, "sklearn.preprocessing", "StandardScaler"):
        raise TypeError(
            f"preprocessing of {name!r} must be a StandardScaler to be learned from moments, got {transformer!r}"
        )
    scaler, n = clone(transformer), moments.n_rows(name)
    scaler.n_samples_seen_, scaler.n_features_in_ = n, moments.widths[name]
    scaler.mean_ = moments.mean(name) if scaler.with_mean or scaler.with_std else None
    scaler.var_ = scaler.scale_ = None
    if scaler.with_std:
        scaler.var_ = np.diag(moments.products(name, centred=True)) / n
        scaler.scale_ = spreads(scaler.var_, scaler.mean_)
    return scaler


def _columns(scaler: Any) -> tuple[Any, Any]:
    """What a StandardScaler takes from columns, and what it divides them by."""
    return scaler.mean_ if scaler.with_mean else 0.0, scaler.scale_ if scaler.with_std else 1.0
