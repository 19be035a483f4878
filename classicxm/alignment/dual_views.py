"""Views that are aligned by their rows, and what settings of an alignment share of them."""

from collections.abc import Mapping

import numpy as np

from classicxm.alignment.dual import RidgedPair, RowProducts, ridged_pair
from classicxm.alignment.moments import raise_not_finite
from classicxm.alignment.whitening import spreads, without_rounding

__all__ = ["DualViews", "StandardViews"]

#: Weights of each view and the canonical correlations.
Weighted = tuple[dict[str, np.ndarray], np.ndarray]


class StandardViews:
    """Rows minus their mean, and scaled, of views that are solved in rows.

    The latest pair and its weights are kept: settings that share them are to be tried one after another.

    Parameters
    ----------
    views : dict of str to float64 array (n, d)
    scale : bool
        Divide every column by its standard deviation.

    Attributes
    ----------
    means, spreads : dict of str to array (d,)
        What is subtracted from every column, and what it is divided by then.
    centred : dict of str to array (n, d)
    rows : dict of str to RowProducts
    """

    def __init__(self, views: Mapping[str, np.ndarray], scale: bool) -> None:
        self.means, self.centred, self.spreads = {}, {}, {}
        for name, X in views.items():
            self.means[name], self.centred[name], self.spreads[name] = _standardised(X, scale)
            if not np.isfinite(self.spreads[name]).all():
                raise_not_finite(views)
        self.rows = {name: RowProducts(X) for name, X in self.centred.items()}
        self._pair: tuple[float, RidgedPair | None] | None = None
        self._weights: tuple[int, Weighted | None] | None = None

    def pair(self, ridge: float) -> RidgedPair | None:
        """`ridged_pair` of two views."""
        if self._pair is None or self._pair[0] != ridge:
            self._pair = self._weights = None  # two pairs at once would take twice the memory
            self._pair = ridge, ridged_pair(self.centred, ridge, self.rows)
        return self._pair[1]

    def weights(self, ridge: float, n_components: int) -> Weighted | None:
        """`RidgedPair.weights` of that pair."""
        pair = self.pair(ridge)
        if pair is None:
            return None
        if self._weights is None or self._weights[0] != n_components:
            self._weights = n_components, pair.weights(self.centred, n_components)
        return self._weights[1]


class DualViews:
    """Checked views (n, d) and, when they are asked for, the same in standard form.

    >>> views = DualViews({"image": np.eye(2, 3), "text": np.eye(2)})
    >>> views.standardised(False).centred["text"].tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    """

    def __init__(self, views: Mapping[str, np.ndarray]) -> None:
        self.views = views
        self._standard: tuple[bool, StandardViews] | None = None

    def standardised(self, scale: bool) -> StandardViews:
        """Rows minus their mean, each column divided by its standard deviation with ``scale``."""
        if self._standard is None or self._standard[0] != scale:
            self._standard = None
            self._standard = scale, StandardViews(self.views, scale)
        return self._standard[1]


def _standardised(X: np.ndarray, scale: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of the columns, the rows minus them and divided by what is returned third."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = X.mean(axis=0)
        centred = X - mean
        centred -= centred.mean(axis=0)  # a mean is off by rounding, which would make constant columns vary
        variance = np.einsum("ij,ij->j", centred, centred) / max(1, len(X) - 1)
    spread = spreads(variance, mean, scale)
    centred *= np.where(without_rounding(variance, mean) > 0, 1.0 / spread, 0.0)
    return mean, centred, np.where(np.isfinite(variance), spread, np.inf)
