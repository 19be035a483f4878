"""Whitened views up to their rank, and directions that go together across them, for hashes from eigenvectors."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.linalg import eigh

from classicxm.alignment.blas import gram, product
from classicxm.alignment.linear import check_components
from classicxm.alignment.moments import raise_not_finite
from classicxm.alignment.whitening import dual_whitener, gram_spectrum

__all__ = ["joint_directions", "warn_unshared", "whitened_views"]

#: Lengths and correlations below this are rounding.
NOTHING = 1e-7


def whitened_views(
    views: Mapping[str, np.ndarray], ridge: float = 0.0, scatter_ridge: float = 0.0
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Means, bases and whitened rows of every view: three dicts of (d,), (d, r) and (n, r).

    r is the rank of the view. (X - mean) @ basis has covariance I, but for the ridges: a fraction of the mean
    variance of the columns, and a number that is added to every column's sum of squares.

    >>> means, bases, rows = whitened_views({"text": np.array([[1.0, 5.0], [3.0, 5.0]])}, ridge=0.0)
    >>> means["text"], bases["text"].shape, float(rows["text"].var(ddof=1).round(9))
    (array([2., 5.]), (2, 1), 1.0)
    """
    means, bases, rows = {}, {}, {}
    for name, X in views.items():
        n, d = X.shape
        means[name] = X.mean(axis=0)
        centred = X - means[name]
        with np.errstate(over="ignore"):
            total = np.einsum("ij,ij->", centred, centred)
        if not np.isfinite(total):
            raise_not_finite(views)
        fraction = ridge + (scatter_ridge * d / total if total else 0.0)
        if n <= d:
            dual, rows[name] = dual_whitener(centred, fraction)
            bases[name] = product(centred.T, dual)
        else:
            values, vectors = gram_spectrum(gram(centred) / max(1, n - 1))
            bases[name] = vectors / np.sqrt(values + fraction * values.sum() / d)
            rows[name] = product(centred, bases[name])
    check_components(None, {name: W.shape[1] for name, W in bases.items()})
    return means, bases, rows


def joint_directions(
    cross: Mapping[tuple[str, str], np.ndarray], n_bits: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Leading eigenvectors of the matrix of all cross-blocks, whose diagonal blocks are zero.

    For two views the eigenvalues are the singular values of the one block, then zeros, then the singular values
    again with a minus. Directions with eigenvalue zero live in one view; the other's part is set to exactly zero.

    Parameters
    ----------
    cross : dict of (str, str) to array (r_a, r_b)
    n_bits : int
        At most the sum of all r.

    Returns
    -------
    directions : dict of str to array (r, n_bits)
    eigenvalues : (n_bits,), descending

    Examples
    --------
    >>> directions, eigenvalues = joint_directions({("image", "text"): np.diag([0.5, 0.9])}, 2)
    >>> eigenvalues.round(9), abs(directions["text"]).round(4)
    (array([0.9, 0.5]), array([[0.    , 0.7071],
           [0.7071, 0.    ]]))
    """
    sizes = {}
    for (a, b), K in cross.items():
        sizes[a], sizes[b] = K.shape
    edges = np.cumsum([0, *sizes.values()])
    if n_bits > edges[-1]:
        raise ValueError(
            f"n_bits must be at most {edges[-1]} (the ranks of the views together), got {n_bits}; lower it or "
            "add features or rows"
        )
    columns = {name: slice(edges[i], edges[i + 1]) for i, name in enumerate(sizes)}
    joint = np.zeros((edges[-1],) * 2)
    for (a, b), K in cross.items():
        joint[columns[a], columns[b]] = K
        joint[columns[b], columns[a]] = K.T
    values, vectors = eigh(joint, subset_by_index=[edges[-1] - n_bits, edges[-1] - 1], check_finite=False)
    directions = {name: vectors[part, ::-1] for name, part in columns.items()}
    for D in directions.values():
        D[:, np.linalg.norm(D, axis=0) < NOTHING] = 0.0
    return directions, values[::-1]


def warn_unshared(hasher: Any, eigenvalues: np.ndarray) -> None:
    """Warn of bits whose eigenvalue says that the views do not share them."""
    shared = int((eigenvalues > NOTHING * max(eigenvalues[0], NOTHING)).sum())
    if shared < len(eigenvalues):
        warnings.warn(
            f"{type(hasher).__name__}: the views have only {shared} directions in common; the other "
            f"{len(eigenvalues) - shared} of {len(eigenvalues)} bits agree by chance, so lower n_bits",
            stacklevel=3,
        )
