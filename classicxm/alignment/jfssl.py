"""Joint feature selection and subspace learning (Wang, He, Wang, Wang & Tan 2016)."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.linalg import solve
from sklearn.neighbors import kneighbors_graph

from classicxm.alignment.blas import gram, product
from classicxm.alignment.lcfs import row_weights
from classicxm.alignment.linear import LinearAligner
from classicxm.base import check_views
from classicxm.labels import class_indicators
from classicxm.parameters import Boolean, Integer, Real, check_parameters

__all__ = ["JFSSL", "graph_products", "selected_maps"]


def graph_products(
    views: Mapping[str, np.ndarray], indicators: np.ndarray, n_neighbours: int, between: float
) -> dict[tuple[str, str], np.ndarray]:
    """X_a' L_ab X_b / n of the graph Laplacian over all items of all views, for every (a, b).

    Items of one view are joined when one is among the ``n_neighbours`` nearest of the other; items of different
    views with weight ``between`` when they share a class (equations 6 and 7), each row's weights divided by its
    number of mates so that large classes do not rule.
    """
    n = len(indicators)
    # Across views every pair of one class is an edge of weight 1 / sqrt(mates_i mates_j), so that large classes do not
    # outweigh small ones. The matrix has the rank of the classes: products go through them and never form (n, n).
    mates = np.maximum(indicators @ indicators.sum(axis=0), 1.0)
    scaled = indicators / np.sqrt(mates)[:, None]
    degree_between = between * (len(views) - 1) * (scaled @ scaled.sum(axis=0))
    found, collapsed = {}, {name: product(X.T, scaled) for name, X in views.items()}
    for name, X in views.items():
        k = min(n_neighbours, n - 1)
        graph = kneighbors_graph(X, k) if k else sparse.csr_array((n, n))
        graph = graph.maximum(graph.T)
        degree = np.asarray(graph.sum(axis=1)).ravel() + degree_between
        found[name, name] = product(X.T, X * degree[:, None] - graph @ X) / n
    for a in views:
        for b in views:
            if a != b:
                found[a, b] = -between * product(collapsed[a], collapsed[b].T) / n
    return found


def selected_maps(
    views: Mapping[str, np.ndarray],
    targets: np.ndarray,
    laplacians: Mapping[tuple[str, str], np.ndarray],
    sparsity: float,
    smoothness: float,
    n_iterations: int,
) -> dict[str, np.ndarray]:
    """Maps of every view to the targets, updated in turn (algorithm 1): dict of (d, c)."""
    n = len(targets)
    grams = {name: gram(X) / n for name, X in views.items()}
    wanted = {name: product(X.T, targets) / n for name, X in views.items()}
    maps = {
        name: solve(
            G + 1e-3 * np.trace(G) / len(G) * np.eye(len(G)) + 1e-12 * np.eye(len(G)),
            wanted[name],
            assume_a="pos",
        )
        for name, G in grams.items()
    }
    for _ in range(n_iterations):
        for name in views:
            # The objective is quadratic in one view's map while the others and the row weights are held: its
            # gradient is zero where this system is solved, and the other views enter by the Laplacian's
            # blocks beside the diagonal.
            pull = sum(product(laplacians[name, other], maps[other]) for other in views if other != name)
            system = grams[name] + smoothness * laplacians[name, name]
            system = system + sparsity / n * np.diag(row_weights(maps[name])) + 1e-12 * np.eye(len(system))
            maps[name] = solve(system, wanted[name] - smoothness * pull, assume_a="sym")
    return maps


class JFSSL(LinearAligner):
    """Views mapped to the space of labels, with few features chosen and neighbours kept near, within and across.

    Parameters
    ----------
    sparsity : float, default=0.1
        Weight of the l2,1 norms of the maps (lambda 1).
    smoothness : float, default=0.01
        Weight of the graph regularisation (lambda 2).
    between : float, default=1
        Weight of edges across views against those within (beta).
    n_neighbours : int, default=10
    n_iterations : int, default=5
    centre : bool, default=False
        Subtract the means of features and targets; histograms do better without.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_classes)
    means_ : dict of str to array (d,)
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> JFSSL().fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 2)
    """

    score_metric = "dot"
    late_parameters = ("sparsity", "smoothness", "n_iterations")
    parameter_ranges = {
        "sparsity": Real(0),
        "smoothness": Real(0),
        "between": Real(0),
        "n_neighbours": Integer(0),
        "n_iterations": Integer(1),
        "centre": Boolean(),
    }

    def __init__(
        self,
        *,
        sparsity: float = 0.1,
        smoothness: float = 0.01,
        between: float = 1.0,
        n_neighbours: int = 10,
        n_iterations: int = 5,
        centre: bool = False,
    ) -> None:
        self.sparsity = sparsity
        self.smoothness = smoothness
        self.between = between
        self.n_neighbours = n_neighbours
        self.n_iterations = n_iterations
        self.centre = centre

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views and y: one label, or list of labels, per row."""
        check_parameters(self)
        return self.finish_fit(self.prepare_fit(views, y))

    def prepare_fit(self, views: Mapping[str, Any], y: Any = None) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """Means, targets and graph products of these rows."""
        views = check_views(views)
        classes, targets = class_indicators(y, len(next(iter(views.values()))))
        means = {name: X.mean(axis=0) * self.centre for name, X in views.items()}
        shifted = {name: X - means[name] for name, X in views.items()}
        laplacians = graph_products(shifted, targets, self.n_neighbours, self.between)
        targets = targets - targets.mean(axis=0) * self.centre
        learned = {"classes_": classes, "means_": means}
        learned["n_features_in_"] = {name: X.shape[1] for name, X in views.items()}
        return learned, (shifted, targets, laplacians)

    def finish_fit(self, prepared: Any) -> Self:
        """Solve for the maps."""
        learned, (shifted, targets, laplacians) = prepared
        self.__dict__.update(learned)
        self.weights_ = selected_maps(
            shifted, targets, laplacians, self.sparsity, self.smoothness, self.n_iterations
        )
        return self
