"""An alignment by its name, with settings chosen on folds of the training items: ``fit --aligner``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from classicxm.base import Aligner
from classicxm.comparison.aligners import ALIGNERS, find_aligners, searched_aligner
from classicxm.parameters import Choice, Integer

__all__ = ["NamedAligner"]


class NamedAligner(Aligner):
    """Prepares the views as is conventional for an alignment, and chooses its settings on folds.

    The preparation depends on the kind of features, which is known only when fitting.

    Parameters
    ----------
    name : str
        As `compare` names it, such as "CCA" or "KCCA".
    relevance : {"class", "instance"}, default="instance"
        What is relevant in the folds: items that share a label, or the query's partner alone.
    n_folds : int, default=3
    random_state : int, default=0

    Attributes
    ----------
    search_ : fitted Aligner
        An `AlignerSearch`, or an `Identity`, which has nothing to choose.
    best_params_, best_score_
        Of the search; an empty dict and NaN without one.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(30, 3))
    >>> fitted = NamedAligner("PLS").fit({"image": X, "text": X[:, ::-1]})
    >>> fitted.best_params_
    {'aligner__n_components': 2}
    """

    parameter_ranges = {
        "name": Choice(*ALIGNERS),
        "relevance": Choice("class", "instance"),
        "n_folds": Integer(2),
        "random_state": Integer(0),
    }

    def __init__(
        self, name: str, relevance: str = "instance", n_folds: int = 3, random_state: int = 0
    ) -> None:
        self.name = name
        self.relevance = relevance
        self.n_folds = n_folds
        self.random_state = random_state

    @property
    def score_metric(self) -> str:  # type: ignore[override] # known once an alignment is chosen
        return (self.search_ if hasattr(self, "search_") else ALIGNERS[self.name].aligner).score_metric

    @property
    def best_aligner_(self) -> Aligner:
        """The fitted alignment that was chosen."""
        search: Any = self.search_
        return getattr(search, "best_aligner_", search)

    def fit(self, views: Mapping[str, Any], y: Any = None) -> NamedAligner:
        """Search and refit; y holds one label, or list of labels, per row."""
        (name,) = find_aligners([self.name], labelled=y is not None)
        views = self.begin_fit(views)
        n = len(next(iter(views.values())))
        search = searched_aligner(
            name,
            views,
            protocol="AP",
            relevance=self.relevance,
            n_folds=min(self.n_folds, max(2, n // 2)),
            random_state=self.random_state,
        )
        self.search_ = search.fit(views, y)
        self.best_params_ = getattr(search, "best_params_", {})
        self.best_score_ = getattr(search, "best_score_", float("nan"))
        return self

    def transform_view(self, modality: str, X: Any) -> np.ndarray:
        """Project rows of one view: (n, d) -> (n, n_components)."""
        check_is_fitted(self)
        return self.search_.transform_view(modality, X)

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Of the chosen alignment, where it is linear."""
        check_is_fitted(self)
        return self.search_.linear_map(modality)

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """Of the chosen alignment, where it has one."""
        check_is_fitted(self)
        return self.search_.gradient(modality, X, weights)
