"""Cross-modal factor analysis (Li, Dimitrova, Li & Sethi 2003): the rotations that bring paired rows nearest."""

import numpy as np

from classicxm.alignment.cca import leading_singular
from classicxm.alignment.linear import MomentAligner, check_components, fixed_signs
from classicxm.alignment.moments import Moments
from classicxm.parameters import Boolean, Either, Integer

__all__ = ["CFA", "procrustes"]


def procrustes(cross: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A (d1, k), B (d2, k) with orthonormal columns that minimise ||X A - Y B||_F, given cross = X'Y (eq. 5).

    Also returns the singular values (k,).

    >>> A, B, values = procrustes(np.array([[0.0, 2.0], [0.0, 0.0]]), 1)
    >>> abs(A.T), abs(B.T), values
    (array([[1., 0.]]), array([[0., 1.]]), array([2.]))
    """
    A, values, B = leading_singular(cross, k)
    return A, B, values


class CFA(MomentAligner):
    """Orthonormal projections of two views under which paired rows lie nearest to each other.

    Parameters
    ----------
    n_components : int or None, default=10
        At most the number of features of the narrower view, which None takes.
    normalise : bool, default=True
        Give both views the same total variance first; else the view with larger numbers rules the distances.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_components)
    means_ : dict of str to array (d,)
    singular_values_ : (n_components,)
        Of the (normalised) cross-covariance, descending.

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], "text": [[1.0], [2.0], [5.0]]}
    >>> CFA(1).fit(views).transform_view("text", [[5.0]]).shape
    (1, 1)
    """

    score_metric = "euclidean"
    parameter_ranges = {"n_components": Either(None, Integer(1)), "normalise": Boolean()}

    def __init__(self, n_components: int | None = 10, *, normalise: bool = True) -> None:
        self.n_components = n_components
        self.normalise = normalise

    def _solve(self, moments: Moments) -> None:
        names = list(moments.widths)
        if len(names) != 2:
            raise ValueError(f"CFA takes two views, got {len(names)}: {sorted(names)}")
        k = check_components(self.n_components, moments.widths, "features of the {name!r} view")
        size = dict.fromkeys(names, 1.0)
        if self.normalise:
            total = {name: np.sqrt(np.trace(moments.covariance(name))) for name in names}
            size = {name: value if value > 0 else 1.0 for name, value in total.items()}
        a, b = names
        A, B, self.singular_values_ = procrustes(moments.covariance(a, b) / (size[a] * size[b]), k)
        self.weights_ = fixed_signs({a: A / size[a], b: B / size[b]})
        self.means_ = {name: moments.mean(name) for name in names}
