"""Semantic correlation maximisation (Zhang & Li 2014): linear hashes whose agreement approaches that of labels."""

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np

from classicxm.alignment.blas import product
from classicxm.alignment.cca import leading_singular
from classicxm.alignment.linear import fixed_signs
from classicxm.base import check_views
from classicxm.distances import unit_rows
from classicxm.hashing.bits import LinearHash, signs
from classicxm.hashing.whitened import joint_directions, warn_unshared, whitened_views
from classicxm.labels import class_indicators
from classicxm.parameters import Choice, Integer, Real, check_parameters

__all__ = ["SCMHash", "sequential_directions"]


def sequential_directions(
    X: np.ndarray, Y: np.ndarray, wanted: np.ndarray, n_bits: int
) -> tuple[np.ndarray, np.ndarray]:
    """Directions of whitened rows X (n, r1) and Y (n, r2), one pair after another: (r1, n_bits), (r2, n_bits).

    Each pair is the leading singular pair of what the bits so far leave of ``n_bits * wanted`` (algorithm 1), the
    agreement X'SY that the labels ask for.
    """
    left = n_bits * wanted
    found_x, found_y = np.empty((X.shape[1], n_bits)), np.empty((Y.shape[1], n_bits))
    for bit in range(n_bits):
        U, _, V = leading_singular(left, 1)
        found_x[:, bit], found_y[:, bit] = U[:, 0], V[:, 0]
        # Rows enter by X'sign(Xu) alone, so the n x n matrix of what is left of the agreement is never
        # written out.
        agreed = [product(Z.T, signs(product(Z, D)).astype(np.float64)) for Z, D in ((X, U), (Y, V))]
        left = left - product(agreed[0], agreed[1].T)
    return found_x, found_y


class SCMHash(LinearHash):
    """Bits of two views whose dot product, over all pairs of rows, comes nearest to how alike their labels are.

    Likeness runs from -1 to 1: twice the cosine of two rows' label indicators, minus one. It is never written out,
    since only X'SY = 2 (X'L)(Y'L)' - (X'1)(Y'1)' counts, L being indicators of unit length.

    Parameters
    ----------
    n_bits : int, default=16
    method : {"sequential", "orthogonal"}, default="sequential"
        "sequential" learns each bit from what the bits before it have missed, and takes any number of them.
        "orthogonal" takes all from one eigenproblem; the views share no more of its directions than the rank of the
        narrower or the number of classes less one allows, and a warning says how many bits agree by chance.
    scatter_ridge : float, default=1e-6
        Added to every feature's sum of squares about its mean, as the authors do; it is not relative, so raise it for
        noisy features. Sequential bits differ from ridge to ridge, and retrieval with them by about .003.

    Attributes
    ----------
    weights_ : dict of str to array (d, n_bits)
    means_ : dict of str to array (d,)
    classes_ : array (n_classes,)
    eigenvalues_ : (n_bits,), descending, orthogonal only

    Examples
    --------
    >>> views = {"image": [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 5.0]], "text": [[1.0], [2.0], [6.0], [7.0]]}
    >>> hasher = SCMHash(2).fit(views, ["sea", "sea", "sky", "sky"])
    >>> bool((hasher.transform_view("text", [[1.5]]) == hasher.transform_view("image", [[0.5, 0.5]])).all())
    True
    """

    parameter_ranges = {
        "n_bits": Integer(1),
        "method": Choice("sequential", "orthogonal"),
        "scatter_ridge": Real(0),
    }

    def __init__(
        self,
        n_bits: int = 16,
        *,
        method: Literal["sequential", "orthogonal"] = "sequential",
        scatter_ridge: float = 1e-6,
    ) -> None:
        self.n_bits = n_bits
        self.method = method
        self.scatter_ridge = scatter_ridge

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from two views and y: one label, or list of labels, per row."""
        check_parameters(self)
        views = check_views(views)
        if len(views) != 2:
            raise ValueError(f"SCMHash takes two views, got {len(views)}: {sorted(views)}")
        a, b = views
        self.classes_, indicators = class_indicators(y, len(views[a]))
        means, bases, rows = whitened_views(views, scatter_ridge=self.scatter_ridge)
        # Whitened rows have mean zero, so the term of ones vanishes.
        labelled = {name: product(rows[name].T, unit_rows(indicators)) for name in views}
        wanted = 2.0 * product(labelled[a], labelled[b].T)
        if self.method == "sequential":
            found = sequential_directions(rows[a], rows[b], wanted, self.n_bits)
            directions = dict(zip(views, found, strict=True))
        else:
            directions, self.eigenvalues_ = joint_directions({(a, b): wanted}, self.n_bits)
            warn_unshared(self, self.eigenvalues_)
        self.weights_ = fixed_signs({name: product(bases[name], directions[name]) for name in views})
        self.means_, self.n_features_in_ = means, {name: X.shape[1] for name, X in views.items()}
        return self
