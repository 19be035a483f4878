"""Weights for averaging word vectors: inverse document frequency, and SIF (Arora, Liang and Ma 2017)."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["common_direction", "idf_weights", "pooled", "sif_weights", "without_direction"]

VANISHED = 1e-5  # share of a vector's length below which its remainder is rounding noise


def pooled(rows: np.ndarray, vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of weight times vector over a text's words, divided by their number: float64 (n_dimensions,).

    >>> pooled(np.array([0, 1, 1]), np.eye(2), np.array([3.0, 1.5])).tolist()
    [1.0, 1.0]
    """
    if not len(rows):
        return np.zeros(vectors.shape[1])
    return weights[rows] @ vectors[rows].astype(np.float64) / len(rows)


def idf_weights(document_counts: ArrayLike, n_documents: int) -> np.ndarray:
    """ln((1 + n) / (1 + df)) + 1 for words that df of n documents have, as scikit-learn smooths it.

    >>> idf_weights(np.array([3, 0]), 3).round(3).tolist()
    [1.0, 2.386]
    """
    return np.log((1 + n_documents) / (1 + np.asarray(document_counts))) + 1


def sif_weights(counts: ArrayLike, n_tokens: int, a: float) -> np.ndarray:
    """Smooth inverse frequency a / (a + p) of words with share p = count / n_tokens of all words.

    >>> sif_weights(np.array([1, 0]), 1000, a=1e-3).tolist()
    [0.5, 1.0]
    """
    return a / (a + np.asarray(counts) / max(n_tokens, 1))


def common_direction(X: np.ndarray) -> np.ndarray:
    """First right singular vector (d,) of the uncentred X (n, d); zeros where all rows point in one direction.

    Removing the only direction there is would leave nothing, so it is kept.
    """
    values, directions = np.linalg.eigh(X.T @ X)
    if X.shape[1] < 2 or values[-2] <= VANISHED**2 * values[-1]:
        return np.zeros(X.shape[1])
    return directions[:, -1]


def without_direction(X: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Rows (n, d) minus their projections on a unit direction (d,); a row that lay on it becomes zero.

    >>> without_direction(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([1.0, 0.0])).tolist()
    [[0.0, 2.0], [0.0, 0.0]]
    """
    rest = X - np.outer(X @ direction, direction)
    kept = np.linalg.norm(rest, axis=1) > VANISHED * np.linalg.norm(X, axis=1)
    return rest * kept[:, None]
