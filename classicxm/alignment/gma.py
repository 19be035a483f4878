"""Generalised multiview analysis (Sharma, Kumar, Daume & Jacobs 2012): one eigenproblem, several matrices.

With W_a what a view should spread, D_a what it should hold small and Z what ties the views together, the weights
are the leading generalised eigenvectors v = (v_1, v_2) of

    [W_1   t Z ]       [D_1   0 ]
    [t Z'  W_2 ] v = m [ 0   D_2] v          (equations 7 and 8)

where each D is scaled to trace 1 and each W by the same factor, so that no view rules by its units.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from scipy.linalg import eigh

from classicxm.alignment.blas import gram, product
from classicxm.alignment.linear import LinearAligner, check_components, fixed_signs
from classicxm.alignment.whitening import spreads
from classicxm.base import check_views
from classicxm.labels import class_indicators
from classicxm.parameters import Boolean, Integer, Real, check_parameters

__all__ = ["BLM", "GMLDA", "GMALike", "generalised_directions", "pair_products", "scatters"]


#: What a member of the family solves: W and D of each view, and Z of each pair of views.
Problem = tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[tuple[str, str], np.ndarray]]


def generalised_directions(
    spread: Mapping[str, np.ndarray],
    tight: Mapping[str, np.ndarray],
    tie: Mapping[tuple[str, str], np.ndarray],
    k: int,
    trade_off: float,
    ridge: float,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Leading eigenvectors of the problem above.

    Parameters
    ----------
    spread, tight : dict of str to array (d, d)
        W and D of each view.
    tie : dict of (str, str) to array (d_a, d_b)
        Z of each pair of views.
    k : int
    trade_off : float
        t, the weight of agreement between views.
    ridge : float
        Added to each D as a fraction of its mean diagonal.

    Returns
    -------
    weights : dict of str to array (d, k)
    values : (k,), descending
    """
    names = list(spread)
    edges = np.cumsum([0, *(len(spread[name]) for name in names)])
    columns = {name: slice(edges[i], edges[i + 1]) for i, name in enumerate(names)}
    size = {name: _size(tight[name], spread[name]) for name in names}
    left, right = np.zeros((2, edges[-1], edges[-1]))
    for name in names:
        part = columns[name]
        left[part, part] = spread[name] / size[name]
        steadied = tight[name] / size[name]
        # The problem is solved by a Cholesky factor of the right side, which a D without full rank does not
        # have.
        right[part, part] = steadied + (ridge / len(steadied) + 1e-12) * np.eye(len(steadied))
    for (a, b), Z in tie.items():
        left[columns[a], columns[b]] = trade_off * Z / np.sqrt(size[a] * size[b])
        left[columns[b], columns[a]] = left[columns[a], columns[b]].T
    last = edges[-1] - 1
    values, vectors = eigh(left, right, subset_by_index=[last - k + 1, last], check_finite=False)
    # Dividing W and D by a view's size makes this the problem of the weights times the size's root.
    weights = {name: vectors[columns[name], ::-1] / np.sqrt(size[name]) for name in names}
    return weights, values[::-1]


def _size(tight: np.ndarray, spread: np.ndarray) -> float:
    """Trace of D, or of W where D is nothing but rounding (every class a single row)."""
    inner, outer = np.trace(tight), np.trace(spread)
    return inner if inner > 1e-10 * outer else outer or 1.0


