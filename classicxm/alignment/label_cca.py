"""Canonical correlation with labels as one more view (Gong, Ke, Isard & Lazebnik 2014)."""

from collections.abc import Mapping
from typing import Any, Self

from classicxm.alignment.cca import CCA
from classicxm.alignment.linear import LinearAligner
from classicxm.base import check_views
from classicxm.labels import LABEL_VIEW, class_indicators
from classicxm.parameters import Boolean, Integer, Real, check_parameters

__all__ = ["LabelCCA"]


class LabelCCA(LinearAligner):
    """CCA of the views and the classes' indicators; components are weighted by eigenvalue**power.

    Parameters
    ----------
    n_components : int, default=9
        At most the rank of the narrowest view and the number of classes less one.
    ridge : float, default=1e-3
        Added to each covariance as a fraction of its mean diagonal.
    power : float, default=4
        The eigenvalue of the block problem runs from 1 (views unrelated) to the number of views with labels (all
        the same); the paper uses its fourth power.
    scale : bool, default=True
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    eigenvalues_ : (n_components,), descending
    component_scale_ : (n_components,)
    classes_ : array (n_classes,)

    Examples
    --------
    >>> views = {"image": [[0.0], [1.0], [5.0]], "text": [[1.0], [0.0], [7.0]]}
    >>> LabelCCA(1).fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    parameter_ranges = {"n_components": Integer(1), "ridge": Real(0), "power": Real(0), "scale": Boolean()}

    def __init__(
        self, n_components: int = 9, *, ridge: float = 1e-3, power: float = 4.0, scale: bool = True
    ) -> None:
        self.n_components = n_components
        self.ridge = ridge
        self.power = power
        self.scale = scale

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        self.classes_, indicators = class_indicators(y, len(next(iter(views.values()))))
        model = CCA(self.n_components, ridge=self.ridge, power=0.0, scale=self.scale)
        model.fit({**views, LABEL_VIEW: indicators})
        self.eigenvalues_ = 1.0 + len(views) * model.correlations_
        self.component_scale_ = self.eigenvalues_**self.power
        self.weights_ = {name: model.weights_[name] for name in views}
        self.means_ = {name: model.means_[name] for name in views}
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self
