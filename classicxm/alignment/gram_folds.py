"""Alignments tried on folds from Gram matrices alone, so that all their settings share one decomposition per view.

Rotating a view onto the span of its rows changes no inner product. Its Gram matrix therefore holds all that
canonical correlation and linear classifiers learn of it, however many features there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import eigh
from sklearn.utils.extmath import randomized_svd

from classicxm.alignment.blas import add_gram, mirrored
from classicxm.alignment.cca import correlated_directions, squared_singular
from classicxm.alignment.semantic import logistic_weights, posteriors, view_weights

__all__ = [
    "FoldView",
    "cca_vectors",
    "cross_covariances",
    "fold_view",
    "gram_of",
    "leading_pairs",
    "ridge_vectors",
    "semantic_vectors",
    "softened_vectors",
]

#: Squares of the singular values that features in single precision can still tell from rounding, beside the largest.
TOLERANCE = 1e-6
#: Squares of singular values, beside the largest, down to which they come from a product of the matrix with itself.
SMALLEST = 1e-8
#: Columns that are multiplied at a time.
CHUNK = 1024
#: Features of which no more than this share is not zero are multiplied as sparse ones.
SPARSE = 0.1


def gram_of(X: Any) -> np.ndarray:
    """Inner products of all rows of X (n, d), which may be sparse: float64 (n, n).

    Sums in single precision would make directions of rounding, beside a large mean most of all.

    >>> gram_of([[1.0, 0.0], [2.0, 1.0]]).tolist()
    [[1.0, 2.0], [2.0, 5.0]]
    """
    if sparse.issparse(X):
        X = X.astype(np.float64)
        return (X @ X.T).toarray()
    X = np.asarray(X)
    upper = np.zeros((len(X), len(X)), order="F")
    for start in range(0, X.shape[1], CHUNK):
        add_gram(X[:, start : start + CHUNK].astype(np.float64).T, upper)
    return mirrored(upper)


@dataclass(frozen=True)
class FoldView:
    """One view of one fold, in coordinates along the principal axes of the rows that are learned from.

    Attributes
    ----------
    kept : array (n, r)
        Rows that are learned from, minus their mean.
    held : array (m, r)
        Rows that are held out, minus the same mean, on the span of the others.
    variances : (r,)
        Of the kept rows along each axis, descending.
    width : int
        Features of the view, of which a ridge is a fraction of the mean variance.
    found : dict
        What classifiers of this view alone gave, for every view that it is paired with.
    """

    kept: np.ndarray
    held: np.ndarray
    variances: np.ndarray
    width: int
    found: dict[str, list[np.ndarray]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def energy(self) -> float:
        """Mean squared length of the kept rows: what penalties of rows are fractions of."""
        return float(np.einsum("ij,ij->", self.kept, self.kept) / max(1, len(self.kept)))

    def scaled(self) -> tuple[np.ndarray, np.ndarray]:
        """Kept and held-out rows in units of the kept ones' root mean squared length: what logistic regression sees."""
        length = np.sqrt(self.energy) or 1.0
        return self.kept / length, self.held / length


def fold_view(G: np.ndarray, width: int, kept: np.ndarray, held: np.ndarray) -> FoldView:
    """One view of one fold from the Gram matrix (n, n) of all its rows, and which rows are kept and held out.

    >>> view = fold_view(gram_of([[0.0, 0.0], [2.0, 0.0], [3.0, 5.0]]), 2, np.array([0, 1]), np.array([2]))
    >>> abs(view.kept).round(3).tolist(), abs(view.held).round(3).tolist()
    ([[1.0], [1.0]], [[2.0]])
    """
    K = G[np.ix_(kept, kept)]
    columns = K.mean(axis=0)
    mean = columns.mean()
    K = K - columns - columns[:, None] + mean
    beside = G[np.ix_(held, kept)]
    beside = beside - beside.mean(axis=1, keepdims=True) - columns + mean
    values, vectors = eigh(K, check_finite=False, overwrite_a=True)
    sound = values > TOLERANCE * max(float(values[-1]), 1e-30)
    values, vectors = values[sound][::-1], vectors[:, sound][:, ::-1]
    roots = np.sqrt(values)
    return FoldView(vectors * roots, beside @ (vectors / roots), values / max(1, len(kept) - 1), width)


