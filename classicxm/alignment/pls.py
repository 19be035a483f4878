"""Partial least squares: directions of greatest covariance (Wegelin 2000), by one decomposition or by deflation."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn import cross_decomposition
from sklearn.exceptions import ConvergenceWarning

from classicxm.alignment.cca import correlated_directions
from classicxm.alignment.linear import (
    LinearAligner,
    MomentAligner,
    check_components,
    fixed_signs,
)
from classicxm.alignment.moments import Moments
from classicxm.alignment.whitening import spreads
from classicxm.base import check_views
from classicxm.parameters import Boolean, Either, Integer, Real, check_parameters

__all__ = ["PLSSVD", "PLSCanonical", "PLSRegression"]


class PLSSVD(MomentAligner):
    """Singular vectors of the cross-covariance; for more views, eigenvectors of all cross-covariances together.

    Parameters
    ----------
    n_components : int or None, default=10
        At most the number of features of the narrowest view, which None takes.
    scale : bool, default=True
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
        Orthonormal columns (of the scaled features) for two views.
    means_ : dict of str to array (d,)
    covariances_ : (n_components,)
        Covariance of each pair of components, descending; mean over pairs for more views.

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> PLSSVD(1).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    parameter_ranges = {"n_components": Either(None, Integer(1)), "scale": Boolean()}

    def __init__(self, n_components: int | None = 10, *, scale: bool = True) -> None:
        self.n_components = n_components
        self.scale = scale

    def _solve(self, moments: Moments) -> None:
        names = list(moments.widths)
        means = {name: moments.mean(name) for name in names}
        divisors = {
            name: spreads(np.diag(moments.covariance(name)), means[name], self.scale) for name in names
        }
        k = check_components(self.n_components, moments.widths, "features of the {name!r} view")
        cross = {
            (a, b): moments.covariance(a, b) / np.outer(divisors[a], divisors[b])
            for i, a in enumerate(names)
            for b in names[i + 1 :]
        }
        directions, self.covariances_ = correlated_directions(cross, k)
        weights = {name: directions[name] / divisors[name][:, None] for name in names}
        self.weights_, self.means_ = fixed_signs(weights), means


class _DeflatedPLS(LinearAligner):
    """scikit-learn's iterative partial least squares, each view projecting alone."""

    parameter_ranges = {
        "n_components": Integer(1),
        "scale": Boolean(),
        "max_iter": Integer(1),
        "tol": Real(0),
    }
    _model: Callable[..., Any]

    def __init__(
        self, n_components: int = 10, *, scale: bool = True, max_iter: int = 500, tol: float = 1e-6
    ) -> None:
        self.n_components = n_components
        self.scale = scale
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from two paired views (dict of (n, d) arrays)."""
        check_parameters(self)
        views = check_views(views)
        if len(views) != 2:
            raise ValueError(f"{type(self).__name__} takes two views, got {len(views)}; PLSSVD takes more")
        n = len(next(iter(views.values())))
        check_components(self.n_components, self._bounds(views, n), "{name}")
        means = {name: X.mean(axis=0) for name, X in views.items()}
        divisors = {
            name: spreads(X.var(axis=0, ddof=min(1, n - 1)), means[name], self.scale)
            for name, X in views.items()
        }
        first, second = ((X - means[name]) / divisors[name] for name, X in views.items())
        with warnings.catch_warnings():
            # Where only rounding is left to be explained, the last components do not converge; they are nil.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", UserWarning)
            model = self._model(
                n_components=self.n_components, scale=False, max_iter=self.max_iter, tol=self.tol
            )
            model.fit(first, second)
        rotations = dict(zip(views, (model.x_rotations_, model.y_rotations_), strict=True))
        self.weights_ = fixed_signs({name: R / divisors[name][:, None] for name, R in rotations.items()})
        self.means_, self.n_features_in_ = means, {name: X.shape[1] for name, X in views.items()}
        return self

    def _bounds(self, views: Mapping[str, np.ndarray], n: int) -> dict[str, int]:
        return {"number of rows": n} | {f"features of {name}": X.shape[1] for name, X in views.items()}


class PLSCanonical(_DeflatedPLS):
    """Partial least squares with symmetric deflation (mode A; Wold 1975), by scikit-learn.

    Parameters
    ----------
    n_components : int, default=10
        At most the number of rows and of features of the narrower view.
    scale : bool, default=True
        Divide every feature by its standard deviation first.
    max_iter : int, default=500
        Power iterations per component, at most.
    tol : float, default=1e-6
        Squared change of the weights at which they stop.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> PLSCanonical(1).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    _model = cross_decomposition.PLSCanonical


class PLSRegression(_DeflatedPLS):
    """Partial least squares that regresses the second view on the first (PLS2), by scikit-learn.

    Parameters
    ----------
    n_components : int, default=10
        At most the number of rows and of features of the first view.
    scale : bool, default=True
        Divide every feature by its standard deviation first.
    max_iter : int, default=500
        Power iterations per component, at most.
    tol : float, default=1e-6
        Squared change of the weights at which they stop.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> PLSRegression(2).fit(views).transform_view("text", [[5.0]]).shape
    (1, 2)
    """

    _model = cross_decomposition.PLSRegression

    def _bounds(self, views: Mapping[str, np.ndarray], n: int) -> dict[str, int]:
        name = next(iter(views))
        return {"number of rows": n, f"features of {name}": views[name].shape[1]}
