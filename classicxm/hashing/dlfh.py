"""Discrete latent factor model hashing (Jiang & Li 2019): codes of training items from labels, bit by bit."""

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

import numpy as np
from scipy.linalg import solve
from scipy.special import expit
from sklearn.utils import check_random_state

from classicxm.alignment.blas import gram, product
from classicxm.alignment.kernel import per_view
from classicxm.alignment.kernels import feature_map, mapped, resolved_gamma
from classicxm.base import check_view, check_views
from classicxm.hashing.bits import HashAligner, signs
from classicxm.labels import class_indicators
from classicxm.parameters import Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["DLFH", "latent_codes", "updated_codes"]


#: Classes, codes, kernel feature maps, mapped rows and numbers of features of the views.
Prepared: TypeAlias = tuple[
    np.ndarray, dict[str, np.ndarray], dict[str, Any], dict[str, np.ndarray], dict[str, int]
]


def updated_codes(
    codes: np.ndarray, others: np.ndarray, similar: np.ndarray, likelihood_weight: float
) -> np.ndarray:
    """One pass over the bits of codes (n, c) against the codes (m, c) of some items of the other view.

    Every bit is set to the sign of the gradient of the log-likelihood's quadratic lower bound, where a
    pair is similar with probability 1 / (1 + exp(-likelihood_weight / c * u.v)).

    Parameters
    ----------
    similar : (n, m) of 0 and 1
    """
    m, c = others.shape
    step = np.float32(likelihood_weight / c)
    codes = codes.copy()
    agreement = step * (codes @ others.T)
    for bit in range(c):
        old = codes[:, bit].copy()
        missing = similar - expit(agreement)
        # The logistic function's slope is at most 1/4, which bounds the curvature of the log-likelihood. With
        # the old bit weighted by m step / 4, the sign maximises a lower bound that touches at the codes as
        # they are, so no bit that flips lowers the likelihood.
        codes[:, bit] = signs(missing @ others[:, bit] + m * step / 4 * old)
        changed = np.flatnonzero(codes[:, bit] != old)
        agreement[changed] += np.outer(2 * step * codes[changed, bit], others[:, bit])
    return codes


