"""Cross-view hashing (Kumar & Udupa 2011)."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Self

from classicxm.alignment.blas import product
from classicxm.alignment.linear import fixed_signs
from classicxm.base import check_views
from classicxm.hashing.bits import LinearHash
from classicxm.hashing.whitened import joint_directions, warn_unshared, whitened_views
from classicxm.parameters import Integer, Real, check_parameters

__all__ = ["CVH"]


class CVH(LinearHash):
    """Signs of the directions in which paired rows of two or more views are nearest.

    With rows paired one to one, the relaxed problem of the paper is that of canonical correlation: the leading
    eigenvectors of all cross-covariances against the within-view covariances.

    Parameters
    ----------
    n_bits : int, default=16
        At most the ranks of the views together. Two views share no more directions than the rank of the narrower;
        the bits beyond it are eigenvectors like any other, but agree across views by chance, which a warning says.
    ridge : float, default=1e-6
        Added to each covariance as a fraction of its mean diagonal.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_bits)
    means_ : dict of str to array (d,)
    eigenvalues_ : (n_bits,), descending
        For two views the canonical correlations, down to 0 for bits that are not shared.

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 4.0]], "text": [[1.0], [2.0], [5.0], [7.0]]}
    >>> CVH(1).fit(views).transform_view("text", [[1.0], [7.0]]).sum()
    np.float32(0.0)
    """

    parameter_ranges = {"n_bits": Integer(1), "ridge": Real(0)}

    def __init__(self, n_bits: int = 16, *, ridge: float = 1e-6) -> None:
        self.n_bits = n_bits
        self.ridge = ridge

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views."""
        check_parameters(self)
        views = check_views(views)
        means, bases, rows = whitened_views(views, self.ridge)
        n = len(next(iter(rows.values())))
        cross = {(a, b): product(rows[a].T, rows[b]) / max(1, n - 1) for a, b in combinations(rows, 2)}
        directions, self.eigenvalues_ = joint_directions(cross, self.n_bits)
        self.weights_ = fixed_signs({name: product(bases[name], directions[name]) for name in views})
        self.means_, self.n_features_in_ = means, {name: X.shape[1] for name, X in views.items()}
        warn_unshared(self, self.eigenvalues_)
        return self
