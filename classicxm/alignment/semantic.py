"""Semantic matching, alone and upon correlated components (Rasiwasia et al. 2010): class posteriors of each view."""

import warnings
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.linalg import eigh
from scipy.special import expit, softmax
from sklearn.exceptions import ConvergenceWarning

from classicxm.alignment.cca import CCA
from classicxm.alignment.kernels import KERNELS, kernel_gradient, kernel_matrix, resolved_gamma
from classicxm.alignment.linear import per_view
from classicxm.alignment.soft_targets import soft_targets, soft_weights
from classicxm.alignment.whitening import rank_tolerance, spreads
from classicxm.base import Aligner, check_view, check_views
from classicxm.labels import class_indicators, one_class_each
from classicxm.parameters import Choice, Either, InstanceOf, Integer, Real, check_parameters

__all__ = [
    "SemanticCorrelationMatching",
    "SemanticMatching",
    "logistic_weights",
    "posteriors",
    "view_weights",
]

SCORES = ("dot", "cosine", "correlation", "cityblock", "euclidean", "kl", "js", "hellinger", "chi2")


def logistic_weights(
    X: np.ndarray, indicators: np.ndarray, C: float, max_iter: int = 1000
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Weights (d, c), intercepts (c,) and whether classes exclude each other, of a logistic regression.

    One class per row: one multinomial regression. Otherwise one regression per class, and posteriors that need not
    sum to 1. Classes without rows, or with all rows, get a constant posterior.
    """
    from sklearn.linear_model import LogisticRegression  # takes long to import, and only fitting needs it

    exclusive = one_class_each(indicators)
    d, c = X.shape[1], indicators.shape[1]
    weights, intercepts = np.zeros((d, c)), np.full(c, -np.inf)
    with warnings.catch_warnings():
        # Posteriors a hair before the optimum are the same posteriors.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Many classes of few items each are classes all the same.
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        if exclusive:
            present = np.flatnonzero(indicators.any(axis=0))
            model = LogisticRegression(C=C, max_iter=max_iter).fit(X, indicators.argmax(axis=1))
            two = len(present) == 2
            weights[:, present] = np.vstack([np.zeros(d), model.coef_[0]]).T if two else model.coef_.T
            intercepts[present] = [0.0, model.intercept_[0]] if two else model.intercept_
            return weights, intercepts, exclusive
        for column, y in enumerate(indicators.T > 0):
            if y.all() or not y.any():
                intercepts[column] = np.inf if y.all() else -np.inf
                continue
            model = LogisticRegression(C=C, max_iter=max_iter).fit(X, y)
            weights[:, column], intercepts[column] = model.coef_[0], model.intercept_[0]
    return weights, intercepts, exclusive


def view_weights(
    views: Mapping[str, np.ndarray],
    indicators: np.ndarray,
    strengths: Mapping[str, float],
    max_iter: int = 1000,
    softness: float = 0.0,
) -> dict[str, tuple[np.ndarray, np.ndarray, bool]]:
    """`logistic_weights` of every view by name; softness is the share of the targets that the surest view says."""
    if not softness:
        return {name: logistic_weights(X, indicators, strengths[name], max_iter) for name, X in views.items()}
    exclusive, targets = one_class_each(indicators), soft_targets(views.values(), indicators, softness)
    return {
        name: (*soft_weights(X, targets, strengths[name], exclusive, max_iter), exclusive)
        for name, X in views.items()
    }


def posteriors(X: np.ndarray, weights: np.ndarray, intercepts: np.ndarray, exclusive: bool) -> np.ndarray:
    """Class posteriors (n, c) of rows X (n, d).

    >>> posteriors(np.array([[0.0]]), np.array([[1.0, 2.0]]), np.zeros(2), True)
    array([[0.5, 0.5]])
    """
    activations = X @ weights + intercepts
    return softmax(activations, axis=1) if exclusive else expit(activations)


class SemanticMatching(Aligner):
    """Each view is classified by logistic regression; class posteriors are the common space.

    Parameters
    ----------
    C : float or dict of view to float, default=0.1
        Inverse strength of the penalty, on features of unit variance.
    kernel : None, {"linear", "rbf", "chi2", "intersection"} or dict of view to one of them, default=None
        None is linear in the z-scored features; otherwise kernel logistic regression on the features as they are.
    gamma : float, dict of view to float, or None, default=None
        Width of rbf and chi2; None takes 1 / (columns * variance), and 1 / (mean chi2 distance).
    score_metric : str, default="dot"
        The dot product is the probability of a common class. The paper compares L1 (``cityblock``), KL, NC
        (``cosine``) and CC (``correlation``, here length-normalised too).
    max_iter : int, default=1000
    softness : float, default=0
        Share of every row's label that gives way to what the surest view says of that row when it is left out: captions
        tell of more in a photo than its label (`classicxm.alignment.soft_targets`).

    Attributes
    ----------
    classes_ : array (n_classes,)
    coefficients_ : dict of str to array (d or n, n_classes)
    intercepts_ : dict of str to array (n_classes,)
    exclusive_ : bool
        Whether posteriors sum to 1, which they do when every row had one class.

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> SemanticMatching().fit(views, ["sea", "sea", "sky"]).transform_view("text", [[7.0]]).sum().round(6)
    np.float64(1.0)
    """

    parameter_ranges = {
        "C": Either(Real(0, above=True), InstanceOf(dict)),
        "kernel": Either(None, *KERNELS, InstanceOf(dict)),
        "gamma": Either(None, Real(0, above=True), InstanceOf(dict)),
        "score_metric": Choice(*SCORES),
        "max_iter": Integer(1),
        "softness": Real(0, 1),
    }

    def __init__(
        self,
        *,
        C: float = 0.1,
        kernel: str | None = None,
        gamma: float | None = None,
        score_metric: str = "dot",
        max_iter: int = 1000,
        softness: float = 0.0,
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.gamma = gamma
        self.score_metric = score_metric
        self.max_iter = max_iter
        self.softness = softness

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefficients_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        self.classes_, indicators = class_indicators(y, len(next(iter(views.values()))))
        self.coefficients_: dict[str, np.ndarray] = {}
        self.intercepts_: dict[str, np.ndarray] = {}
        self.means_: dict[str, np.ndarray] = {}
        self.spreads_: dict[str, np.ndarray] = {}
        self.rows_: dict[str, np.ndarray] = {}
        self.gammas_: dict[str, float | None] = {}
        self.kernels_: dict[str, str | None] = {name: per_view(self.kernel, name, "kernel") for name in views}
        features = {name: self._features(name, X) for name, X in views.items()}
        strengths = {name: per_view(self.C, name, "C") for name in views}
        rows = {name: F for name, (F, _) in features.items()}
        found = view_weights(rows, indicators, strengths, self.max_iter, self.softness)
        for name, (weights, intercepts, exclusive) in found.items():
            back = features[name][1]
            self.coefficients_[name] = weights if back is None else back @ weights
            self.intercepts_[name], self.exclusive_ = intercepts, exclusive
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self

    def _features(self, name: str, X: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Features to regress on, and the matrix (n, r) that turns kernel rows into them."""
        kernel = self.kernels_[name]
        if kernel is None:
            self.means_[name] = X.mean(axis=0)
            self.spreads_[name] = spreads(X.var(axis=0), self.means_[name])
            return (X - self.means_[name]) / self.spreads_[name], None
        self.rows_[name] = X.copy()
        self.gammas_[name] = resolved_gamma(kernel, per_view(self.gamma, name, "gamma"), X)
        # In the eigenvectors' basis a ridge on weights is the kernel's own norm: exact kernel logistic regression.
        values, vectors = eigh(kernel_matrix(kernel, X, X, self.gammas_[name]), check_finite=False)
        kept = values > rank_tolerance(len(X)) * values[-1]
        roots = np.sqrt(values[kept])
        return vectors[:, kept] * roots, vectors[:, kept] / roots

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Class posteriors of rows of one view: (n, d) -> (n, n_classes)."""
        X = check_view(self, modality, X)
        kernel = self.kernels_[modality]
        if kernel is None:
            X = (X - self.means_[modality]) / self.spreads_[modality]
        else:
            X = kernel_matrix(kernel, X, self.rows_[modality], self.gammas_[modality])
        return posteriors(X, self.coefficients_[modality], self.intercepts_[modality], self.exclusive_)

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """See `Aligner.gradient`."""
        p, weights = self.transform_view(modality, X), np.asarray(weights)
        if self.exclusive_:
            slopes = p * (weights - (p * weights).sum(axis=1, keepdims=True))
        else:
            slopes = p * (1 - p) * weights
        coefficients = slopes @ self.coefficients_[modality].T
        kernel = self.kernels_[modality]
        if kernel is None:
            return coefficients / self.spreads_[modality]
        X = check_view(self, modality, X)
        return kernel_gradient(kernel, X, self.rows_[modality], self.gammas_[modality], coefficients)


class SemanticCorrelationMatching(Aligner):
    """CCA first, then logistic regression on its components: posteriors in a space the views already share.

    Parameters
    ----------
    n_components : int, default=7
        Of the CCA.
    ridge : float, default=1e-3
        Of the CCA, on scaled features.
    C : float or dict of view to float, default=1
        Inverse strength of the penalty.
    score_metric : str, default="cosine"
    max_iter : int, default=1000

    Attributes
    ----------
    correlation_ : CCA
    semantic_ : SemanticMatching
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> model = SemanticCorrelationMatching(1).fit(views, ["sea", "sea", "sky"])
    >>> model.transform_view("text", [[7.0]]).shape
    (1, 2)
    """

    parameter_ranges = {
        "n_components": Integer(1),
        "ridge": Real(0),
        "C": Either(Real(0, above=True), InstanceOf(dict)),
        "score_metric": Choice(*SCORES),
        "max_iter": Integer(1),
    }

    def __init__(
        self,
        n_components: int = 7,
        *,
        ridge: float = 1e-3,
        C: float = 1.0,
        score_metric: str = "cosine",
        max_iter: int = 1000,
    ) -> None:
        self.n_components = n_components
        self.ridge = ridge
        self.C = C
        self.score_metric = score_metric
        self.max_iter = max_iter

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "semantic_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        self.correlation_ = CCA(self.n_components, ridge=self.ridge, power=0.0, scale=True).fit(views)
        self.semantic_ = SemanticMatching(C=self.C, max_iter=self.max_iter)
        self.semantic_.fit(self.correlation_.transform(views), y)
        self.classes_ = self.semantic_.classes_
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Class posteriors of rows of one view: (n, d) -> (n, n_classes)."""
        X = check_view(self, modality, X)
        return self.semantic_.transform_view(modality, self.correlation_.transform_view(modality, X))

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """See `Aligner.gradient`."""
        components = self.correlation_.transform_view(modality, X)
        inner = self.semantic_.gradient(modality, components, weights)
        return self.correlation_.gradient(modality, X, inner)
