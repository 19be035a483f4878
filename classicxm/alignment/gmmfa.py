"""Marginal Fisher analysis of several views (Yan et al. 2007; multiview: Sharma et al. 2012, GMMFA)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.metrics.pairwise import euclidean_distances

from classicxm.alignment.blas import product
from classicxm.alignment.gma import GMALike, Problem, pair_products, scatters
from classicxm.parameters import Boolean, Integer, Real

__all__ = ["GMMFA", "marginal_graphs"]

#: Rows whose distances to all others are held at once.
CHUNK_ROWS = 1024


def marginal_graphs(
    X: np.ndarray, indicators: np.ndarray, n_within: int, n_between: int
) -> tuple[sparse.csr_array, ...]:
    """Neighbour graphs of rows X (n, d): within classes, and across them.

    Each row is joined to its ``n_within`` nearest rows that share a class, and to its ``n_between`` nearest rows
    that share none; both graphs are symmetric and hold 0 and 1.

    Returns
    -------
    within, between : sparse arrays (n, n)

    Examples
    --------
    >>> X, classes = np.array([[0.0], [1.0], [3.0]]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> within, between = marginal_graphs(X, classes, 1, 1)
    >>> within.toarray().tolist(), between.toarray().tolist()
    ([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    """
    n = len(X)
    found: dict[str, list[sparse.csr_array]] = {"within": [], "between": []}
    for start in range(0, n, CHUNK_ROWS):
        rows = np.arange(start, min(n, start + CHUNK_ROWS))
        distances = euclidean_distances(X[rows], X)
        distances[np.arange(len(rows)), rows] = np.inf
        shared = indicators[rows] @ indicators.T > 0
        found["within"].append(_nearest(np.where(shared, distances, np.inf), n_within))
        found["between"].append(_nearest(np.where(shared, np.inf, distances), n_between))
    graphs = (sparse.csr_array(sparse.vstack(parts)) for parts in found.values())
    return tuple(graph.maximum(graph.T) for graph in graphs)


def _nearest(distances: np.ndarray, count: int) -> sparse.csr_array:
    """Sparse ones (m, n) at the least finite distances (m, n) of each row, ``count`` at most."""
    count = min(count, distances.shape[1])
    columns = np.argpartition(distances, count - 1, axis=1)[:, :count]
    kept = np.isfinite(np.take_along_axis(distances, columns, axis=1))
    rows = np.broadcast_to(np.arange(len(distances))[:, None], columns.shape)
    return sparse.csr_array((np.ones(kept.sum()), (rows[kept], columns[kept])), shape=distances.shape)


def graph_scatter(X: np.ndarray, graph: sparse.csr_array) -> np.ndarray:
    """X' (D - G) X, half the sum over edges of squared differences, divided by the number of rows."""
    # (D - G) X with the degrees as a factor per row: the Laplacian is never written out.
    spread = X * graph.sum(axis=1)[:, None] - graph @ X
    return product(X.T, spread) / len(X)


class GMMFA(GMALike):
    """Neighbours of one class are drawn together and neighbours of different classes apart, in all views at once.

    W is the scatter of the between-class graph of a view, D that of the within-class graph, Z the products of the
    views' class means.

    Parameters
    ----------
    n_components : int, default=9
    n_within : int, default=5
        Nearest rows of the same class that each row is joined to.
    n_between : int, default=20
        Nearest rows of other classes that each row is joined to.
    trade_off : float, default=100
        Weight of agreement between views.
    ridge : float, default=1
        Added to D as a fraction of its mean diagonal.
    scale : bool, default=True
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    eigenvalues_ : (n_components,), descending
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> GMMFA(1).fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    parameter_ranges = {
        "n_components": Integer(1),
        "n_within": Integer(1),
        "n_between": Integer(1),
        "trade_off": Real(0),
        "ridge": Real(0),
        "scale": Boolean(),
    }

    def __init__(
        self,
        n_components: int = 9,
        *,
        n_within: int = 5,
        n_between: int = 20,
        trade_off: float = 100.0,
        ridge: float = 1.0,
        scale: bool = True,
    ) -> None:
        self.n_components = n_components
        self.n_within = n_within
        self.n_between = n_between
        self.trade_off = trade_off
        self.ridge = ridge
        self.scale = scale

    def _matrices(self, centred: Mapping[str, np.ndarray], indicators: Any) -> Problem:
        n = len(indicators)
        spread, tight, means = {}, {}, {}
        weight = np.sqrt(indicators.sum(axis=0) / n * indicators.shape[1])[:, None]
        for name, X in centred.items():
            within, between = marginal_graphs(X, indicators, self.n_within, self.n_between)
            spread[name], tight[name] = graph_scatter(X, between), graph_scatter(X, within)
            means[name] = weight * scatters(X, indicators)[0]
        return spread, tight, pair_products(means)