def scatters(X: np.ndarray, indicators: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class means (c, d), between-class (d, d) and within-class (d, d) scatter of centred rows X (n, d).

    Rows of several classes count in each. Classes without rows have mean 0 and no weight.

    >>> X = np.array([[-2.0], [0.0], [2.0]])
    >>> scatters(X, np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))[1:]
    (array([[6.]]), array([[2.]]))
    """
    counts = indicators.sum(axis=0)
    means = (indicators.T @ X) / np.maximum(counts, 1.0)[:, None]
    weighted = np.sqrt(counts)[:, None] * means
    between = gram(weighted)
    total = gram(np.sqrt(indicators.sum(axis=1))[:, None] * X)
    return means, between, total - between


class GMALike(LinearAligner):
    """What the members of the family share: centring, scaling and the eigenproblem.

    A subclass writes ``_matrices(centred, indicators)``, which gives W, D and Z; no late parameter enters it.
    """

    supervised = True
    late_parameters = ("n_components", "trade_off", "ridge")
    parameter_ranges = {
        "n_components": Integer(1),
        "trade_off": Real(0),
        "ridge": Real(0),
        "scale": Boolean(),
    }

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views (dict of (n, d) arrays) and, but for BLM, labels or lists of labels."""
        check_parameters(self)
        return self.finish_fit(self.prepare_fit(views, y))

    def prepare_fit(
        self, views: Mapping[str, Any], y: Any = None
    ) -> tuple[dict[str, Any], dict[str, np.ndarray], Problem]:
        """Means, divisors and the family's matrices of these rows."""
        views = check_views(views)
        n = len(next(iter(views.values())))
        learned: dict[str, Any] = {}
        indicators = None
        if self.supervised:
            learned["classes_"], indicators = class_indicators(y, n)
        means = {name: X.mean(axis=0) for name, X in views.items()}
        divisors = {
            name: spreads(X.var(axis=0, ddof=min(1, n - 1)), means[name], self.scale)
            for name, X in views.items()
        }
        centred = {name: (X - means[name]) / divisors[name] for name, X in views.items()}
        learned["means_"] = means
        learned["n_features_in_"] = {name: X.shape[1] for name, X in views.items()}
        return learned, divisors, self._matrices(centred, indicators)

    def finish_fit(self, prepared: Any) -> Self:
        """Solve the eigenproblem."""
        learned, divisors, (spread, tight, tie) = prepared
        check_components(self.n_components, learned["n_features_in_"], "features of the {name!r} view")
        weights, values = generalised_directions(
            spread, tight, tie, self.n_components, self.trade_off, self.ridge
        )
        self.__dict__.update(learned)
        self.weights_ = fixed_signs({name: W / divisors[name][:, None] for name, W in weights.items()})
        self.eigenvalues_ = values
        return self


def pair_products(views: Mapping[str, np.ndarray]) -> dict[tuple[str, str], np.ndarray]:
    """X_a' X_b of every pair of views, divided by the number of rows."""
    names = list(views)
    return {
        (a, b): product(views[a].T, views[b]) / len(views[a])
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }


class BLM(GMALike):
    """Bilinear model (Tenenbaum & Freeman 2000) in the form of generalised multiview analysis.

    W is the covariance of a view, D the identity: directions in which the views vary much and alike.

    Parameters
    ----------
    n_components : int, default=10
    trade_off : float, default=10
        Weight of agreement between views against variance within them.
    scale : bool, default=True
        Divide every feature by its standard deviation first.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    eigenvalues_ : (n_components,), descending

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> BLM(1).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    supervised = False
    ridge = 0.0

    def __init__(self, n_components: int = 10, *, trade_off: float = 10.0, scale: bool = True) -> None:
        self.n_components = n_components
        self.trade_off = trade_off
        self.scale = scale

    def _matrices(self, centred: Mapping[str, np.ndarray], indicators: Any) -> Problem:
        spread = {name: gram(X) / len(X) for name, X in centred.items()}
        return spread, {name: np.eye(len(C)) for name, C in spread.items()}, pair_products(centred)


class GMLDA(GMALike):
    """Linear discriminants of all views at once, whose class means meet.

    W is the between-class scatter of a view, D the within-class scatter, Z the products of the views' class means,
    each class counting by its rows.

    Parameters
    ----------
    n_components : int, default=9
        Beyond the number of classes less one, directions only serve agreement.
    trade_off : float, default=10
        Weight of agreement between views.
    ridge : float, default=1e-3
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
    >>> GMLDA(1).fit(views, ["sea", "sea", "sky"]).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    def __init__(
        self, n_components: int = 9, *, trade_off: float = 10.0, ridge: float = 1e-3, scale: bool = True
    ) -> None:
        self.n_components = n_components
        self.trade_off = trade_off
        self.ridge = ridge
        self.scale = scale

    def _matrices(self, centred: Mapping[str, np.ndarray], indicators: Any) -> Problem:
        n = len(indicators)
        found = {name: scatters(X, indicators) for name, X in centred.items()}
        # Scaled so that the mean over classes in the products becomes the mean over rows.
        weight = np.sqrt(indicators.sum(axis=0) / n * indicators.shape[1])[:, None]
        ties = pair_products({name: weight * means for name, (means, _, _) in found.items()})
        between = {name: B / n for name, (_, B, _) in found.items()}
        return between, {name: W / n for name, (_, _, W) in found.items()}, ties
