"""Inter-media hashing (Song, Yang, Yang, Huang & Shen 2013): codes that neighbours share in every view."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator, eigsh
from sklearn.neighbors import kneighbors_graph
from sklearn.utils import check_random_state

from classicxm.alignment.blas import product
from classicxm.alignment.linear import fixed_signs
from classicxm.base import check_views
from classicxm.hashing.bits import LinearHash
from classicxm.hashing.whitened import whitened_views
from classicxm.parameters import Either, InstanceOf, Integer, Real, check_parameters

__all__ = ["IMH", "predictable_targets"]

#: Rows up to which all eigenvectors at once are quicker than the leading ones by Lanczos' method.
DENSE_ROWS = 400


def neighbour_graph(X: np.ndarray, n_neighbours: int) -> tuple[Any, np.ndarray]:
    """Sparse (n, n) ones between rows of which one is among the other's nearest, and each row's number of them."""
    k = min(n_neighbours, len(X) - 1)
    graph = kneighbors_graph(X, k)
    graph = graph.maximum(graph.T)
    return graph, np.asarray(graph.sum(axis=1)).ravel()


def predictable_targets(
    rows: Mapping[str, np.ndarray],
    graphs: Mapping[str, tuple[Any, np.ndarray]],
    smoothness: float,
    n_bits: int,
    random_state: int | np.random.RandomState | None,
) -> np.ndarray:
    """Orthonormal columns F (n, n_bits), of mean 0, that regression predicts and that neighbours share in all views.

    They are the leading eigenvectors of sum ZZ' / (n - 1) - smoothness (D - G) over the views, Z being whitened rows
    (n, r), so that ZZ' / (n - 1) is what ridge regression makes of a target, and D - G the Laplacian of the
    neighbour graph.

    Parameters
    ----------
    rows : dict of str to array (n, r)
    graphs : dict of str to (sparse (n, n), (n,))
        Neighbours and numbers of neighbours.
    """
    n = len(next(iter(rows.values())))
    # A constant costs nothing to smooth and says nothing; this puts it last.
    last = 1.0 + 2.0 * smoothness * sum(degrees.max() for _, degrees in graphs.values())

    def apply(F: np.ndarray) -> np.ndarray:
        F = F.reshape(n, -1)
        found = -last * np.broadcast_to(F.mean(axis=0), F.shape)
        for name, Z in rows.items():
            graph, degrees = graphs[name]
            found = found + product(Z, product(Z.T, F)) / max(1, n - 1)
            found -= smoothness * (degrees[:, None] * F - graph @ F)
        return found

    if n <= DENSE_ROWS or n_bits > n // 4:
        _, F = eigh(apply(np.eye(n)), subset_by_index=[n - n_bits, n - 1], check_finite=False)
    else:
        start = check_random_state(random_state).normal(size=n)
        operator = LinearOperator((n, n), matvec=lambda f: apply(f).ravel(), matmat=apply, dtype=np.float64)
        _, F = eigsh(operator, k=n_bits, which="LA", v0=start, tol=1e-6)
    return fixed_signs({"rows": F[:, ::-1]})["rows"]


class IMH(LinearHash):
    """Bits that linear regression predicts from every view, and that neighbours within every view share.

    The paper also weighs how much paired rows of different media shall agree. Here every row is a pair and that
    weight is taken to infinity: all views have the same target. Planes pass through the median of the training
    rows, so that bits are balanced.

    Parameters
    ----------
    n_bits : int, default=16
        Less than the number of rows.
    n_neighbours : int, default=5
        Nearest rows, by Euclidean distance, that a row is joined to.
    smoothness : float, default=0.01
        Weight of differences between neighbours (the paper's lambda).
    ridge : float, default=1e-3
        Of the regressions (the paper's beta), as a fraction of the mean diagonal of each covariance.
    random_state : int, RandomState or None, default=0
        Of the eigensolver's start.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_bits)
    means_ : dict of str to array (d,)
    thresholds_ : dict of str to array (n_bits,)

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 4.0]], "text": [[1.0], [2.0], [5.0], [7.0]]}
    >>> IMH(1, n_neighbours=1).fit(views).transform_view("text", [[1.0], [7.0]]).sum()
    np.float32(0.0)
    """

    parameter_ranges = {
        "n_bits": Integer(1),
        "n_neighbours": Integer(1),
        "smoothness": Real(0),
        "ridge": Real(0),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        n_bits: int = 16,
        *,
        n_neighbours: int = 5,
        smoothness: float = 0.01,
        ridge: float = 1e-3,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_bits = n_bits
        self.n_neighbours = n_neighbours
        self.smoothness = smoothness
        self.ridge = ridge
        self.random_state = random_state

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views."""
        check_parameters(self)
        views = check_views(views)
        n = len(next(iter(views.values())))
        if self.n_bits >= n:
            raise ValueError(
                f"n_bits must be less than the number of rows ({n}), got {self.n_bits}; lower it"
            )
        means, bases, rows = whitened_views(views, self.ridge)
        graphs = {name: neighbour_graph(X, self.n_neighbours) for name, X in views.items()}
        F = predictable_targets(rows, graphs, self.smoothness, self.n_bits, self.random_state)
        inner = {name: product(Z.T, F) / max(1, n - 1) for name, Z in rows.items()}
        self.weights_ = {name: product(bases[name], inner[name]) for name in views}
        self.thresholds_ = {name: np.median(product(rows[name], inner[name]), axis=0) for name in views}
        self.means_, self.n_features_in_ = means, {name: X.shape[1] for name, X in views.items()}
        return self
