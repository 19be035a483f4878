"""Fisher vectors of a diagonal Gaussian mixture (Perronnin, Sanchez and Mensink 2010; Sanchez et al. 2013)."""

from typing import Any, Self

import numpy as np

from classicxm.attribution import proportional
from classicxm.encoding.gmm import fit_gmm, posteriors
from classicxm.encoding.pyramid import Pyramid, PyramidEncoder, check_descriptors, scaled_to_unit
from classicxm.parameters import Boolean, Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["FisherVector", "fisher_gradients", "principal_directions"]


CHUNK = 1024  # descriptors in one matrix product
LEAST_POSTERIOR = 1e-3  # descriptors below it get no part of what a component adds, unless all are below


def principal_directions(X: np.ndarray, n_directions: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) and leading eigenvectors of the covariance (d, n_directions) of X (n, d), float32.

    The largest entry of each direction is positive.

    >>> principal_directions(np.float32([[0, 1], [0, 3]]), 1)[1].round(6).tolist()
    [[0.0], [1.0]]
    """
    mean = X.mean(axis=0, dtype=np.float64)
    centred = X - mean.astype(np.float32)
    _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    vectors = vectors[:, ::-1][:, :n_directions]
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return mean.astype(np.float32), vectors.astype(np.float32)


def fisher_gradients(
    X: np.ndarray,
    shares: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    variances: np.ndarray,
    include_weights: bool = False,
) -> np.ndarray:
    """Normalised gradients of the mean log-likelihood (Sanchez et al. 2013, equations 16 to 18).

    Parameters
    ----------
    X : float32 array (n, d), n >= 1
    shares : float32 array (n, k)
        Posterior of each component, gamma.
    weights (k,), means (k, d), variances (k, d)

    Returns
    -------
    float64 array: [gradients by weights (k) if included,] by means (k * d), by standard deviations (k * d)

        mean:               sum gamma (x - mu) / sigma / (n sqrt(w))
        standard deviation: sum gamma ((x - mu)^2 / sigma^2 - 1) / (n sqrt(2 w))
        weight:             sum (gamma - w) / (n sqrt(w))
    """
    zeroth, first, second = (total / len(X) for total in _moments(X, shares))
    root_weights = np.sqrt(weights)[:, None]
    # (x - mu)^2 = x^2 - 2 mu x + mu^2, so that sums of gamma, gamma x and gamma x^2 are enough for all
    # components, found in one matrix product instead of one pass per component.
    by_mean = (first - zeroth * means) / (np.sqrt(variances) * root_weights)
    by_deviation = (second - 2 * means * first + (means**2 - variances) * zeroth) / (
        np.sqrt(2) * variances * root_weights
    )
    gradients = [by_mean.ravel(), by_deviation.ravel()]
    if include_weights:
        gradients.insert(0, (zeroth[:, 0] - weights) / root_weights[:, 0])
    return np.concatenate(gradients)


def _moments(X: np.ndarray, shares: np.ndarray) -> list[np.ndarray]:
    """Sums of the shares (k, 1), times X and times X squared (k, d), in double precision as they will cancel."""
    d = X.shape[1]
    joined, double = (
        np.ones((CHUNK, 2 * d + 1)),
        np.empty((CHUNK, shares.shape[1])),
    )  # written again for every chunk
    totals = np.zeros((shares.shape[1], 2 * d + 1))
    for start in range(0, len(X), CHUNK):
        part, weights = joined[: len(X) - start], double[: len(X) - start]
        part[:, 1 : d + 1] = X[start : start + CHUNK]
        np.multiply(part[:, 1 : d + 1], part[:, 1 : d + 1], out=part[:, d + 1 :])
        weights[...] = shares[start : start + CHUNK]
        totals += weights.T @ part
    return np.split(totals, [1, 1 + d], axis=1)


class FisherVector(PyramidEncoder):
    """How an item's descriptors would move a Gaussian mixture fitted to all: first and second moments per component.

    Parameters
    ----------
    n_components : int, default=64
        Gaussians of the mixture.
    n_pca : int or None, default=64
        Descriptors are first projected onto this many principal directions; None, or as many as they have
        dimensions, only centres them.
    power : float, default=0.5
        Every value v becomes ``sign(v) |v|**power``; 1 leaves it.
    include_weights : bool, default=False
        Also take the gradients by the mixture's weights.
    pyramid : tuple of levels, default=((1, 1),)
        Cells along x and y of each level. Each cell is normalised alone, then their concatenation.
    max_iter : int, default=40
        Most steps of expectation-maximisation.
    random_state : int, RandomState or None, default=0

    Attributes
    ----------
    mean_, projection_ : float32 arrays (d,), (d, n_pca)
    weights_, means_, variances_ : float64 arrays (n_components,), (n_components, n_pca) twice

    Examples
    --------
    >>> descriptors = np.random.default_rng(0).normal(size=(500, 10))
    >>> encoder = FisherVector(n_components=4, n_pca=5).fit(descriptors)
    >>> encoder.encode(descriptors[:20]).shape
    (40,)
    """

    parameter_ranges = {
        "n_components": Integer(1),
        "n_pca": Either(None, Integer(1)),
        "power": Real(0, 1, above=True),
        "include_weights": Boolean(),
        "max_iter": Integer(1),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        *,
        n_components: int = 64,
        n_pca: int | None = 64,
        power: float = 0.5,
        include_weights: bool = False,
        pyramid: Pyramid = ((1, 1),),
        max_iter: int = 40,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.n_pca = n_pca
        self.power = power
        self.include_weights = include_weights
        self.pyramid = pyramid
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, descriptors: np.ndarray, y: Any = None) -> Self:
        """Learn projection and mixture from a sample of descriptors (n, d)."""
        check_parameters(self)
        descriptors = check_descriptors(descriptors, self.n_components, f"n_components={self.n_components}")
        n_dimensions = descriptors.shape[1]
        if self.n_pca is None or self.n_pca >= n_dimensions:
            self.mean_ = descriptors.mean(axis=0, dtype=np.float64).astype(np.float32)
            self.projection_ = np.eye(n_dimensions, dtype=np.float32)
        else:
            self.mean_, self.projection_ = principal_directions(descriptors, self.n_pca)
        self.weights_, self.means_, self.variances_ = fit_gmm(
            self.project(descriptors), self.n_components, self.max_iter, random_state=self.random_state
        )
        self.n_features_in_ = n_dimensions
        self.cell_width_ = 2 * self.means_.size + (self.n_components if self.include_weights else 0)
        return self

    def project(self, descriptors: np.ndarray) -> np.ndarray:
        """Descriptors (n, d) on the principal directions: float32 (n, n_pca)."""
        projected = np.empty((len(descriptors), self.projection_.shape[1]), np.float32)
        for start in range(0, len(descriptors), CHUNK):
            chunk = slice(start, start + CHUNK)
            np.matmul(descriptors[chunk] - self.mean_, self.projection_, out=projected[chunk])
        return projected

    def assign(self, descriptors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Projected descriptors and the posteriors of the components."""
        projected = self.project(descriptors)
        return projected, posteriors(projected, self.weights_, self.means_, self.variances_)[0]

    def aggregate(self, projected: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The normalised gradients of one cell."""
        gradients = fisher_gradients(
            projected, shares, self.weights_, self.means_, self.variances_, self.include_weights
        )
        if self.power != 1:
            # With many components most posteriors are near 0 and gradients peak at 0; the power spreads them,
            # which suits dot products (Perronnin et al. 2010).
            gradients = np.sign(gradients) * np.abs(gradients) ** self.power
        return scaled_to_unit(gradients, "l2")

    def divide(
        self, values: np.ndarray, weights: np.ndarray, projected: np.ndarray, shares: np.ndarray
    ) -> np.ndarray:
        """``weights @ values`` of one cell divided among its descriptors, by their part in the gradients: (n,)."""
        k, d = self.means_.shape
        divided = np.zeros(len(projected))
        shares = shares.astype(np.float64)
        if self.include_weights:
            divided += proportional(values[:k], weights[:k], shares - self.weights_)
            values, weights = values[k:], weights[k:]
        values, weights = values.reshape(2, k, d), weights.reshape(2, k, d)
        for i in range(k):
            rows = np.flatnonzero(shares[:, i] > LEAST_POSTERIOR)
            if not len(rows):
                rows = np.arange(len(shares))
            share = shares[rows, i : i + 1]
            scaled = (projected[rows] - self.means_[i]) / np.sqrt(self.variances_[i])
            first = share * scaled
            divided[rows] += proportional(values[0, i], weights[0, i], first)
            divided[rows] += proportional(values[1, i], weights[1, i], first * scaled - share)
        return divided

    def word_of_value(self) -> np.ndarray:
        """Words are the mixture's Gaussians, each with its gradients."""
        k, d = self.means_.shape
        by_weights = np.arange(k if self.include_weights else 0)
        return np.concatenate([by_weights, np.tile(np.repeat(np.arange(k), d), 2)])

    def membership(self, word: int, projected: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The posterior of a Gaussian."""
        return shares[:, word].astype(np.float64)
