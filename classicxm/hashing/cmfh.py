"""Collective matrix factorisation hashing (Ding, Guo & Zhou 2014): one code for all views of an item."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve
from sklearn.utils import check_random_state

from classicxm.alignment.blas import gram, product
from classicxm.base import check_view, check_views
from classicxm.hashing.bits import LinearHash, signs
from classicxm.parameters import Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["CMFH", "factorised", "shared_factors"]


def shared_factors(
    views: Mapping[str, np.ndarray],
    factors: Mapping[str, np.ndarray],
    maps: Mapping[str, np.ndarray],
    fit_weight: float,
    penalty: float,
) -> np.ndarray:
    """The shared representation V (n, k) that fits given factors U (k, d) and maps P (d, k) of every view best.

    It solves V (sum w UU' + (m fit_weight + penalty) I) = sum (w X U' + fit_weight X P) over the m views, each of
    weight w = 1 / m.
    """
    weight = 1.0 / len(views)
    system = np.add.reduce([weight * product(U, U.T) for U in factors.values()])
    system[np.diag_indices(len(system))] += len(views) * fit_weight + penalty
    wanted = np.add.reduce(
        [product(X, weight * factors[name].T + fit_weight * maps[name]) for name, X in views.items()]
    )
    return solve(system, wanted.T, assume_a="pos", check_finite=False).T


def factorised(
    views: Mapping[str, np.ndarray],
    V: np.ndarray,
    fit_weight: float,
    penalty: float,
    n_iterations: int,
    tolerance: float,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray, list[float]]:
    """Factors, maps, shared representation and objective after every update (algorithm 1).

    The objective, which no update raises, is the sum over the m views of |X - VU|^2 / m + fit_weight |V - XP|^2
    + penalty (|U|^2 + |P|^2), and penalty |V|^2.

    Parameters
    ----------
    views : dict of str to array (n, d)
        Centred rows.
    V : (n, k)
        Where to start.

    Returns
    -------
    factors, maps : dicts of str to arrays (k, d) and (d, k)
    V : (n, k)
    objectives : list of float
    """
    weight, objectives = 1.0 / len(views), []
    # The systems for the maps never change, so their factors are made once and serve every iteration.
    steadied = {name: cho_factor(_raised(gram(X), penalty / fit_weight)) for name, X in views.items()}
    for _ in range(n_iterations):
        inner = cho_factor(_raised(weight * gram(V), penalty))
        factors = {name: cho_solve(inner, weight * product(V.T, X)) for name, X in views.items()}
        maps = {name: cho_solve(steadied[name], product(X.T, V)) for name, X in views.items()}
        V = shared_factors(views, factors, maps, fit_weight, penalty)
        lost = sum(weight * _squares(X - product(V, factors[name])) for name, X in views.items())
        missed = sum(_squares(V - product(X, maps[name])) for name, X in views.items())
        size = sum(_squares(matrix) for matrix in [*factors.values(), *maps.values(), V])
        objectives.append(lost + fit_weight * missed + penalty * size)
        if len(objectives) > 1 and objectives[-2] - objectives[-1] <= tolerance * objectives[-2]:
            break
    return factors, maps, V, objectives


def _raised(matrix: np.ndarray, amount: float) -> np.ndarray:
    matrix = matrix.copy()
    matrix[np.diag_indices(len(matrix))] += amount
    return matrix


def _squares(matrix: np.ndarray) -> float:
    return float(np.einsum("ij,ij->", matrix, matrix))


class CMFH(LinearHash):
    """All views of an item are factorised into one shared code, which a linear map of each view alone approaches.

    A database whose items have every view is best searched by `shared_codes`; a query, or an item of one view,
    gets the bits of that view's map. Which of the two a published figure coded its database with matters more
    than most methods do.

    Parameters
    ----------
    n_bits : int, default=16
    fit_weight : float, default=100
        Weight of the maps' errors against that of the factorisation (the paper's mu).
    penalty : float, default=0.01
        On the squares of all that is learned (the paper's gamma).
    n_iterations : int, default=100
        Updates at most.
    tolerance : float, default=1e-5
        Updates end when the objective falls by less than this share of itself.
    random_state : int, RandomState or None, default=0
        Of the start.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_bits)
        The maps P.
    factors_ : dict of str to array (n_bits, d)
        The factors U.
    means_ : dict of str to array (d,)
    codes_ : dict of str to float32 array (n, n_bits)
        Shared codes of the training items, the same for every view.
    objectives_ : list of float, never rising

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 4.0]], "text": [[1.0], [2.0], [5.0], [7.0]]}
    >>> hasher = CMFH(2).fit(views)
    >>> hasher.transform_view("text", [[7.0]]).shape
    (1, 2)
    >>> bool((hasher.shared_codes(views) == hasher.codes_["text"]).all())
    True
    """

    parameter_ranges = {
        "n_bits": Integer(1),
        "fit_weight": Real(0, above=True),
        "penalty": Real(0, above=True),
        "n_iterations": Integer(1),
        "tolerance": Real(0),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        n_bits: int = 16,
        *,
        fit_weight: float = 100.0,
        penalty: float = 0.01,
        n_iterations: int = 100,
        tolerance: float = 1e-5,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_bits = n_bits
        self.fit_weight = fit_weight
        self.penalty = penalty
        self.n_iterations = n_iterations
        self.tolerance = tolerance
        self.random_state = random_state

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views."""
        check_parameters(self)
        views = check_views(views)
        self.means_ = {name: X.mean(axis=0) for name, X in views.items()}
        centred = {name: X - self.means_[name] for name, X in views.items()}
        n = len(next(iter(views.values())))
        start = check_random_state(self.random_state).normal(size=(n, self.n_bits))
        start -= start.mean(axis=0)
        found = factorised(centred, start, self.fit_weight, self.penalty, self.n_iterations, self.tolerance)
        self.factors_, self.weights_, V, self.objectives_ = found
        self.codes_ = dict.fromkeys(views, signs(V))
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self

    def shared_codes(self, views: Mapping[str, Any]) -> np.ndarray:
        """Codes of items by all their views together: dict of (n, d), every fitted view -> float32 (n, n_bits)."""
        views = check_views(views)
        missing = set(getattr(self, "n_features_in_", views)) - set(views)
        if missing:
            raise ValueError(
                f"shared codes need every fitted view; {sorted(missing)} missing, use transform_view"
            )
        centred = {name: check_view(self, name, X) - self.means_[name] for name, X in views.items()}
        return signs(shared_factors(centred, self.factors_, self.weights_, self.fit_weight, self.penalty))
