"""Kernels between rows, their centring in feature space, and feature maps that stand in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

# scikit-learn's kernels are imported where they are used: linear alignments come here and have no need of them.
if TYPE_CHECKING:
    from sklearn.kernel_approximation import AdditiveChi2Sampler, Nystroem, RBFSampler

__all__ = [
    "KERNELS",
    "KernelCentring",
    "chi2_distances",
    "feature_map",
    "kernel_gradient",
    "kernel_matrix",
    "mapped",
    "resolved_gamma",
]

KERNELS = ("linear", "rbf", "chi2", "intersection")


def chi2_distances(X: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """Sum over columns of (x - z)^2 / (x + z), 0 / 0 = 0: (n, m); rows must not be negative.

    >>> chi2_distances(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([[2., 0.]])
    """
    from sklearn.metrics.pairwise import additive_chi2_kernel

    return -additive_chi2_kernel(*map(writable, (X, Z)))


def writable(rows: np.ndarray) -> np.ndarray:
    """The same rows, copied only where they cannot be written to: scikit-learn's chi2 kernel refuses those.

    >>> mapped = np.broadcast_to(1.0, (2, 2))
    >>> writable(mapped).flags.writeable, mapped.flags.writeable
    (True, False)
    """
    return np.require(rows, requirements="W")


def resolved_gamma(kernel: str, gamma: float | None, X: np.ndarray) -> float | None:
    """The width parameter; None means 1 / (number of columns * variance) for rbf and 1 / mean distance for chi2."""
    _check_sign(kernel, X)
    if gamma is not None or kernel in ("linear", "intersection"):
        return gamma
    if kernel == "rbf":
        variance = X.var()
        return 1.0 / (X.shape[1] * variance) if variance > 0 else 1.0
    sample = X[:: max(1, len(X) // 500)]
    mean = chi2_distances(sample, sample).mean()
    return 1.0 / mean if mean > 0 else 1.0


def _check_sign(kernel: str, rows: np.ndarray) -> None:
    if kernel in ("chi2", "intersection") and rows.size and rows.min() < 0:
        raise ValueError(f"the {kernel} kernel needs non-negative features, got {rows.min():.4g}; use rbf")


def kernel_matrix(kernel: str, X: np.ndarray, Z: np.ndarray, gamma: float | None = None) -> np.ndarray:
    """Kernel values (n, m) between rows of X (n, d) and Z (m, d).

    ``gamma`` None is what scikit-learn takes: 1 / (number of columns) for rbf, 1 for chi2.

    linear: x.z; rbf: exp(-gamma |x - z|^2); chi2: exp(-gamma sum (x - z)^2 / (x + z)); intersection: sum min(x, z).

    >>> kernel_matrix("intersection", np.array([[1.0, 3.0]]), np.array([[2.0, 1.0]]))
    array([[2.]])
    """
    for rows in (X, Z):
        _check_sign(kernel, rows)
    if not len(X):  # which scikit-learn's kernels refuse
        return np.zeros((0, len(Z)))
    if kernel == "linear":
        return X @ Z.T
    if kernel == "rbf":
        from sklearn.metrics.pairwise import rbf_kernel

        return rbf_kernel(X, Z, gamma=gamma)
    if kernel == "chi2":
        distances = chi2_distances(X, Z)
        distances *= -1.0 if gamma is None else -gamma
        return np.exp(distances, out=distances)
    total = np.zeros((len(X), len(Z)))
    for column in range(X.shape[1]):
        total += np.minimum(X[:, column, None], Z[None, :, column])
    return total


def kernel_gradient(
    kernel: str, X: np.ndarray, Z: np.ndarray, gamma: float | None, coefficients: np.ndarray
) -> np.ndarray:
    """Gradients (n, d) of ``(kernel_matrix(kernel, X, Z, gamma) * coefficients).sum(axis=1)`` with respect to X.

    Where a term of the intersection kernel has a kink, its slope towards larger features counts.

    >>> kernel_gradient("rbf", np.array([[1.0]]), np.array([[0.0]]), 0.5, np.array([[1.0]])).round(4)
    array([[-0.6065]])
    """
    if kernel == "linear":
        return coefficients @ Z
    if kernel == "intersection":
        return np.stack([c @ (x < Z) for x, c in zip(X, coefficients, strict=True)])
    weighted = coefficients * kernel_matrix(kernel, X, Z, gamma) * -(gamma or 0.0)
    if kernel == "rbf":
        return 2 * (weighted.sum(axis=1, keepdims=True) * X - weighted @ Z)
    slopes = np.empty(X.shape)
    for row, (x, w) in enumerate(zip(X, weighted, strict=True)):
        # d/dx (x - z)^2 / (x + z) = (x - z)(x + 3 z) / (x + z)^2
        sums = x + Z
        slope = np.divide((x - Z) * (x + 3 * Z), sums**2, out=np.zeros(Z.shape), where=sums > 0)
        slopes[row] = w @ slope
    return slopes


def mapped(transformer: Any, X: np.ndarray) -> np.ndarray:
    """``transformer.transform(X)``, also of no rows, which scikit-learn's transformers refuse.

    >>> from sklearn.kernel_approximation import RBFSampler
    >>> mapped(RBFSampler(n_components=3).fit([[1.0, 2.0]]), np.zeros((0, 2))).shape
    (0, 3)
    """
    if len(X):
        return transformer.transform(X)
    return transformer.transform(np.zeros((1, X.shape[1])))[:0]


class KernelCentring:
    """Subtracts the mean of the fitted rows in feature space, for fitted and for new rows alike.

    >>> K = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> KernelCentring(K)(K)
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    """

    def __init__(self, K: np.ndarray) -> None:
        self.column_means = K.mean(axis=0)
        self.mean = self.column_means.mean()

    def __call__(self, K: np.ndarray) -> np.ndarray:
        """Centred values of K (m, n) between any rows and the fitted ones."""
        return K - K.mean(axis=1, keepdims=True) - self.column_means + self.mean


def feature_map(
    approximation: str, kernel: str, gamma: float | None, n_features: int, random_state: Any
) -> RBFSampler | AdditiveChi2Sampler | Nystroem:
    """An unfitted scikit-learn transformer whose dot products approach the kernel.

    ``nystroem`` takes every kernel, ``fourier`` (Rahimi & Recht 2007) rbf only and ``additive_chi2`` (Vedaldi &
    Zisserman 2012) chi2 only, and there the additive kernel sum 2 x z / (x + z) instead of its exponential.
    """
    from sklearn.kernel_approximation import AdditiveChi2Sampler, Nystroem, RBFSampler

    wanted = {"fourier": "rbf", "additive_chi2": "chi2"}.get(approximation, kernel)
    if kernel != wanted:
        raise ValueError(
            f"approximation {approximation!r} is for kernel {wanted!r}, got {kernel!r}; use 'nystroem'"
        )
    if approximation == "fourier":
        return RBFSampler(gamma=gamma, n_components=n_features, random_state=random_state)
    if approximation == "additive_chi2":
        return AdditiveChi2Sampler(sample_steps=2)
    if kernel in ("rbf", "linear"):
        width = {"gamma": gamma} if kernel == "rbf" else {}
        return Nystroem(kernel=kernel, n_components=n_features, random_state=random_state, **width)
    if kernel == "chi2":
        return Nystroem(kernel="chi2", gamma=gamma, n_components=n_features, random_state=random_state)
    return Nystroem(kernel=_intersection, n_components=n_features, random_state=random_state)


def _intersection(x: np.ndarray, z: np.ndarray) -> float:
    return np.minimum(x, z).sum()
