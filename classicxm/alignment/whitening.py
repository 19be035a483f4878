"""Bases in which a view is uncorrelated with unit variance: by Cholesky, or by eigenvectors where rank is short.

Covariances are steadied with a ridge that is a fraction of their mean diagonal: C + ridge * mean(diag C) * I.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.linalg import cholesky, eigh
from scipy.linalg.lapack import dpstrf, dtrtri

from classicxm.alignment.blas import gram, product
from classicxm.alignment.moments import Moments

__all__ = [
    "cross_blocks",
    "dual_whitener",
    "factor",
    "gram_spectrum",
    "gram_whitener",
    "rank_tolerance",
    "short_factor",
    "short_rank",
    "spectral_whitener",
    "spreads",
    "whiten_views",
    "whitener",
    "without_rounding",
]

EPS = np.finfo(np.float64).eps


def rank_tolerance(n_columns: int) -> float:
    """Share of the largest eigenvalue below which a direction of a covariance counts as rounding."""
    return 100 * EPS * max(n_columns, 10)


def without_rounding(variance: np.ndarray, mean: np.ndarray | float) -> np.ndarray:
    """Variances (d,) of columns, with 0 for those that are constant but for rounding."""
    return np.where(np.sqrt(variance) <= 10 * EPS * np.abs(mean), 0.0, variance)


def _normalised(covariance: np.ndarray, mean: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Correlation matrix and standard deviations; columns that only vary by rounding get variance 0."""
    variance = without_rounding(np.diag(covariance), mean)
    deviation = np.sqrt(variance)
    inverse = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return covariance * inverse[:, None] * inverse, deviation


