"""Cluster CCA and mean CCA (Rasiwasia, Mahajan, Mahadevan & Aggarwal 2014): classes correspond, not single items."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from classicxm.alignment.blas import gram, product
from classicxm.alignment.cca import correlated_directions
from classicxm.alignment.linear import LinearAligner, check_components, fixed_signs
from classicxm.alignment.moments import JointMoments, Moments
from classicxm.alignment.whitening import cross_blocks, whiten_views
from classicxm.base import check_views
from classicxm.labels import class_indicators
from classicxm.parameters import Boolean, Integer, Real, check_parameters

__all__ = ["ClusterCCA", "MeanCCA", "cluster_moments"]


def cluster_moments(views: Mapping[str, np.ndarray], indicators: np.ndarray, within: bool = True) -> Moments:
    """`Moments` of views in which every item of a class is paired with every item of that class.

    A class of m items makes m * m pairs, so each of its items counts m times in its view's covariance, and the
    cross-covariance is that of class means weighted by m * m (equations 8 to 10).

    Parameters
    ----------
    views : dict of str to array (n, d)
    indicators : (n, n_classes)
    within : bool
        False leaves out the spread within classes from the views' covariances too (mean CCA, every class alike).

    Returns
    -------
    Moments with one row for every pair (``within``) or class
    """
    counts = indicators.sum(axis=0)
    present = counts > 0
    indicators, counts = indicators[:, present], counts[present]
    class_weight = counts**2 if within else np.ones(len(counts))
    edges = np.cumsum([0, *(X.shape[1] for X in views.values())])
    means = np.hstack([indicators.T @ X for X in views.values()]) / counts[:, None]
    total = class_weight.sum()
    mean = class_weight @ means / total
    scatter = gram(np.sqrt(class_weight)[:, None] * (means - mean))
    if within:
        # An item stands in as many pairs as its classes have items. Weighing its row by the root of that gives the
        # covariance over all pairs without writing one of them out.
        item_weight = np.sqrt(indicators @ counts)
        for i, X in enumerate(views.values()):
            part = slice(edges[i], edges[i + 1])
            centred = (X - mean[part]) * item_weight[:, None]
            scatter[part, part] = gram(centred)
    moments = Moments()
    moments.parts.append(JointMoments(views, edges, int(total), mean, scatter))
    return moments


class ClusterCCA(LinearAligner):
    """CCA over all pairs of items that share a class, in closed form.

    Parameters
    ----------
    n_components : int, default=9
        At most the rank of the narrowest view; beyond the number of classes less one, nothing correlates.
    ridge : float, default=1e-3
        Added to each covariance as a fraction of its mean diagonal.
    power : float, default=1
        Components are weighted by correlation**power.
    scale : bool, default=True
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    correlations_ : (n_components,), descending
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> ClusterCCA(1).fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    parameter_ranges = {"n_components": Integer(1), "ridge": Real(0), "power": Real(0), "scale": Boolean()}
    _within = True

    def __init__(
        self, n_components: int = 9, *, ridge: float = 1e-3, power: float = 1.0, scale: bool = True
    ) -> None:
        self.n_components = n_components
        self.ridge = ridge
        self.power = power
        self.scale = scale

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        self.classes_, indicators = class_indicators(y, len(next(iter(views.values()))))
        moments = cluster_moments(views, indicators, self._within)
        bases, self.rank_ = whiten_views(moments, self.ridge, self.scale)
        k = check_components(self.n_components, self.rank_)
        directions, correlations = correlated_directions(cross_blocks(moments, bases), k)
        self.weights_ = fixed_signs({name: product(bases[name], directions[name]) for name in bases})
        self.means_ = {name: moments.mean(name) for name in bases}
        self.correlations_ = np.clip(correlations, 0.0, 1.0)
        self.component_scale_ = self.correlations_**self.power
        self.n_features_in_ = moments.widths
        return self


class MeanCCA(ClusterCCA):
    """CCA of the classes' mean vectors, one pair per class.

    Parameters
    ----------
    n_components : int, default=9
        At most the number of classes less one.
    ridge : float, default=1e-3
        Added to each covariance of class means as a fraction of its mean diagonal.
    power : float, default=1
        Components are weighted by correlation**power.
    scale : bool, default=True
        Divide every feature by the standard deviation of its class means first.

    Attributes
    ----------
    As for `ClusterCCA`.

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> MeanCCA(1).fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    _within = False
