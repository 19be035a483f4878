"""Integrated gradients (Sundararajan, Taly & Yan 2017): what each feature of an item adds to a score.

Along the straight line from the empty item, whose features are all zero, to the item, the score's gradient is
averaged. Features times that average sum to the score minus the empty item's score.
"""

from __future__ import annotations

import numpy as np

from classicxm.base import Aligner

__all__ = ["path_weights", "score_gradients"]

#: Points along the line; more are taken until the sum is this close to the difference of the scores.
FIRST_POINTS, MOST_POINTS = 32, 512
CLOSE = 1e-7


def score_gradients(vectors: np.ndarray, other: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) of vectors (n, k) of the common subspace with one other (k,), and their gradients (n, k).

    >>> scores, gradients = score_gradients(np.array([[3.0, 4.0]]), np.array([2.0, 0.0]), "cosine")
    >>> scores.round(2).tolist(), gradients.round(3).tolist()
    ([0.6], [[0.128, -0.096]])
    """
    if metric == "dot":
        return vectors @ other, np.broadcast_to(other, vectors.shape)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    length = np.linalg.norm(other)
    if length == 0:
        return np.zeros(len(vectors)), np.zeros(vectors.shape)
    inverse = np.divide(1.0, lengths, out=np.zeros(lengths.shape), where=lengths > 0)
    unit = other / length
    scores = (vectors * inverse) @ unit
    return scores, (unit - scores[:, None] * vectors * inverse) * inverse


def path_weights(
    aligner: Aligner, modality: str, row: np.ndarray, other: np.ndarray, metric: str
) -> tuple[np.ndarray, float]:
    """Weights (d,) of the features of one item and the empty item's score, which add up to the item's score.

    Parameters
    ----------
    aligner : fitted Aligner that has a ``gradient``
    modality : str
    row : array (d,)
    other : array (k,)
        The vector of the item that this one is scored with.
    metric : {"cosine", "dot"}

    Returns
    -------
    weights : array (d,)
        ``row @ weights + empty`` is the score.
    empty : float
    """
    ends = aligner.transform_view(modality, np.stack([np.zeros_like(row), row]))
    empty, score = score_gradients(ends, other, metric)[0]
    n_points, weights, missing = FIRST_POINTS, np.zeros_like(row), score - empty
    while n_points <= MOST_POINTS:
        weights = mean_gradient(aligner, modality, row, other, metric, n_points)
        missing = score - empty - row @ weights
        if abs(missing) <= CLOSE:
            break
        n_points *= 2
    squares = row @ row
    # What the sum of so many points lacks of the integral goes to features in proportion to their squares.
    return weights + (row * (missing / squares) if squares > 0 else 0.0), float(empty)


def mean_gradient(
    aligner: Aligner, modality: str, row: np.ndarray, other: np.ndarray, metric: str, n_points: int
) -> np.ndarray:
    """The score's gradient (d,) averaged along the line by Gauss-Legendre quadrature."""
    points, shares = np.polynomial.legendre.leggauss(n_points)
    total = np.zeros_like(row)
    for start in range(0, n_points, FIRST_POINTS):
        along = (points[start : start + FIRST_POINTS, None] + 1) / 2 * row
        slopes = score_gradients(aligner.transform_view(modality, along), other, metric)[1]
        total += shares[start : start + FIRST_POINTS] / 2 @ aligner.gradient(modality, along, slopes)
    return total
