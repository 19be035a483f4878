"""Learning coupled feature spaces (Wang, He, Wang, Wang & Tan 2013): row-sparse maps of two views to labels."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.linalg import solve

from classicxm.alignment.blas import gram, product
from classicxm.alignment.linear import LinearAligner
from classicxm.base import check_views
from classicxm.labels import class_indicators
from classicxm.parameters import Boolean, Integer, Real, check_parameters

__all__ = ["LCFS", "coupled_maps", "row_weights"]


def row_weights(U: np.ndarray, eps: float = 1e-8) -> np.ndarray:
    """Diagonal (d,) of the half-quadratic form of the l2,1 norm of U (d, c): 1 / (2 ||u_i|| + eps).

    >>> row_weights(np.array([[3.0, 4.0]]), eps=0.0)
    array([0.1])
    """
    return 1.0 / (2.0 * np.linalg.norm(U, axis=1) + eps)


def coupled_maps(
    X: np.ndarray,
    Y: np.ndarray,
    targets: np.ndarray,
    sparsity: float,
    coupling: float,
    n_iterations: int,
    eps: float = 1e-8,
) -> tuple[np.ndarray, np.ndarray]:
    """Maps U (d1, c) and V (d2, c) of two views to the targets (n, c), by iterated closed forms (algorithm 1).

    The coupling is the trace norm of [XU YV], in its half-quadratic form: with S = (XUU'X' + YVV'Y' + 1e-7 I)^(1/2),
    X'S^-1X is found through the 2c dimensions that XU and YV span.
    """
    views, start = (X, Y), 1e-3
    grams, wanted = [gram(A) for A in views], [product(A.T, targets) for A in views]
    maps = [solve(G + start * np.eye(len(G)), B, assume_a="pos") for G, B in zip(grams, wanted, strict=True)]
    for _ in range(n_iterations):
        left, values, _ = np.linalg.svd(
            np.hstack([product(A, U) for A, U in zip(views, maps, strict=True)]), full_matrices=False
        )
        floor = 1e-7
        # S^-1 is 1/sqrt(floor) off the span of ``left`` and 1/sqrt(value^2 + floor) on it.
        gain = 1.0 / np.sqrt(values**2 + floor) - 1.0 / np.sqrt(floor)
        updated = []
        for A, U, G, B in zip(views, maps, grams, wanted, strict=True):
            inside = product(left.T, A)
            coupled = G / np.sqrt(floor) + product(inside.T * gain, inside)
            # With the row weights and S held, the half-quadratic objective has its minimum where this system
            # is solved.
            system = G + sparsity * np.diag(row_weights(U, eps)) + coupling * coupled
            updated.append(solve(system, B, assume_a="pos"))
        maps = updated
    return maps[0], maps[1]


class LCFS(LinearAligner):
    """Two views mapped to the space of labels, with few features chosen and the maps' joint rank kept low.

    Parameters
    ----------
    sparsity : float, default=0.1
        Weight of the l2,1 norms of the maps (lambda 1).
    coupling : float, default=0.001
        Weight of the trace norm of both projections together (lambda 2).
    n_iterations : int, default=5
    centre : bool, default=False
        Subtract the means of features and targets; histograms do better without.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_classes)
    means_ : dict of str to array (d,)
    classes_ : array (n_classes,)

    Notes
    -----
    Meant for non-negative features such as square roots of histograms, and to be searched by dot product: scores
    are then close to the probability of a common class.

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> LCFS().fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 2)
    """

    score_metric = "dot"
    parameter_ranges = {
        "sparsity": Real(0),
        "coupling": Real(0),
        "n_iterations": Integer(1),
        "centre": Boolean(),
    }

    def __init__(
        self, *, sparsity: float = 0.1, coupling: float = 0.001, n_iterations: int = 5, centre: bool = False
    ) -> None:
        self.sparsity = sparsity
        self.coupling = coupling
        self.n_iterations = n_iterations
        self.centre = centre

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from two paired views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        if len(views) != 2:
            raise ValueError(f"LCFS takes two views, got {len(views)}: {sorted(views)}")
        self.classes_, targets = class_indicators(y, len(next(iter(views.values()))))
        means = {name: X.mean(axis=0) * self.centre for name, X in views.items()}
        targets = targets - targets.mean(axis=0) * self.centre
        X, Y = (A - means[name] for name, A in views.items())
        maps = coupled_maps(X, Y, targets, self.sparsity, self.coupling, self.n_iterations)
        self.weights_, self.means_ = dict(zip(views, maps, strict=True)), means
        self.n_features_in_ = {name: A.shape[1] for name, A in views.items()}
        return self
