"""Iterative quantisation of canonical components (Gong, Lazebnik, Gordo & Perronnin 2013)."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state

from classicxm.alignment.blas import product
from classicxm.alignment.cca import CCA
from classicxm.base import check_views
from classicxm.hashing.bits import LinearHash, signs
from classicxm.parameters import Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["CCAITQ", "quantising_rotation"]


def quantising_rotation(
    Z: np.ndarray, n_bits: int, n_iterations: int, random_state: int | np.random.RandomState | None
) -> np.ndarray:
    """R (r, n_bits) with orthonormal rows that brings rows of Z (n, r), r <= n_bits, nearest to their signs.

    Codes and rotation are updated in turn: B = sign(ZR), then R = UW' of the decomposition USW' of
    Z'B. With fewer components than bits this is the paper's square rotation of Z with columns of zeros beside it.

    >>> R = quantising_rotation(np.random.default_rng(0).normal(size=(50, 2)), 4, 10, 0)
    >>> (R @ R.T).round(9) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """
    random = check_random_state(random_state)
    # The Q factor of a Gaussian matrix is a rotation drawn at random, from which the paper starts.
    R = np.linalg.qr(random.normal(size=(n_bits, Z.shape[1])))[0].T
    for _ in range(n_iterations):
        # For fixed signs B, the R that minimises ||B - Z R|| is the orthogonal Procrustes solution (Schonemann 1966).
        U, _, Wt = np.linalg.svd(product(Z.T, signs(product(Z, R)).astype(np.float64)), full_matrices=False)
        R = U @ Wt
    return R


class CCAITQ(LinearHash):
    """Canonical components, rotated together so that cutting them at zero costs least.

    The paper correlates images with their tags and searches images; here both views, or more, are mapped and
    the rotation is learned from the rows of all.

    Parameters
    ----------
    n_bits : int, default=16
        More bits than components are cut from the same components, spread over them by the rotation.
    n_components : int or None, default=None
        Of the CCA; None takes as many as bits, or the rank of the narrowest view where it is lower.
    ridge : float, default=1e-3
        Of the CCA: added to each covariance as a fraction of its mean diagonal.
    power : float, default=1
        Components are weighted by correlation**power; the paper uses 1.
    n_iterations : int, default=50
        As the paper; the error hardly falls after.
    random_state : int, RandomState or None, default=0
        Of the rotation's start.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_bits)
    means_ : dict of str to array (d,)
    correlations_ : (n_components,), descending

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 4.0]], "text": [[1.0], [2.0], [5.0], [7.0]]}
    >>> CCAITQ(4).fit(views).transform_view("text", [[5.0]]).shape
    (1, 4)
    """

    parameter_ranges = {
        "n_bits": Integer(1),
        "n_components": Either(None, Integer(1)),
        "ridge": Real(0),
        "power": Real(0),
        "n_iterations": Integer(1),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        n_bits: int = 16,
        *,
        n_components: int | None = None,
        ridge: float = 1e-3,
        power: float = 1.0,
        n_iterations: int = 50,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_bits = n_bits
        self.n_components = n_components
        self.ridge = ridge
        self.power = power
        self.n_iterations = n_iterations
        self.random_state = random_state

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views."""
        check_parameters(self)
        views = check_views(views)
        if self.n_components is not None and self.n_components > self.n_bits:
            raise ValueError(
                f"n_components must be at most n_bits ({self.n_bits}), got {self.n_components}; lower it"
            )
        model = CCA(self.n_components, ridge=self.ridge, power=self.power, scale=True).fit(views)
        kept = slice(self.n_bits)
        Z = np.concatenate([Z[:, kept] for Z in model.transform(views).values()])
        R = quantising_rotation(Z, self.n_bits, self.n_iterations, self.random_state)
        self.correlations_ = model.correlations_[kept]
        scaled = {name: (W * model.component_scale_)[:, kept] for name, W in model.weights_.items()}
        self.weights_ = {name: product(W, R) for name, W in scaled.items()}
        self.means_, self.n_features_in_ = model.means_, model.n_features_in_
        return self
