"""Principal components of wide features, on one common scale (Hotelling 1933)."""

from typing import Any, Self

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from classicxm.alignment.linear import fixed_signs
from classicxm.parameters import Integer, check_parameters
from classicxm.sequences import real_array

__all__ = ["PrincipalComponents", "principal_directions"]


def principal_directions(centred: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """At most k orthonormal directions (d, r) of most variance and the variances (r,), of centred rows (n, d).

    They come from the smaller of the covariance and the matrix of inner products; directions without variance are
    left out.

    >>> principal_directions(np.array([[1.0, 0.0], [-1.0, 0.0]]), 2)[1]
    array([1.])
    """
    n, d = centred.shape
    small = (centred.T @ centred if d <= n else centred @ centred.T) / n
    k = min(k, len(small))
    values, vectors = eigh(small, subset_by_index=[len(small) - k, len(small) - 1], check_finite=False)
    # Smaller values are rounding of the largest, and the division below would blow their directions up.
    kept = values > 1e-10 * max(values[-1], np.finfo(float).tiny)
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    # An eigenvector u of XX' / n with value v gives the direction X'u / sqrt(n v) of unit length.
    directions = vectors if d <= n else centred.T @ (vectors / np.sqrt(n * values))
    return fixed_signs({"rows": directions})["rows"], values


class PrincipalComponents(TransformerMixin, BaseEstimator):
    """The leading components of a view, all divided by one number so that their mean variance is 1.

    Unlike whitening this keeps what is large large; unlike plain PCA it gives every view the same scale, so that
    one grid of penalties serves all.

    Parameters
    ----------
    n_components : int, default=128
        At most; a view of lower rank has fewer.

    Attributes
    ----------
    mean_ : array (d,)
    directions_ : array (d, r)
    explained_ : float
        Share of the variance that is kept.

    Examples
    --------
    >>> PrincipalComponents(1).fit_transform([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]).round(3)
    array([[-1.225],
           [ 0.   ],
           [ 1.225]])
    """

    parameter_ranges = {"n_components": Integer(1)}

    def __init__(self, n_components: int = 128) -> None:
        self.n_components = n_components

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from rows (n, d); ValueError where nothing varies."""
        check_parameters(self)
        X = real_array("rows", X).astype(np.float64)
        self.mean_ = X.mean(axis=0)
        centred = X - self.mean_
        total = np.einsum("ij,ij->", centred, centred) / len(X)
        directions, variances = principal_directions(centred, self.n_components)
        if not len(variances) or not total > 0:
            raise ValueError("all rows are equal, so there is no principal component; check the features")
        self.directions_ = directions / np.sqrt(variances.mean())
        self.explained_ = float(variances.sum() / total)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Rows (n, d) -> (n, r)."""
        check_is_fitted(self)
        return (real_array("rows", X).astype(np.float64) - self.mean_) @ self.directions_