def leading_pairs(K: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The k leading left vectors, singular values and right vectors (as columns) of K.

    Few of many come from random projections.
    """
    if 4 * k >= min(K.shape):
        # Smaller values, which squares lose, count next to nothing in a score, but have to be told from 0.
        found = squared_singular(K, k, lambda squared: squared[0] > SMALLEST * squared[-1]) if k else None
        if found is not None:
            return found
        U, values, Vt = np.linalg.svd(K, full_matrices=False)
        return U[:, :k], values[:k], Vt[:k].T
    U, values, Vt = randomized_svd(K, k, n_iter=4, random_state=0)
    return U, values, Vt.T


def cross_covariances(views: dict[str, FoldView]) -> dict[tuple[str, str], np.ndarray]:
    """Covariance (r_a, r_b) of the kept rows of each pair of views along their axes, which every ridge shares."""
    return {
        (a, b): views[a].kept.T @ views[b].kept / max(1, len(views[a].kept) - 1)
        for a, b in combinations(views, 2)
    }


def cca_vectors(
    views: dict[str, FoldView],
    covariances: dict[tuple[str, str], np.ndarray],
    ridge: float,
    n_components: int,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Held-out rows along the canonical directions of the kept ones, unweighted, and the correlations.

    The directions are those of `classicxm.alignment.CCA` with this ridge; fewer components are their first ones.

    Parameters
    ----------
    views : dict of str to FoldView
    covariances : dict
        Their `cross_covariances`.
    ridge : float
    n_components : int

    Returns
    -------
    vectors : dict of str to array (m, k)
    correlations : (k,), descending
    """
    scales = {
        name: 1 / np.sqrt(view.variances + ridge * view.variances.sum() / view.width)
        for name, view in views.items()
    }
    cross = {(a, b): K * scales[a][:, None] * scales[b] for (a, b), K in covariances.items()}
    k = min(n_components, *(len(scale) for scale in scales.values()))
    if len(views) == 2:
        ((a, b), K) = next(iter(cross.items()))
        U, correlations, V = leading_pairs(K, k)
        directions = {a: U, b: V}
    else:
        directions, correlations = correlated_directions(cross, k)
    held = {name: (view.held * scales[name]) @ directions[name] for name, view in views.items()}
    return held, np.clip(correlations, 0.0, 1.0)


def ridge_vectors(view: FoldView, indicators: np.ndarray, fractions: list[float]) -> Iterator[np.ndarray]:
    """Estimated deviations of the held-out rows' class posteriors, by ridge regression under each penalty.

    Penalties are fractions of `FoldView.energy`; as linear `classicxm.alignment.KernelRidgeMatching` of centred rows.
    """
    targets = view.kept.T @ (indicators - indicators.mean(axis=0))
    squares = np.einsum("ij,ij->j", view.kept, view.kept)
    for fraction in fractions:
        yield view.held @ (targets / (squares + fraction * view.energy)[:, None])


def semantic_vectors(view: FoldView, indicators: np.ndarray, strengths: list[float]) -> Iterator[np.ndarray]:
    """Class posteriors of the held-out rows by logistic regression, for each C in units of 1 / energy."""
    kept, held = view.scaled()
    for C in strengths:
        yield posteriors(held, *logistic_weights(kept, indicators, C, max_iter=200))


def softened_vectors(
    views: dict[str, FoldView], indicators: np.ndarray, strengths: dict[str, float], softness: float
) -> dict[str, np.ndarray]:
    """Class posteriors of the held-out rows of every view, whose targets are softened by the surest of them."""
    scaled = {name: view.scaled() for name, view in views.items()}
    rows = {name: kept for name, (kept, _) in scaled.items()}
    found = view_weights(rows, indicators, strengths, 200, softness)
    return {name: posteriors(held, *found[name]) for name, (_, held) in scaled.items()}