def factor(matrix: np.ndarray) -> np.ndarray | None:
    """Upper Cholesky factor, or None when a pivot is lost in rounding."""
    try:
        upper = cholesky(matrix, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    pivots = np.diag(upper) ** 2
    return upper if pivots.min() > rank_tolerance(len(matrix)) * np.diag(matrix).max() else None


def short_factor(matrix: np.ndarray) -> np.ndarray:
    """F (n, r) with FF' = matrix, by a Cholesky factorisation with pivots that stops at the rank r.

    >>> short_factor(np.array([[1.0, -1.0], [-1.0, 1.0]])).tolist()
    [[1.0], [-1.0]]
    """
    packed, pivots, rank = _pivoted(matrix)
    short = np.empty((len(matrix), rank))
    short[pivots - 1] = np.tril(packed[:, :rank])
    return short


def short_rank(matrix: np.ndarray) -> int:
    """The rank at which `short_factor` stops.

    >>> short_rank(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    1
    """
    return _pivoted(matrix)[2]


def _pivoted(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The lower Cholesky factor of a matrix with its rows permuted, the permutation from 1 on, and the rank."""
    largest = matrix.diagonal().max(initial=0.0)
    if not largest > 0:
        return matrix, np.arange(1, len(matrix) + 1), 0
    packed, pivots, rank, _ = dpstrf(matrix, tol=rank_tolerance(len(matrix)) * largest, lower=1)
    return packed, pivots, int(rank)


def whitener(covariance: np.ndarray, ridge: float, mean: np.ndarray | float = 0.0) -> tuple[np.ndarray, int]:
    """W (d, r) with W.T @ (covariance + ridge * mean diagonal * I) @ W = I, and the covariance's rank.

    The rank is that of the correlation matrix, so it does not depend on the columns' units. At full rank, or
    with a ridge, W is the inverse of a Cholesky factor and r = d; otherwise r is the rank and W is made of the
    leading eigenvectors.

    Parameters
    ----------
    covariance : (d, d)
    ridge : float
    mean : (d,), optional
        The columns' means, which tell how much of a variance is rounding.

    Examples
    --------
    >>> W, rank = whitener(np.array([[4.0, 0.0], [0.0, 0.0]]), ridge=0.0)
    >>> abs(W), rank
    (array([[0.5],
           [0. ]]), 1)
    """
    d = len(covariance)
    correlation, deviation = _normalised(covariance, mean)
    varying = deviation > 0
    if not varying.any():
        return np.zeros((d, 0)), 0
    upper = factor(correlation) if varying.all() else None
    if ridge:
        rank = d if upper is not None else short_rank(correlation)
        # Variances that are rounding were set to zero; so must be their covariances.
        steadied = covariance * np.outer(varying, varying)
        steadied[np.diag_indices(d)] += ridge * np.mean(deviation**2)
        upper = factor(steadied)
        if upper is not None:
            return _inverse(upper), rank
        values, vectors = gram_spectrum(steadied)
        return vectors / np.sqrt(values), min(rank, len(values))
    inverse = np.divide(1.0, deviation, out=np.zeros(d), where=varying)
    if upper is not None:
        return inverse[:, None] * _inverse(upper), d
    values, vectors = gram_spectrum(correlation)
    return inverse[:, None] * (vectors / np.sqrt(values)), len(values)


def gram_spectrum(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (r,), descending, and eigenvectors (d, r) of a symmetric matrix, up to its rank."""
    values, vectors = eigh(matrix, check_finite=False)
    kept = values > rank_tolerance(len(matrix)) * max(values[-1], 0.0)
    return values[kept][::-1], vectors[:, kept][:, ::-1]


def whiten_views(
    moments: Moments, ridge: Any, scale: bool = False
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Whitening matrix (d, r) and rank of every view of `Moments`: two dicts.

    ``scale`` divides each column by its standard deviation first, so that the ridge treats all alike.
    """
    bases, ranks = {}, {}
    for name in moments.widths:
        mean, covariance = moments.mean(name), moments.covariance(name)
        spread = spreads(np.diag(covariance), mean, scale)
        basis, ranks[name] = whitener(covariance / np.outer(spread, spread), ridge, mean / spread)
        bases[name] = basis / spread[:, None]
    return bases, ranks


def cross_blocks(moments: Moments, bases: Mapping[str, np.ndarray]) -> dict[tuple[str, str], np.ndarray]:
    """Cross-covariances in the given bases: dict of (a, b) to (r_a, r_b), a before b."""
    names = list(bases)
    return {
        (a, b): product(bases[a].T, product(moments.covariance(a, b), bases[b]))
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }


def spreads(variance: np.ndarray, mean: np.ndarray, scale: bool = True) -> np.ndarray:
    """What columns are divided by: their standard deviations, 1 for constant ones; all 1 without ``scale``."""
    deviation = np.sqrt(without_rounding(variance, mean))
    return np.where(deviation > 0, deviation, 1.0) if scale else np.ones_like(deviation)


def _inverse(upper: np.ndarray) -> np.ndarray:
    inverse, info = dtrtri(upper)
    if info:
        raise np.linalg.LinAlgError(f"singular Cholesky factor (pivot {info})")
    return inverse


def dual_whitener(centred: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """The same basis from the Gram matrix, for more features than rows: A (n, r) with W = centred.T @ A.

    Parameters
    ----------
    centred : (n, d)
        Rows minus their mean.
    ridge : float

    Returns
    -------
    A : (n, r)
        r is the rank, at most n - 1.
    whitened : (n, r)
        centred @ W; its covariance is that of `whitener` (identity where ridge is 0).

    Examples
    --------
    >>> A, whitened = dual_whitener(np.array([[1.0, 0.0, 1.0], [-1.0, 0.0, -1.0]]), ridge=0.0)
    >>> float(abs(whitened.T @ whitened)[0, 0].round(12))
    1.0
    """
    n, d = centred.shape
    total = np.einsum("ij,ij->", centred, centred)
    return gram_whitener(gram(centred.T), ridge * total / (max(1, n - 1) * d))


def gram_whitener(G: np.ndarray, amount: float) -> tuple[np.ndarray, np.ndarray]:
    """`dual_whitener` from a centred Gram (or kernel) matrix (n, n); ``amount`` is added to covariance eigenvalues."""
    return spectral_whitener(*gram_spectrum(G), amount)


def spectral_whitener(
    values: np.ndarray, vectors: np.ndarray, amount: float
) -> tuple[np.ndarray, np.ndarray]:
    """`gram_whitener` from what `gram_spectrum` gives of the matrix."""
    steadied = np.sqrt(values / max(1, len(vectors) - 1) + amount)
    return vectors / np.sqrt(values) / steadied, vectors * np.sqrt(values) / steadied
