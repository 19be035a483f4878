"""Kernel canonical correlation analysis (Akaho 2001; Hardoon, Szedmak & Shawe-Taylor 2004), exact and approximate."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from classicxm.alignment.blas import product
from classicxm.alignment.cca import CCA, correlated_directions
from classicxm.alignment.kernels import (
    KERNELS,
    KernelCentring,
    feature_map,
    kernel_gradient,
    kernel_matrix,
    mapped,
    resolved_gamma,
    writable,
)
from classicxm.alignment.linear import check_components, check_names, fixed_signs, per_view
from classicxm.alignment.whitening import gram_spectrum
from classicxm.base import Aligner, check_view, check_views
from classicxm.parameters import Choice, Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["KernelCCA", "kernel_directions", "kernel_spectra"]


#: Eigenvalues (r,), descending, and eigenvectors (n, r) of each view's kernel.
Spectra = dict[str, tuple[np.ndarray, np.ndarray]]


def kernel_spectra(kernels: Mapping[str, np.ndarray]) -> tuple[Spectra, dict[tuple[str, str], np.ndarray]]:
    """What `kernel_directions` needs of centred kernel matrices, a dict of str to array (n, n).

    Returns
    -------
    spectra : dict of str to (values (r,), vectors (n, r))
        Eigenvalues, descending, and eigenvectors of each kernel, up to its rank.
    overlaps : dict of (str, str) to array (r_a, r_b)
        Products of the eigenvectors of each pair of views.
    """
    spectra = {name: gram_spectrum(K) for name, K in kernels.items()}
    names = list(kernels)
    overlaps = {
        (a, b): product(spectra[a][1].T, spectra[b][1]) for i, a in enumerate(names) for b in names[i + 1 :]
    }
    return spectra, overlaps


def kernel_directions(
    spectra: Spectra, overlaps: Mapping[tuple[str, str], np.ndarray], ridge: float, n_components: int
) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, int]]:
    """Dual weights of canonical variates in feature space.

    Parameters
    ----------
    spectra, overlaps
        From `kernel_spectra`.
    ridge : float
        Added to the eigenvalues of each covariance operator, as a fraction of its trace (total variance).
    n_components : int

    Returns
    -------
    weights : dict of str to array (n, n_components)
        A centred kernel row (n,) times these is the projection.
    correlations : (n_components,)
    ranks : dict of str to int
    """
    ranks = {name: len(values) for name, (values, _) in spectra.items()}
    k = check_components(n_components, ranks, "rank of the kernel of the {name!r} view")
    # Whitened rows are vectors * sqrt(values / steadied), what makes them of kernel rows vectors / sqrt(values *
    # steadied).
    n = len(next(iter(spectra.values()))[1])
    steadied = {
        name: values / (n - 1) + ridge * values.sum() / (n - 1) for name, (values, _) in spectra.items()
    }
    lengths = {name: np.sqrt(values / steadied[name]) for name, (values, _) in spectra.items()}
    cross = {
        (a, b): overlap * (lengths[a] / (n - 1))[:, None] * lengths[b] for (a, b), overlap in overlaps.items()
    }
    directions, correlations = correlated_directions(cross, k)
    weights = {
        name: product(vectors, directions[name] / np.sqrt(values * steadied[name])[:, None])
        for name, (values, vectors) in spectra.items()
    }
    return weights, correlations, ranks


class KernelCCA(Aligner):
    """CCA in the feature spaces of kernels.

    Parameters
    ----------
    n_components : int, default=10
        At most the number of rows less one.
    kernel : {"linear", "rbf", "chi2", "intersection"} or dict of view to one of them, default="chi2"
    gamma : float, dict of view to float, or None, default=None
        Width of rbf and chi2; None takes 1 / (columns * variance), and 1 / (mean chi2 distance).
    ridge : float, default=0.1
        Added to each covariance operator as a fraction of its trace (exact) or mean diagonal (approximate). With 0
        the exact solution fits any data and holds for none.
    power : float, default=1
        Components are weighted by correlation**power.
    approximation : {None, "nystroem", "fourier", "additive_chi2"}, default=None
        None solves in rows: time grows with their cube, memory with their square. The others map rows to
        ``n_features`` features and solve there.
    n_features : int, default=500
        Features of an approximation, at most the rows for "nystroem".
    random_state : int, default=0

    Attributes
    ----------
    correlations_ : (n_components,)
    component_scale_ : (n_components,)
    dual_weights_ : dict of str to array (n, n_components), exact only
    rows_ : dict of str to array (n, d), exact only
        The fitted rows, which projecting needs.
    linear_ : CCA, approximate only

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> KernelCCA(1).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    late_parameters = ("n_components", "ridge", "power")
    parameter_ranges = {
        "n_components": Integer(1),
        "kernel": Either(*KERNELS, InstanceOf(dict)),
        "gamma": Either(None, Real(0, above=True), InstanceOf(dict)),
        "ridge": Real(0),
        "power": Real(0),
        "approximation": Choice(None, "nystroem", "fourier", "additive_chi2"),
        "n_features": Integer(1),
        "random_state": Integer(0),
    }

    def __init__(
        self,
        n_components: int = 10,
        *,
        kernel: str = "chi2",
        gamma: float | None = None,
        ridge: float = 0.1,
        power: float = 1.0,
        approximation: str | None = None,
        n_features: int = 500,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.kernel = kernel
        self.gamma = gamma
        self.ridge = ridge
        self.power = power
        self.approximation = approximation
        self.n_features = n_features
        self.random_state = random_state

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "correlations_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views (dict of (n, d) arrays)."""
        check_parameters(self)
        return self.finish_fit(self.prepare_fit(views))

    def prepare_fit(self, views: Mapping[str, Any], y: Any = None) -> tuple[dict[str, Any], Any]:
        """Kernels and their decompositions, or the approximation's features, of these rows."""
        check_names(views)
        views = {name: writable(X) for name, X in check_views(views).items()}
        kernels = {name: per_view(self.kernel, name, "kernel") for name in views}
        gammas = {
            name: resolved_gamma(kernels[name], per_view(self.gamma, name, "gamma"), X)
            for name, X in views.items()
        }
        learned = {"kernels_": kernels, "gammas_": gammas}
        learned["n_features_in_"] = {name: X.shape[1] for name, X in views.items()}
        if self.approximation is not None:
            learned["maps_"] = {
                name: self._map(kernels[name], gammas[name], X).fit(X) for name, X in views.items()
            }
            return learned, {name: learned["maps_"][name].transform(X) for name, X in views.items()}
        if len(next(iter(views.values()))) < 2:
            raise ValueError("the views have one row, which correlates with nothing; give at least two")
        learned["rows_"], learned["column_means_"] = {name: X.copy() for name, X in views.items()}, {}
        centred = {}
        for name, X in views.items():
            K = kernel_matrix(kernels[name], X, X, gammas[name])
            centring = KernelCentring(K)
            learned["column_means_"][name] = centring.column_means
            centred[name] = centring(K)
        return learned, kernel_spectra(centred)

    def _map(self, kernel: str, gamma: float | None, X: np.ndarray) -> Any:
        n_features = min(self.n_features, len(X)) if self.approximation == "nystroem" else self.n_features
        return feature_map(str(self.approximation), kernel, gamma, n_features, self.random_state)

    def finish_fit(self, prepared: Any) -> Self:
        """Solve for the directions."""
        learned, parts = prepared
        self.__dict__.update(learned)
        if self.approximation is None:
            weights, correlations, self.rank_ = kernel_directions(
                parts[0], parts[1], self.ridge, self.n_components
            )
            self.dual_weights_ = fixed_signs(weights)
            self.correlations_ = np.clip(correlations, 0.0, 1.0)
        else:
            self.linear_ = CCA(self.n_components, ridge=self.ridge, power=0.0).fit(parts)
            self.correlations_, self.rank_ = self.linear_.correlations_, dict(self.linear_.rank_)
        self.component_scale_ = self.correlations_**self.power
        return self

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Project rows of one view: (n, d) -> (n, n_components)."""
        X = writable(check_view(self, modality, X))
        if self.approximation is not None:
            projected = self.linear_.transform_view(modality, mapped(self.maps_[modality], X))
            return projected * self.component_scale_
        K = kernel_matrix(self.kernels_[modality], X, self.rows_[modality], self.gammas_[modality])
        centred = K - K.mean(axis=1, keepdims=True) - self.column_means_[modality]
        centred += self.column_means_[modality].mean()
        return centred @ (self.dual_weights_[modality] * self.component_scale_)

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """See `Aligner.gradient`; TypeError for approximations, whose maps have none."""
        if self.approximation is not None:
            return super().gradient(modality, X, weights)
        X = writable(check_view(self, modality, X))
        coefficients = (np.asarray(weights) * self.component_scale_) @ self.dual_weights_[modality].T
        coefficients -= coefficients.mean(axis=1, keepdims=True)
        kernel, gamma = self.kernels_[modality], self.gammas_[modality]
        return kernel_gradient(kernel, X, self.rows_[modality], gamma, coefficients)
