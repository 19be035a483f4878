"""Ridged canonical correlations of two views, of which one has more features than rows, by Cholesky factors.

With rows X (n, d) of a centred view, G = XX' and C = X'X / (n - 1), a ridge a makes of any target s the smoothed
H s, where H = X (C + aI)^-1 X' / (n - 1). By the push-through identity H = I - a R^-1 with R = G / (n - 1) + aI, so a
Cholesky factor of the n x n matrix R does what all eigenvectors of G would do at ten times the cost.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_solve, eigh, solve_triangular

from classicxm.alignment.blas import gram, product
from classicxm.alignment.whitening import factor, gram_spectrum, short_factor, short_rank, whitener

__all__ = ["RidgedPair", "RowProducts", "ridged_pair"]

#: Squared correlations below this share of the largest would lose digits to the root that is taken of them.
SMALLEST = 1e-6


class RowProducts:
    """What alignments of one centred view X (n, d) under any ridge have in common, computed where it is asked for."""

    def __init__(self, X: np.ndarray) -> None:
        self.X = X

    @cached_property
    def gram(self) -> np.ndarray:
        """XX', (n, n)."""
        return gram(self.X.T)

    @cached_property
    def covariance(self) -> np.ndarray:
        """X'X / (n - 1), (d, d)."""
        return gram(self.X) / (len(self.X) - 1)

    @cached_property
    def short(self) -> np.ndarray:
        """Rows (n, r) of as many columns as their rank, with the inner products of X."""
        return short_factor(self.gram)

    @cached_property
    def rank(self) -> int:
        """Of XX'."""
        return short_rank(self.gram)

    @cached_property
    def spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (r,), descending, and eigenvectors (n, r) of XX'."""
        return gram_spectrum(self.gram)

    def smoother(self, ridge: float) -> tuple[np.ndarray, float] | None:
        """The Cholesky factor of R with a ridge, and what the ridge amounts to, or None."""
        n, d = self.X.shape
        amount = ridge * self.gram.trace() / (max(1, n - 1) * d)
        R = self.gram / max(1, n - 1)
        R[np.diag_indices(n)] += amount
        upper = factor(R)
        return None if upper is None else (upper, amount)


class RidgedPair(NamedTuple):
    """What two views are to their alignment, whatever the number of components.

    Attributes
    ----------
    wide, narrow : str
        The views by their numbers of features.
    ranks : dict of str to int
    smooth, narrow_smooth : tuple (U, a)
        The factor of R = U'U and the ridge of a view that is solved in rows; None for a narrow view that has no
        more features than rows.
    Z : (n, r)
        Rows of the narrow view in a basis W in which its ridged covariance is the identity.
    W : (d, r)
        That basis; weights of a narrow view that is solved in features are in it.
    explained : (r, r)
        Z'HZ / (n - 1), whose eigenvalues are the squared correlations.
    """

    wide: str
    narrow: str
    ranks: dict[str, int]
    smooth: tuple[np.ndarray, float]
    narrow_smooth: tuple[np.ndarray, float] | None
    Z: np.ndarray
    W: np.ndarray
    explained: np.ndarray

    def weights(
        self, centred: Mapping[str, np.ndarray], n_components: int
    ) -> tuple[dict[str, np.ndarray], np.ndarray] | None:
        """Weights (d, n_components) per view and the canonical correlations, descending.

        None where a correlation is so small that its square would lose its digits.

        A wide view's weights follow from the other's scores s: those that regress s on it, at unit variance.
        """
        r = len(self.explained)
        squared, V = eigh(self.explained, subset_by_index=[r - n_components, r - 1], check_finite=False)
        if not squared[0] > SMALLEST * max(1.0, squared[-1]):
            return None
        correlations, V = np.sqrt(squared[::-1]), V[:, ::-1]
        scores = product(self.Z, V)
        coefficients = _regressed(scores, self.smooth, correlations)
        weights = {self.wide: product(centred[self.wide].T, coefficients)}
        if self.narrow_smooth is None:
            weights[self.narrow] = product(self.W, V)
        else:
            scores = product(centred[self.wide], weights[self.wide])
            coefficients = _regressed(scores, self.narrow_smooth, correlations)
            weights[self.narrow] = product(centred[self.narrow].T, coefficients)
        return {name: weights[name] for name in centred}, correlations


def _regressed(scores: np.ndarray, smooth: Any, correlations: np.ndarray) -> np.ndarray:
    """A (n, k) such that X'A regresses scores on the rows X, divided by their correlations."""
    upper, _ = smooth
    return cho_solve((upper, False), scores, check_finite=False) / ((len(scores) - 1) * correlations)


def ridged_pair(
    centred: Mapping[str, np.ndarray], ridge: float, rows: Mapping[str, RowProducts] | None = None
) -> RidgedPair | None:
    """Prepare two centred views, the wider of which has more features than rows.

    Parameters
    ----------
    centred : dict of str to array (n, d)
    ridge : float
    rows : dict of str to RowProducts, optional
        Of these views, where several ridges share them.

    Returns
    -------
    RidgedPair, or None where a pivot is lost in rounding, because the ridge is too small for Cholesky factors.
    """
    rows = rows or {name: RowProducts(X) for name, X in centred.items()}
    narrow, wide = sorted(centred, key=lambda name: centred[name].shape[1])
    smooth = rows[wide].smoother(ridge)
    if smooth is None:
        return None
    ranks = {wide: rows[wide].rank}
    X, narrow_smooth = centred[narrow], None
    if X.shape[1] > len(X):
        narrow_smooth = rows[narrow].smoother(ridge)
        if narrow_smooth is None:
            return None
        X = rows[narrow].short  # as good as X: its rows have the same inner products
        ranks[narrow] = X.shape[1]
        covariance, amount = gram(X) / (len(X) - 1), narrow_smooth[1]
        covariance[np.diag_indices(len(covariance))] += amount
        W = whitener(covariance, 0.0)[0]
    else:
        W, ranks[narrow] = whitener(rows[narrow].covariance, ridge)
    Z = product(X, W)
    return RidgedPair(wide, narrow, ranks, smooth, narrow_smooth, Z, W, _explained(Z, *smooth))


def _explained(Z: np.ndarray, upper: np.ndarray, amount: float) -> np.ndarray:
    """Z'HZ / (n - 1), where Z'HZ = Z'Z - a B'B with B = U^-T Z."""
    B = solve_triangular(upper, Z, trans=1, check_finite=False)
    return (gram(Z) - amount * gram(B)) / (len(Z) - 1)
