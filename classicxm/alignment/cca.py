"""Canonical correlation analysis in closed form (Hotelling 1936; ridge: Vinod 1976; many views: Kettenring 1971)."""

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any, Self

import numpy as np
from scipy.linalg import eigh, svd

from classicxm.alignment.blas import gram, product
from classicxm.alignment.dual_views import DualViews, StandardViews
from classicxm.alignment.linear import MomentAligner, check_components, check_names, fixed_signs
from classicxm.alignment.moments import Moments
from classicxm.alignment.whitening import cross_blocks, spectral_whitener, whiten_views
from classicxm.base import check_views
from classicxm.parameters import Boolean, Choice, Either, Integer, Real, check_parameters
from classicxm.sequences import plain_array

__all__ = ["CCA", "correlated_directions", "leading_singular", "squared_singular"]

MOST_AUTOMATIC = 32

#: Weights of each view, canonical correlations, and ranks.
Solved = tuple[dict[str, np.ndarray], np.ndarray, dict[str, int]]


def leading_singular(K: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The k leading left vectors (r1, k), values (k,) and right vectors (r2, k) of K (r1, r2).

    Where few of many are wanted, and none is so small that squaring would cost its digits, they come from
    eigenvectors of the smaller of K'K and KK', which is several times faster.
    """
    found = None
    if 4 * k < min(K.shape):
        # Eigenvalues of K'K are exact to rounding of the largest, so a singular value above 1e-3 of it keeps
        # nine digits.
        found = squared_singular(K, k, lambda values: values[0] > 1e-6 * max(1.0, values[-1]))
    if found is not None:
        return found
    U, values, Vt = svd(K, full_matrices=False, check_finite=False)
    return U[:, :k], values[:k], Vt[:k].T


def squared_singular(
    K: np.ndarray, k: int, sound: Callable[[np.ndarray], bool]
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """`leading_singular` from eigenvectors of the smaller of K'K and KK'; None where eigenvalues are not sound.

    Parameters
    ----------
    K : (r1, r2)
    k : int
    sound : callable
        Is given the k largest squared singular values, ascending.
    """
    narrow = min(K.shape)
    flat = K if K.shape[1] == narrow else K.T
    values, V = eigh(gram(flat), subset_by_index=[narrow - k, narrow - 1], check_finite=False)
    if not sound(values):
        return None
    values, V = np.sqrt(values[::-1]), V[:, ::-1]
    U = product(flat, V) / values
    return (U, values, V) if flat is K else (V, values, U)


def correlated_directions(
    cross: Mapping[tuple[str, str], np.ndarray], n_components: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Directions of whitened views that correlate most.

    Two views: singular vectors of their cross-covariance. More: eigenvectors of the matrix of all blocks, whose
    diagonal blocks are identities; an eigenvalue 1 + (V - 1) r among V views stands for the correlation r, which
    for two views is the canonical correlation.

    Parameters
    ----------
    cross : dict of (str, str) to array (r_a, r_b)
        Whitened cross-covariance of each pair of views, first name before second in the order of views.
    n_components : int

    Returns
    -------
    directions : dict of str to array (r, n_components)
    correlations : (n_components,), descending

    Examples
    --------
    >>> directions, correlations = correlated_directions({("image", "text"): np.diag([0.5, 0.9])}, 1)
    >>> correlations, abs(directions["text"])
    (array([0.9]), array([[0.],
           [1.]]))
    """
    if len(cross) == 1:
        ((a, b), K) = next(iter(cross.items()))
        U, correlations, V = leading_singular(K, n_components)
        return {a: U, b: V}, correlations
    sizes = {}
    for (a, b), K in cross.items():
        sizes[a], sizes[b] = K.shape
    edges = np.cumsum([0, *sizes.values()])
    columns = {name: slice(edges[i], edges[i + 1]) for i, name in enumerate(sizes)}
    joint = np.eye(edges[-1])
    for (a, b), K in cross.items():
        joint[columns[a], columns[b]] = K
        joint[columns[b], columns[a]] = K.T
    last = edges[-1] - 1
    values, vectors = eigh(joint, subset_by_index=[last - n_components + 1, last], check_finite=False)
    # Eigenvectors have length 1 over all views together; SUMCOR's constraint is that the views' variances sum
    # to their number.
    vectors = vectors[:, ::-1] * np.sqrt(len(sizes))
    return {name: vectors[part] for name, part in columns.items()}, (values[::-1] - 1) / (len(sizes) - 1)


class CCA(MomentAligner):
    """Directions of two or more views that correlate most.

    Two views are whitened by Cholesky factors and one singular value decomposition gives every component. Three
    or more views solve the block generalised eigenproblem (all covariances against within-view covariances).

    Parameters
    ----------
    n_components : int, "auto" or None, default=10
        Dimensions of the common subspace; at most the rank of the narrowest view, which None takes. "auto" takes
        32, or the rank where it is lower: enough for collections of a few thousand items.
    ridge : float, default=1e-3
        Added to each covariance as a fraction of its mean diagonal. More steadies small samples; with 0 a view
        of short rank is reduced to its leading eigenvectors.
    power : float, default=1
        Components are weighted by correlation**power (Klein et al. 2015 use 1); 0 leaves them equal.
    scale : bool, default=False
        Divide every feature by its standard deviation first, so that the ridge treats all alike.
    solver : {"auto", "primal", "dual"}, default="auto"
        "primal" solves in features, from moments, and can go on with `partial_fit`; "dual" in rows, which is
        cheaper and smaller when a view has more features than there are rows; "auto" chooses by shape.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
        Unit (ridged) variance of every component of two views, before weighting; the largest entry of the first
        view is positive.
    means_ : dict of str to array (d,)
    correlations_ : (n_components,)
        Canonical correlations, descending.
    component_scale_ : (n_components,)
        correlations_**power.
    rank_ : dict of str to int
        Rank of each view.
    moments_ : Moments or None
        None after the dual solver.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.normal(size=(50, 1))
    >>> views = {"image": shared @ [[1.0, 2.0]] + 0.1 * rng.normal(size=(50, 2)), "text": shared @ [[3.0, 1.0]]}
    >>> cca = CCA(n_components=1).fit(views)
    >>> float(cca.correlations_[0]) > 0.9, cca.rank_
    (True, {'image': 2, 'text': 1})
    >>> cca.transform_view("text", [[0.0, 0.0]]).shape
    (1, 1)
    """

    score_metric = "cosine"
    parameter_ranges = {
        "n_components": Either(None, "auto", Integer(1)),
        "ridge": Real(0),
        "power": Real(0),
        "scale": Boolean(),
        "solver": Choice("auto", "primal", "dual"),
    }
    late_parameters = ("scale", "ridge", "n_components", "power")

    def __init__(
        self,
        n_components: int | str | None = 10,
        *,
        ridge: float = 1e-3,
        power: float = 1.0,
        scale: bool = False,
        solver: str = "auto",
    ) -> None:
        self.n_components = n_components
        self.ridge = ridge
        self.power = power
        self.scale = scale
        self.solver = solver

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Also from files in which private alignment was a setting of this class."""
        if "epsilon" in state:
            from classicxm.alignment.private_cca import PrivateCCA, without_privacy

            if state["epsilon"] is not None and type(self) is CCA:
                self.__class__ = PrivateCCA
            elif state["epsilon"] is None:
                state = without_privacy(state)
        super().__setstate__(state)

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views (dict of (n, d) arrays, which may be memory-mapped)."""
        return self.finish_fit(self.prepare_fit(views))

    def prepare_fit(self, views: Mapping[str, Any], y: Any = None) -> Moments | DualViews:
        """What all settings of one solver share."""
        check_parameters(self)
        check_names(views)
        return DualViews(check_views(views)) if self._dual(views) else Moments().add(views)

    def finish_fit(self, prepared: Moments | DualViews) -> Self:
        """Solve with these settings."""
        if isinstance(prepared, Moments):
            self._learn(prepared)
        else:
            self._learn_dual(prepared)
        return self

    def _dual(self, views: Mapping[str, Any]) -> bool:
        if self.solver != "auto":
            return self.solver == "dual"
        shapes = [plain_array(f"rows of the {name!r} view", X).shape for name, X in views.items()]
        return all(len(shape) == 2 for shape in shapes) and any(0 < n < d for n, d in shapes)

    def _solve(self, moments: Moments) -> None:
        bases, ranks = whiten_views(moments, self.ridge, self.scale)
        k = self._n_kept(ranks)
        cross = cross_blocks(moments, bases)
        directions, correlations = correlated_directions(cross, k)
        weights = {name: product(bases[name], directions[name]) for name in bases}
        self._keep(weights, {name: moments.mean(name) for name in bases}, correlations, ranks)

    def _learn_dual(self, views: DualViews) -> None:
        # without a ridge whitening undoes every scale, and units would only disturb the rank
        standard = views.standardised(self.scale or self.ridge == 0)
        weights, correlations, ranks = self._by_factors(standard) or self._by_eigenvectors(standard)
        weights = {name: W / standard.spreads[name][:, None] for name, W in weights.items()}
        self._keep(weights, standard.means, correlations, ranks)
        self.moments_, self.n_features_in_ = None, {name: len(mean) for name, mean in standard.means.items()}

    def _by_factors(self, standard: StandardViews) -> Solved | None:
        """Weights, correlations and ranks of two ridged views, or None where that loses digits."""
        centred = standard.centred
        if not self.ridge or len(centred) != 2 or all(len(X) >= X.shape[1] for X in centred.values()):
            return None
        pair = standard.pair(self.ridge)
        solved = standard.weights(self.ridge, self._n_kept(pair.ranks)) if pair else None
        return (*solved, pair.ranks) if pair and solved else None

    def _by_eigenvectors(self, standard: StandardViews) -> Solved:
        centred, bases = standard.centred, {}
        for name, X in centred.items():
            amount = self.ridge * np.einsum("ij,ij->", X, X) / (max(1, len(X) - 1) * X.shape[1])
            bases[name] = spectral_whitener(*standard.rows[name].spectrum, amount)
        ranks = {name: whitened.shape[1] for name, (_, whitened) in bases.items()}
        divisor = len(next(iter(centred.values()))) - 1
        cross = {(a, b): product(bases[a][1].T, bases[b][1]) / divisor for a, b in _pairs(bases)}
        directions, correlations = correlated_directions(cross, self._n_kept(ranks))
        weights = {
            name: product(centred[name].T, product(bases[name][0], directions[name])) for name in bases
        }
        return weights, correlations, ranks

    def _n_kept(self, ranks: Mapping[str, int]) -> int:
        if self.n_components == "auto":
            return min(MOST_AUTOMATIC, check_components(None, ranks))
        return check_components(self.n_components, ranks)

    def _keep(
        self,
        weights: Mapping[str, np.ndarray],
        means: Mapping[str, np.ndarray],
        correlations: np.ndarray,
        ranks: Mapping[str, int],
    ) -> None:
        self.weights_, self.means_, self.rank_ = fixed_signs(weights), means, ranks
        self.correlations_ = np.clip(correlations, 0.0, 1.0)
        self.component_scale_ = self.correlations_**self.power


def _pairs(views: Iterable[str]) -> list[tuple[str, str]]:
    return list(combinations(views, 2))
