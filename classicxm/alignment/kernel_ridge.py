"""Kernel ridge regression of every view on class indicators (Saunders, Gammerman & Vovk 1998), in closed form."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.linalg import solve
from sklearn.utils.validation import check_is_fitted

from classicxm.alignment.kernels import KERNELS, kernel_gradient, kernel_matrix, resolved_gamma
from classicxm.alignment.linear import per_view
from classicxm.alignment.moments import Moments
from classicxm.base import Aligner, check_view, check_views
from classicxm.labels import LABEL_VIEW, class_indicators
from classicxm.parameters import Boolean, Choice, Either, InstanceOf, Real, check_parameters

__all__ = ["KernelRidgeMatching", "kernel_ridge_weights"]


def kernel_ridge_weights(K: np.ndarray, targets: np.ndarray, ridge: float) -> np.ndarray:
    """Dual weights (K + ridge I)^-1 targets: (n, c).

    >>> kernel_ridge_weights(np.eye(2), np.array([[3.0], [1.0]]), 2.0)
    array([[1.        ],
           [0.33333333]])
    """
    steadied = K.copy()
    # K is positive semidefinite, so any ridge above 0 makes it definite and one Cholesky factor serves all classes.
    steadied[np.diag_indices(len(K))] += ridge
    return solve(steadied, targets, assume_a="pos", overwrite_a=True, check_finite=False)


class KernelRidgeMatching(Aligner):
    """Each view is regressed on one-hot labels; its estimates of the class posteriors are the common space.

    The dot product of two estimates is that of the probability that both items share a class.

    Parameters
    ----------
    kernel : {"linear", "rbf", "chi2", "intersection"} or dict of view to one of them, default="chi2"
    gamma : float, dict of view to float, or None, default=None
        Width of rbf and chi2; None takes 1 / (columns * variance), and 1 / (mean chi2 distance).
    ridge : float or dict of view to float, default=1
        Added to the kernel's diagonal.
    centre : bool, default=False
        Regress on deviations from the class frequencies, and project to deviations: classes' priors then count
        for nothing, which suits cosine.
    score_metric : str, default="dot"

    Attributes
    ----------
    dual_weights_ : dict of str to array (n, n_classes)
    rows_ : dict of str to array (n, d)
        After `fit_moments` the d unit vectors.
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> model = KernelRidgeMatching(ridge=0.1).fit(views, ["sea", "sea", "sky"])
    >>> model.transform_view("text", [[7.0]]).argmax()
    np.int64(1)
    """

    parameter_ranges = {
        "kernel": Either(*KERNELS, InstanceOf(dict)),
        "gamma": Either(None, Real(0, above=True), InstanceOf(dict)),
        "ridge": Either(Real(0, above=True), InstanceOf(dict)),
        "centre": Boolean(),
        "score_metric": Choice("dot", "cosine", "correlation", "euclidean", "cityblock"),
    }

    def __init__(
        self,
        *,
        kernel: str = "chi2",
        gamma: float | None = None,
        ridge: float = 1.0,
        centre: bool = False,
        score_metric: str = "dot",
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.ridge = ridge
        self.centre = centre
        self.score_metric = score_metric

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "dual_weights_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        self.classes_, targets = class_indicators(y, len(next(iter(views.values()))))
        targets = targets - targets.mean(axis=0) * self.centre
        self.kernels_ = {name: per_view(self.kernel, name, "kernel") for name in views}
        self.gammas_ = {
            name: resolved_gamma(self.kernels_[name], per_view(self.gamma, name, "gamma"), X)
            for name, X in views.items()
        }
        self.rows_ = {name: X.copy() for name, X in views.items()}
        self.dual_weights_ = {}
        for name, X in views.items():
            K = kernel_matrix(self.kernels_[name], X, X, self.gammas_[name])
            self.dual_weights_[name] = kernel_ridge_weights(K, targets, per_view(self.ridge, name, "ridge"))
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self

    def fit_moments(self, moments: Moments, classes: Any = None) -> Self:
        """Learn by the linear kernel from `Moments` of the views and of the classes' indicators, the view "(labels)".

        Unit vectors stand for the rows: their dual weights are the primal ones, (X'X + ridge I)^-1 X'T, so that
        memory grows with features and not with rows.

        Parameters
        ----------
        moments : Moments
            Views that all rows have, and `classicxm.labels.LABEL_VIEW`.
        classes : sequence, optional
            What the columns of indicators stand for, by default their numbers.

        Examples
        --------
        >>> X, y = np.array([[0.0], [1.0], [5.0]]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> model = KernelRidgeMatching(kernel="linear").fit_moments(Moments().add({"image": X, "(labels)": y}))
        >>> model.transform_view("image", [[5.4]])
        array([[0.2, 1. ]])
        """
        check_parameters(self)
        if LABEL_VIEW not in moments.widths:
            raise ValueError(
                f"this alignment learns from labels; give moments of the classes' indicators as the view {LABEL_VIEW!r}"
            )
        self.classes_ = np.arange(moments.widths[LABEL_VIEW]) if classes is None else np.asarray(classes)
        views = [name for name in moments.widths if name != LABEL_VIEW]
        self.kernels_ = {name: per_view(self.kernel, name, "kernel") for name in views}
        if others := sorted(set(self.kernels_.values()) - {"linear"}):
            raise ValueError(
                f"kernel must be 'linear' to be learned from moments, got {others[0]!r}; fit it on rows"
            )
        self.gammas_ = dict.fromkeys(views)
        self.rows_ = {name: np.eye(moments.widths[name]) for name in views}
        self.dual_weights_ = {}
        for name in views:
            targets = moments.products(name, LABEL_VIEW, centred=self.centre)
            ridge = per_view(self.ridge, name, "ridge")
            self.dual_weights_[name] = kernel_ridge_weights(moments.products(name), targets, ridge)
        self.n_features_in_ = {name: moments.widths[name] for name in views}
        return self

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Estimated posteriors of rows of one view: (n, d) -> (n, n_classes)."""
        X = check_view(self, modality, X)
        K = kernel_matrix(self.kernels_[modality], X, self.rows_[modality], self.gammas_[modality])
        return K @ self.dual_weights_[modality]

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Of a linear kernel: no offset, and matrix (d, n_classes)."""
        check_is_fitted(self)
        if self.kernels_[modality] != "linear":
            return super().linear_map(modality)
        weights = self.dual_weights_[modality]
        return np.zeros(weights.shape[1]), self.rows_[modality].T @ weights

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """See `Aligner.gradient`."""
        X = check_view(self, modality, X)
        coefficients = np.asarray(weights) @ self.dual_weights_[modality].T
        kernel, gamma = self.kernels_[modality], self.gammas_[modality]
        return kernel_gradient(kernel, X, self.rows_[modality], gamma, coefficients)
