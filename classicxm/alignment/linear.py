"""Linear alignments: one matrix per view, learned from second moments, so that rows may come in parts."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from classicxm.alignment.moments import Moments
from classicxm.base import Aligner, check_view, check_views
from classicxm.parameters import check_parameters

__all__ = ["LinearAligner", "MomentAligner", "fixed_signs"]

#: Entries of a component that differ by less than this share are equal.
ROUNDING = 1e-6


def fixed_signs(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same weights with the largest entry of each component positive, in the first view that has a part in it.

    Of entries that are equal but for rounding the first counts, so that threads of a BLAS do not choose.

    >>> fixed_signs({"image": np.array([[1.0], [-2.0]]), "text": np.array([[3.0]])})["text"]
    array([[-3.]])
    """
    signs = np.zeros(next(iter(weights.values())).shape[1])
    for W in weights.values():
        size = np.abs(W)
        first = (size >= (1 - ROUNDING) * size.max(axis=0, initial=0)).argmax(axis=0)
        signs = np.where(signs == 0, np.sign(W[first, np.arange(len(signs))]), signs)
    signs[signs == 0] = 1.0
    return {name: W * signs for name, W in weights.items()}


class LinearAligner(Aligner):
    """Projects a view by (X - mean) @ weights * component_scale.

    A subclass's ``fit`` sets ``weights_`` and ``means_`` (dicts of (d, k) and (d,)), ``n_features_in_`` and, where
    components are weighted, ``component_scale_`` (k,).
    """

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "weights_")

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Project rows of one view: (n, d) -> (n, n_components)."""
        X = check_view(self, modality, X)
        return (X - self.means_[modality]) @ self._matrix(modality)

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Offset (k,) and matrix (d, k) with ``transform_view(modality, X) == X @ matrix + offset``."""
        check_is_fitted(self)
        matrix = self._matrix(modality)
        return -(self.means_[modality] @ matrix), matrix

    def _matrix(self, modality: str) -> np.ndarray:
        return self.weights_[modality] * getattr(self, "component_scale_", 1.0)


class MomentAligner(LinearAligner):
    """A linear alignment that needs only means and covariances.

    A subclass writes ``_solve(moments)``, which sets ``weights_`` and whatever else is learned.

    Attributes
    ----------
    moments_ : Moments
        What was gathered of all rows so far; its size depends on the numbers of features only.
    """

    moments_: Moments | None

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Learn from paired views (dict of (n, d) arrays, which may be memory-mapped)."""
        check_parameters(self)
        check_names(views)
        self._learn(Moments().add(views))
        return self

    def fit_moments(self, moments: Moments) -> Self:
        """Learn from `Moments` that were gathered elsewhere, of parts of a collection for example.

        >>> from classicxm.alignment import CCA
        >>> X = np.random.default_rng(0).normal(size=(30, 3))
        >>> halves = [Moments().add({"image": X[rows], "text": 2 * X[rows]}) for rows in (slice(15), slice(15, 30))]
        >>> CCA(2).fit_moments(halves[0].merge(halves[1])).correlations_.round(3)
        array([0.999, 0.999])
        """
        check_parameters(self)
        self._learn(moments)
        return self

    def partial_fit(self, views: Mapping[str, Any], y: Any = None, solve: bool = True) -> Self:
        """Count in further rows; the result is that of one `fit` on all of them.

        Rows that do not yet span ``n_components`` dimensions are counted, and the aligner stays unfitted.

        Parameters
        ----------
        views : dict of str to array (n, d)
            One view alone is welcome: it improves that view's mean and covariance.
        solve : bool
            False only counts the rows, which is faster while many more are to come.
        """
        check_parameters(self)
        check_names(views, min_views=1)
        moments = getattr(self, "moments_", None) or Moments()
        self._update(moments.merge(Moments().add(views)), solve)
        return self

    def merge(self, other: "MomentAligner") -> Self:
        """Count in all rows that another aligner of this kind has seen; returns self."""
        if type(other) is not type(self):
            raise TypeError(
                f"{type(self).__name__} can be merged with its own kind, got {type(other).__name__}"
            )
        mine, theirs = getattr(self, "moments_", None), getattr(other, "moments_", None)
        if mine is None or theirs is None:
            raise ValueError("both aligners must have been fitted from moments to be merged; fit them first")
        self._update(mine.merge(theirs), solve=True)
        return self

    def _update(self, moments: Moments, solve: bool) -> None:
        for name in ("weights_", "means_"):
            self.__dict__.pop(name, None)
        self.moments_, self.n_features_in_ = moments, moments.widths
        if solve and _paired(moments):
            try:
                self._solve(moments)
            except RankError:
                if isinstance(self.n_components, int) and self.n_components > min(moments.widths.values()):
                    raise

    def _learn(self, moments: Moments) -> None:
        self._solve(moments)
        self.moments_, self.n_features_in_ = moments, moments.widths

    @abstractmethod
    def _solve(self, moments: Moments) -> None:
        """Set ``weights_`` and ``means_`` from `Moments`."""


class RankError(ValueError):
    """More components were asked for than the rows seen so far span."""


def check_names(views: Mapping[str, Any], min_views: int = 2) -> None:
    """Complain about anything but a dict of enough named views, before their rows are looked at."""
    if not isinstance(views, dict) or len(views) < min_views:
        check_views(views, min_views)


def per_view(value: Any, name: str, parameter: str) -> Any:
    """A parameter's value for one view, where it may be a dict of views."""
    if not isinstance(value, dict):
        return value
    if name not in value:
        raise ValueError(
            f"{parameter} names the views {sorted(value)}, but not {name!r}; add it or give one value"
        )
    return value[name]


def _paired(moments: Moments) -> bool:
    names = list(moments.widths)
    return len(names) > 1 and all(moments.n_rows(a, b) for i, a in enumerate(names) for b in names[:i])


def check_components(
    n_components: Any, ranks: Mapping[str, int], bound_text: str = "rank of the {name!r} view"
) -> int:
    """The number of components to keep: ``n_components``, or all that the views' ranks allow when it is None.

    Raises
    ------
    RankError
        If more are asked for than the rank of the narrowest view.
    """
    name = min(ranks, key=lambda one: ranks[one])
    bound = ranks[name]
    if not bound:
        raise RankError(f"the {name!r} view is constant, so nothing can vary with it; check its features")
    if n_components is not None and n_components > bound:
        raise RankError(
            f"n_components must be at most {bound} ({bound_text.format(name=name)}), got {n_components}; "
            "lower it or add features or rows"
        )
    return bound if n_components is None else n_components
