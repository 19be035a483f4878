"""Visual (or any) vocabularies: k-means centres of a descriptor sample, and the words nearest to descriptors."""

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

__all__ = ["learn_words", "nearest_words", "word_distances"]

CHUNK = 2048  # descriptors compared with all words at a time
BATCH = 4096  # descriptors in one step of k-means


def learn_words(descriptors: np.ndarray, n_words: int, random_state: Any = None) -> np.ndarray:
    """Centres of a mini-batch k-means: float32 (n_words, d), the same for the same ``random_state``."""
    from sklearn.cluster import MiniBatchKMeans  # takes long to import, and only learning needs it

    kmeans = MiniBatchKMeans(
        n_words,
        batch_size=BATCH,
        max_iter=30,
        n_init=1,
        init_size=max(BATCH, 3 * n_words),
        reassignment_ratio=0.001,
        random_state=random_state,
    )
    with threadpool_limits(1):  # sums over several threads would differ in their last digits
        return kmeans.fit(descriptors).cluster_centers_.astype(np.float32)


def word_distances(descriptors: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances without each descriptor's own term: ``|w|^2 - 2 x.w``, float32 (n, n_words)."""
    distances = descriptors @ (-2 * words.T)
    distances += np.einsum("ij,ij->i", words, words)
    return distances


def nearest_words(
    descriptors: np.ndarray, words: np.ndarray, n_nearest: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Nearest words of each descriptor.

    Returns
    -------
    indices : intp array (n, n_nearest)
        In no particular order where ``n_nearest > 1``.
    squared_distances : float32 array (n, n_nearest)

    >>> words = np.float32([[0, 0], [3, 4]])
    >>> indices, squared_distances = nearest_words(np.float32([[3, 3]]), words)
    >>> indices.tolist(), squared_distances.tolist()
    ([[1]], [[1.0]])
    """
    n = len(descriptors)
    indices = np.empty((n, n_nearest), np.intp)
    squared = np.empty((n, n_nearest), np.float32)
    for start in range(0, n, CHUNK):
        chunk = slice(start, start + CHUNK)
        distances = word_distances(descriptors[chunk], words)
        if n_nearest == 1:
            indices[chunk] = distances.argmin(axis=1)[:, None]
        else:
            indices[chunk] = np.argpartition(distances, n_nearest - 1, axis=1)[:, :n_nearest]
        squared[chunk] = np.take_along_axis(distances, indices[chunk], axis=1)
    squared += np.einsum("ij,ij->i", descriptors, descriptors)[:, None]
    return indices, np.maximum(squared, 0, out=squared)
