"""Generalised correlation of many views (Kettenring 1971): the sum of correlations, and a shared latent variable."""

from collections.abc import Mapping

import numpy as np
from scipy.linalg import eigh

from classicxm.alignment.blas import product
from classicxm.alignment.cca import correlated_directions
from classicxm.alignment.linear import MomentAligner, check_components, fixed_signs
from classicxm.alignment.moments import Moments
from classicxm.alignment.whitening import cross_blocks, whiten_views
from classicxm.parameters import Boolean, Either, Integer, Real

__all__ = ["GCCA", "MCCA"]


class _ManyViews(MomentAligner):
    parameter_ranges = {
        "n_components": Either(None, Integer(1)),
        "ridge": Real(0),
        "scale": Boolean(),
    }

    def __init__(self, n_components: int | None = 10, *, ridge: float = 1e-3, scale: bool = False) -> None:
        self.n_components = n_components
        self.ridge = ridge
        self.scale = scale

    def _solve(self, moments: Moments) -> None:
        bases, self.rank_ = whiten_views(moments, self.ridge, self.scale)
        k = check_components(self.n_components, self.rank_)
        directions = self._directions(moments, bases, k)
        self.weights_ = fixed_signs({name: product(bases[name], directions[name]) for name in bases})
        self.means_ = {name: moments.mean(name) for name in bases}


class MCCA(_ManyViews):
    """SUMCOR: the sum of all pairs' covariances, the views' variances summing to their number.

    Solves the block generalised eigenproblem (all covariances against within-view covariances). With two views
    these are the canonical correlations, and components are not weighted by them.

    Parameters
    ----------
    n_components : int or None, default=10
        At most the rank of the narrowest view, which None takes.
    ridge : float, default=1e-3
        Added to each covariance as a fraction of its mean diagonal.
    scale : bool, default=False
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    correlations_ : (n_components,)
        Generalised correlations: 1 for components that all views share.
    rank_ : dict of str to int

    Examples
    --------
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [0.0, 3.0]])
    >>> MCCA(1, ridge=0).fit({"image": X, "text": 2 * X, "audio": X[:, ::-1]}).correlations_.round(6)
    array([1.])
    """

    def _directions(self, moments: Moments, bases: Mapping[str, np.ndarray], k: int) -> dict[str, np.ndarray]:
        directions, self.correlations_ = correlated_directions(cross_blocks(moments, bases), k)
        return directions


class GCCA(_ManyViews):
    """MAXVAR: the latent variables that all views predict best together, and each view's prediction of them.

    Eigenvectors g of the sum over views of X (X'X + ridge)^-1 X', found through second moments; the weights of a
    view are its ridge regression on g (Carroll 1968), so a view has small weights for a
    component that it predicts poorly.

    Parameters
    ----------
    n_components : int or None, default=10
        At most the rank of the narrowest view, which None takes.
    ridge : float, default=1e-3
        Added to each covariance as a fraction of its mean diagonal.
    scale : bool, default=False
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
        Predict latent variables of unit variance.
    means_ : dict of str to array (d,)
    eigenvalues_ : (n_components,)
        From 0 to the number of views, which means a component that every view predicts without error.
    rank_ : dict of str to int

    Examples
    --------
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [0.0, 3.0]])
    >>> GCCA(1, ridge=0).fit({"image": X, "text": 2 * X, "audio": X[:, ::-1]}).eigenvalues_.round(6)
    array([3.])
    """

    def _directions(self, moments: Moments, bases: Mapping[str, np.ndarray], k: int) -> dict[str, np.ndarray]:
        names = list(bases)
        edges = np.cumsum([0, *(bases[name].shape[1] for name in names)])
        columns = {name: slice(edges[i], edges[i + 1]) for i, name in enumerate(names)}
        # With whitened rows Z_v, the sum over views of X (X'X + ridge)^-1 X' is ZZ' of all Z_v side by side.
        # It is n x n, but shares its non-zero eigenvalues with Z'Z, which is as small as the ranks together.
        # The diagonal blocks are below the identity by what the ridge added.
        joint = np.zeros((edges[-1],) * 2)
        for name in names:
            within = product(bases[name].T, product(moments.covariance(name), bases[name]))
            joint[columns[name], columns[name]] = within
        for (a, b), K in cross_blocks(moments, bases).items():
            joint[columns[a], columns[b]] = K
            joint[columns[b], columns[a]] = K.T
        last = edges[-1] - 1
        values, vectors = eigh(joint, subset_by_index=[last - k + 1, last], check_finite=False)
        self.eigenvalues_ = np.maximum(values[::-1], 0.0)
        # An eigenvector h of Z'Z with value v gives g = Zh / sqrt(v) of unit variance, and the regression of
        # g on a view is Z_v'g = h_v sqrt(v).
        scaled = vectors[:, ::-1] * np.sqrt(self.eigenvalues_)
        return {name: scaled[part] for name, part in columns.items()}
