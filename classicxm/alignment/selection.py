"""Choosing an aligner's parameters by retrieval score on folds of the training rows."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.utils.validation import check_is_fitted

from classicxm.alignment.two_stage_fit import finish, prepare, sharing_groups
from classicxm.base import Aligner, check_views
from classicxm.evaluation.certain_ranks import measured_both_ways
from classicxm.evaluation.measures import Measure, measure
from classicxm.labels import class_folds, class_indicators
from classicxm.parameters import InstanceOf, Integer, check_parameters
from classicxm.sequences import listed, taken

__all__ = ["AlignerSearch", "retrieval_score"]


def retrieval_score(
    aligner: Aligner,
    views: Mapping[str, Any],
    relevant: np.ndarray,
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> float:
    """Mean of a measure over all queries and all ordered pairs of views, each searched among the same rows.

    Parameters
    ----------
    aligner : fitted Aligner
    views : dict of str to array (n, d)
    relevant : bool array (n, n), symmetric
    measure : callable
        ``measure(scores, relevant) -> (n,)``, such as `classicxm.evaluation.average_precision`.
    """
    projected = aligner.transform(views)
    values = {}
    for a, b in combinations(projected, 2):
        values[a, b], values[b, a] = measured_both_ways(
            measure, aligner.score_metric, projected[a], projected[b], relevant
        )
    return float(np.mean([np.mean(values[pair]) for pair in permutations(projected, 2)]))


def _higher_is_better(chosen: Any) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A measure by name or as a function, as a function of scores and relevance whose values are to be high."""
    if callable(chosen) and not isinstance(chosen, (str, Measure)):
        return chosen
    chosen = measure(chosen)
    return chosen if chosen.higher_is_better else lambda scores, relevant: -chosen(scores, relevant)


class AlignerSearch(Aligner):
    """Tries every setting of a grid on folds of the training rows, and refits the best on all of them.

    Settings that an aligner can fit from the same preparatory work, such as one kernel's decomposition under many
    ridges, share it (see `classicxm.alignment.two_stage_fit`).

    Parameters
    ----------
    aligner : Aligner
    grid : dict of str to list, or list of such dicts
        As in scikit-learn; ``aligner__ridge`` reaches into a `Preprocessed`.
    measure : str, Measure or callable, default="AP"
        A name such as "AP", "Success@10" or "RR" (see `classicxm.evaluation.measure`), or
        ``function(scores, relevant) -> (n_queries,)`` of an importable module, higher being better.
    relevance : {"class", "instance"} or None, default=None
        What is relevant: items that share a label, or the query's partner alone; None means class with labels.
    n_folds : int, default=5
    random_state : int, default=0
        Of the folds, which keep class shares where every item has one class with enough items.

    Attributes
    ----------
    best_aligner_ : Aligner
        Fitted on all rows.
    best_params_ : dict
    best_score_ : float
    results_ : list of dict
        For every setting: "params", "fold_scores" (list), "mean", or "error" with the reason it could not be fitted.

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> X = np.random.default_rng(0).normal(size=(40, 3))
    >>> search = AlignerSearch(CCA(), {"n_components": [1, 3]}, "AP", n_folds=2)
    >>> search.fit({"image": X, "text": X[:, ::-1]}).best_params_
    {'n_components': 3}
    """

    parameter_ranges = {"aligner": InstanceOf(Aligner), "n_folds": Integer(2), "random_state": Integer(0)}

    def __init__(
        self,
        aligner: Aligner,
        grid: Any,
        measure: Any = "AP",
        *,
        relevance: str | None = None,
        n_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.aligner = aligner
        self.grid = grid
        self.measure = measure
        self.relevance = relevance
        self.n_folds = n_folds
        self.random_state = random_state

    @property
    def score_metric(self) -> str:  # type: ignore[override] # that of the aligner within
        return (self.best_aligner_ if hasattr(self, "best_aligner_") else self.aligner).score_metric

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "best_aligner_")

    def fit(self, views: Mapping[str, Any], y: Any = None) -> Self:
        """Search and refit; y holds one label, or list of labels, per row."""
        check_parameters(self)
        if self.relevance not in (None, "class", "instance"):
            raise ValueError(f"relevance must be None, 'class' or 'instance', got {self.relevance!r}")
        views = check_views(views)
        y = y if y is None or isinstance(y, np.ndarray) else listed(y, "y")
        measured = _higher_is_better(self.measure)
        n = len(next(iter(views.values())))
        if n < 2 * self.n_folds:
            raise ValueError(
                f"{self.n_folds} folds need at least {2 * self.n_folds} rows, got {n}; lower n_folds"
            )
        by_class = self.relevance == "class" or (self.relevance is None and y is not None)
        indicators = class_indicators(y, n)[1] if y is not None or by_class else None
        folds = class_folds(n, self.n_folds, indicators, self.random_state)
        self.results_ = [{"params": params, "fold_scores": []} for params in ParameterGrid(self.grid)]
        groups = sharing_groups(self.aligner, [result["params"] for result in self.results_])
        for kept, held in folds:
            relevant = np.eye(len(held), dtype=bool)
            if by_class and indicators is not None:
                relevant = indicators[held] @ indicators[held].T > 0
            inside, outside = ({name: X[rows] for name, X in views.items()} for rows in (held, kept))
            for group in groups:
                self._try_group(
                    [self.results_[i] for i in group], outside, taken(y, kept), inside, relevant, measured
                )
        for result in self.results_:
            if "error" not in result:
                result["mean"] = float(np.mean(result["fold_scores"]))
        scored = [result for result in self.results_ if "mean" in result]
        if not scored:
            raise ValueError(
                f"no setting of the grid could be fitted; the first failed with: {self.results_[0]['error']}"
            )
        best = max(scored, key=lambda result: result["mean"])
        self.best_params_, self.best_score_ = best["params"], best["mean"]
        self.best_aligner_ = clone(self.aligner).set_params(**self.best_params_).fit(views, y)
        self.n_features_in_ = {name: X.shape[1] for name, X in views.items()}
        return self

    def _try_group(
        self,
        results: Sequence[dict[str, Any]],
        views: Mapping[str, np.ndarray],
        y: Any,
        held: Mapping[str, np.ndarray],
        relevant: np.ndarray,
        measured: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> None:
        """Add one fold's score, or the reason there is none, to results that share their first stage."""
        prepared = None
        for result in results:
            if "error" in result:
                continue
            aligner = clone(self.aligner).set_params(**result["params"])
            try:
                if prepared is None:
                    prepared = prepare(aligner, views, y)
                finish(aligner, prepared)
            except (ValueError, np.linalg.LinAlgError) as error:
                del result["fold_scores"]
                result["error"] = str(error)
            else:
                result["fold_scores"].append(retrieval_score(aligner, held, relevant, measured))

    def transform_view(self, modality: str, X: np.ndarray) -> np.ndarray:
        """Project rows of one view with the best aligner: (n, d) -> (n, n_components)."""
        check_is_fitted(self)
        return self.best_aligner_.transform_view(modality, X)

    def linear_map(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Of the best aligner, where it is linear."""
        check_is_fitted(self)
        return self.best_aligner_.linear_map(modality)

    def gradient(self, modality: str, X: Any, weights: Any) -> np.ndarray:
        """Of the best aligner."""
        check_is_fitted(self)
        return self.best_aligner_.gradient(modality, X, weights)