def latent_codes(
    indicators: np.ndarray,
    n_bits: int,
    likelihood_weight: float,
    n_iterations: int,
    random_state: int | np.random.RandomState | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the items in either view from labels (n, n_classes) alone: two float32 arrays (n, n_bits).

    Each pass looks at as many items of the other view as there are bits, drawn anew. Many more
    would tighten the bound about the codes as they are, until none moves from its random start.
    """
    random = check_random_state(random_state)
    n = len(indicators)
    indicators = indicators.astype(np.float32)
    U, V = (signs(random.normal(size=(n, n_bits))) for _ in range(2))
    for _ in range(n_iterations):
        sampled = random.permutation(n)[:n_bits]
        similar = np.minimum(indicators @ indicators[sampled].T, 1)
        U = updated_codes(U, V[sampled], similar, likelihood_weight)
        V = updated_codes(V, U[sampled], similar, likelihood_weight)
    return U, V


class DLFH(HashAligner):
    """Codes of the training items are learned from labels without relaxing them, and bits of new items regressed.

    The codes are the latent factors of a model of which items of the two views are similar, that is share a label;
    kernel ridge regression of each view on its codes, on a sample of the training rows, gives the bits of new items.
    A database of labelled training items is best searched by ``codes_``.

    Parameters
    ----------
    n_bits : int, default=16
    likelihood_weight : float, default=8
        How steeply likelihood grows with agreement (the paper's lambda).
    n_iterations : int, default=30
        As the paper.
    kernel : {"rbf", "chi2", "linear"} or dict of view to one of them, default="rbf"
    gamma : float, dict of view to float, or None, default=None
        Width of rbf and chi2; None takes 1 / (columns * variance), and 1 / (mean chi2 distance).
    n_anchors : int, default=500
        Training rows that the kernel is approximated by; all of them where there are fewer.
    ridge : float or dict of view to float, default=1
        Of the regression.
    random_state : int, RandomState or None, default=0
        Of the codes' start, the samples and the anchors.

    Attributes
    ----------
    codes_ : dict of str to float32 array (n, n_bits)
        Learned codes of the training items.
    maps_ : dict of str to transformer
        Kernel feature maps.
    weights_ : dict of str to array (n_anchors, n_bits)
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0], [6.0]], "text": [[1.0], [0.0], [7.0], [6.0]]}
    >>> hasher = DLFH(8, ridge=0.01).fit(views, ["sea", "sea", "sky", "sky"])
    >>> codes = hasher.transform_view("text", [[6.5]]) @ hasher.codes_["image"].T
    >>> bool(codes[0, 2] > codes[0, 0])
    True
    """

    late_parameters = ("ridge",)
    parameter_ranges = {
        "n_bits": Integer(1),
        "likelihood_weight": Real(0, above=True),
        "n_iterations": Integer(1),
        "kernel": Either("rbf", "chi2", "linear", InstanceOf(dict)),
        "gamma": Either(None, Real(0, above=True), InstanceOf(dict)),
        "n_anchors": Integer(1),
        "ridge": Either(Real(0, above=True), InstanceOf(dict)),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        n_bits: int = 16,
        *,
        likelihood_weight: float = 8.0,
        n_iterations: int = 30,
        kernel: str | dict[str, str] = "rbf",
        gamma: float | dict[str, float] | None = None,
        n_anchors: int = 500,
        ridge: float | dict[str, float] = 1.0,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_bits = n_bits
        self.likelihood_weight = likelihood_weight
        self.n_iterations = n_iterations
        self.kernel = kernel
        self.gamma = gamma
        self.n_anchors = n_anchors
        self.ridge = ridge
        self.random_state = random_state

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "codes_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from two views and y: one label, or list of labels, per row."""
        check_parameters(self)
        return self.finish_fit(self.prepare_fit(views, y))

    def prepare_fit(self, views: Mapping[str, Any], y: Any = None) -> Prepared:
        """Learned codes, kernel feature maps and the rows' features, which all ridges share."""
        views = check_views(views)
        if len(views) != 2:
            raise ValueError(f"DLFH takes two views, got {len(views)}: {sorted(views)}")
        classes, indicators = class_indicators(y, len(next(iter(views.values()))))
        codes = latent_codes(
            indicators,
            self.n_bits,
            self.likelihood_weight,
            self.n_iterations,
            self.random_state,
        )
        maps = {name: self._feature_map(name, X) for name, X in views.items()}
        features = {name: maps[name].transform(X) for name, X in views.items()}
        widths = {name: X.shape[1] for name, X in views.items()}
        return classes, dict(zip(views, codes, strict=True)), maps, features, widths

    def finish_fit(self, prepared: Prepared) -> Self:
        """Regress the codes on the features."""
        self.classes_, self.codes_, self.maps_, features, self.n_features_in_ = prepared
        self.weights_ = {name: self._regressed(name, Z) for name, Z in features.items()}
        return self

    def _feature_map(self, name: str, X: np.ndarray) -> Any:
        kernel = per_view(self.kernel, name, "kernel")
        gamma = resolved_gamma(kernel, per_view(self.gamma, name, "gamma"), X)
        n_anchors = min(self.n_anchors, len(X))
        return feature_map("nystroem", kernel, gamma, n_anchors, self.random_state).fit(X)

    def _regressed(self, name: str, Z: np.ndarray) -> np.ndarray:
        system = gram(Z)
        system[np.diag_indices(len(system))] += per_view(self.ridge, name, "ridge")
        return solve(system, product(Z.T, self.codes_[name].astype(np.float64)), assume_a="pos")

    def project_view(self, modality: str, X: Any) -> np.ndarray:
        """Regressed codes of rows of one view: (n, d) -> (n, n_bits)."""
        X = check_view(self, modality, X)
        return product(mapped(self.maps_[modality], X), self.weights_[modality])
