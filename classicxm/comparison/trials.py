"""One trial of a comparison: an alignment fitted on one set of features, judged on training folds, scored on test.

Everything is chosen before the test rows are looked at. One fit serves all distances, in two spaces: the components
of the alignment (``subspace``), and class posteriors by logistic regression on them (``posteriors``, the semantic
abstraction of Rasiwasia et al. 2010). An alignment whose components are posteriors already has the second alone.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np
from sklearn.base import clone

from classicxm.alignment import Identity
from classicxm.comparison.item_rows import measured_per_item
from classicxm.distances import get_metric
from classicxm.errors import UnpairedViewsError
from classicxm.evaluation import Measure
from classicxm.evaluation.floors import class_posteriors, posterior_strength
from classicxm.evaluation.protocols import class_relevance
from classicxm.labels import class_folds, label_indicators

__all__ = [
    "FeatureSet",
    "Targets",
    "answered_scores",
    "directions",
    "fit_trial",
    "score_trial",
    "training_folds",
]


@dataclass(frozen=True)
class FeatureSet:
    """Paired rows of the same items under one description.

    Attributes
    ----------
    train, test : dict of str to array (n, d)
        Views; row i of every view is one item.
    note : str
        What a reader should know of the features.
    owners : dict of str to int array
        Of a modality that has several test rows an item, such as single captions: the item of every row.
    """

    train: dict
    test: dict
    note: str = ""
    owners: dict = field(default_factory=dict)

    @property
    def n_test(self) -> int:
        """Test items."""
        counts = {
            len(X) if name not in self.owners else self._n_owners(name) for name, X in self.test.items()
        }
        if len(counts) > 1:
            raise UnpairedViewsError(f"test views must be of the same items, got {sorted(counts)} of them")
        return counts.pop()

    def _n_owners(self, name: str) -> int:
        owners = np.asarray(self.owners[name])
        if owners.ndim != 1 or len(owners) != len(self.test[name]):
            raise ValueError(f"owners of {name!r} must be one item a test row, got shape {owners.shape}")
        items = np.unique(owners)
        if items.tolist() != list(range(len(items))):
            raise ValueError(f"owners of {name!r} must number the items from 0 without gaps")
        return len(items)


@dataclass(frozen=True)
class Targets:
    """What counts as relevant.

    Attributes
    ----------
    train, test : list of labels (or lists of labels), or None
        One entry per row; None makes the query's own partner the one relevant item.
    """

    train: list | None = None
    test: list | None = None

    def check(self, n_train: int, n_test: int) -> None:
        """ValueError or TypeError unless labels are one per item, comparable, and of more than one class."""
        if (self.train is None) != (self.test is None):
            raise ValueError("give labels of both training and test items, or of neither")
        if self.train is None:
            return
        for name, labels, n in (("train", self.train, n_train), ("test", self.test or [], n_test)):
            if len(labels) != n:
                raise ValueError(f"{name}_labels must be one per item ({n}), got {len(labels)}")
        label_indicators(training=self.train, test=self.test)  # complains where they cannot be compared
        n_classes = len(label_indicators(training=self.train)[1])
        if n_classes < 2:
            raise ValueError(
                f"the training items have {n_classes} class(es); at least 2 are needed, for what shares a class is "
                "relevant"
            )

    def labels(self, rows: Iterable[int]) -> list[Any] | None:
        """Training labels of some rows, or None."""
        return None if self.train is None else [self.train[row] for row in rows]

    def relevance(self, labels: Sequence[Any] | None, n: int) -> np.ndarray:
        """Relevance (n, n) among items with these labels."""
        return np.eye(n, dtype=bool) if labels is None else class_relevance(labels, labels)


def directions(modalities: Sequence[str]) -> list[tuple[str, str]]:
    """Ordered pairs of modalities: query first.

    >>> directions(["image", "text"])
    [('image', 'text'), ('text', 'image')]
    """
    return list(permutations(modalities, 2))


def training_folds(
    labels: Sequence[Any] | None, n: int, n_folds: int, random_state: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(kept, held) rows of each fold; shares of classes are kept where every item has one class, often enough."""
    indicators = None if labels is None else label_indicators(training=labels)[0][0].toarray()
    return class_folds(n, n_folds, indicators, random_state)


def fit_trial(
    aligner: Any,
    features: FeatureSet,
    targets: Targets,
    distances: Sequence[str],
    measure: Measure,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Fit, choose, and project the test rows.

    Parameters
    ----------
    aligner : Aligner
        One with ``best_aligner_`` and ``best_params_`` after fitting, as `classicxm.alignment.AlignerSearch`, has
        chosen its parameters; the folds here only say which distance goes with them.
    features : FeatureSet
    targets : Targets
    distances : list of str
    measure : Measure
    folds : list of (kept, held)

    Returns
    -------
    facts : dict
        "spaces", "parameters", "own_distance", "own_fold_score", "strengths", "undefined" ("space/distance" ->
        reason), "seconds", "projecting" (milliseconds of one core per query), "zero_shot" (whether views are compared
        as they are); or "error" alone, when the alignment cannot be fitted on these features.
    arrays : dict
        "space/modality" test rows (n, k), and "folds" (n_spaces, n_distances, n_folds).
    """
    started = time.perf_counter()
    try:
        fitted = clone(aligner).fit(features.train, targets.train)
        best = getattr(fitted, "best_aligner_", fitted)
        projected = best.transform(features.train)
        zero_shot = isinstance(best, Identity)
        strengths = {} if zero_shot else _strengths(projected, targets)
        scores, undefined = _fold_scores(best, features, targets, strengths, distances, measure, folds)
        new, seconds = _timed(lambda: best.transform(features.test))
        spaces = _spaces(projected, None if zero_shot else targets.train, new, strengths)
    except (ValueError, np.linalg.LinAlgError) as error:
        return {"error": " ".join(str(error).split())}, {}
    facts = {
        "spaces": list(spaces),
        "parameters": _plain(getattr(fitted, "best_params_", {})),
        "own_distance": best.score_metric,
        "own_fold_score": getattr(fitted, "best_score_", None),
        "strengths": strengths,
        "undefined": undefined,
        "seconds": time.perf_counter() - started,
        "projecting": 1000 * seconds / sum(map(len, new.values())),
        "zero_shot": zero_shot,
    }
    arrays = {f"{space}/{modality}": X for space, views in spaces.items() for modality, X in views.items()}
    return facts, {**arrays, "folds": np.array([scores[space] for space in spaces])}


def score_trial(
    views: Mapping[str, np.ndarray],
    distances: Sequence[str],
    indexes: Mapping[str, Any],
    relevant: np.ndarray,
    measures: Sequence[str],
    partner_measures: Sequence[str],
    owners: Mapping[str, np.ndarray] | None = None,
) -> tuple[np.ndarray, dict[tuple[str, str], str], np.ndarray]:
    """Per-query values of one space under every distance and index.

    Parameters
    ----------
    views : dict of str to array (n, k)
        Test rows in the common space.
    distances : list of str
    indexes : dict of str to Index, or None for an exact ranking of the whole gallery
    relevant : bool array (n, n)
    measures, partner_measures : lists of str
        Of ``relevant``, and of the query's own partner.
    owners : dict of str to int array, optional
        The item of every row where items have several, see `FeatureSet`.

    Returns
    -------
    values : array (n_indexes, n_distances, n_directions, n_measures, n)
        Of items, each the mean of its queries; NaN where a distance or an index is not defined.
    undefined : dict of (index, distance) to str
    milliseconds : array (n_indexes, n_distances)
        Of one core, to search with one query, mean of all; NaN likewise.
    """
    owners = owners or {}
    partner = np.eye(len(relevant), dtype=bool)
    asked = [(relevant, measures), (partner, partner_measures)]
    n_measures = len(measures) + len(partner_measures)
    pairs = directions(list(views))
    values = np.full((len(indexes), len(distances), len(pairs), n_measures, len(relevant)), np.nan)
    undefined = {}
    milliseconds = np.full((len(indexes), len(distances)), np.nan)
    for i, (name, index) in enumerate(indexes.items()):
        for j, distance in enumerate(distances):
            taken = []
            for d, (source, target) in enumerate(pairs):
                try:
                    score, seconds = _ranking(index, distance, views[source], views[target])
                except (ValueError, TypeError) as error:
                    undefined[name, distance] = _reason(error)
                    break
                values[i, j, d] = measured_per_item(score, asked, owners, source, target)
                taken.append(1000 * seconds / len(views[source]))
            else:
                milliseconds[i, j] = np.mean(taken)
    return values, undefined, milliseconds


def answered_scores(ids: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Scores (n_queries, n_items) that rank as an index answered; what it left out comes last, relevant items at the
    very end, so that nothing is gained by not finding.

    >>> answered_scores(np.array([[2, None, None]]), np.array([[True, False, True]]))
    array([[-2., -1.,  3.]])
    """
    scores = np.where(relevant, -2.0, -1.0)
    n_answers = ids.shape[1]
    for row, answer in enumerate(ids):
        found = [item for item in answer if item is not None]
        scores[row, found] = n_answers - np.arange(len(found))
    return scores


def _ranking(
    index: Any, distance: str, queries: np.ndarray, gallery: np.ndarray
) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """A function from relevance to scores (n_queries, n_items), and the seconds that all queries took."""
    if index is None:
        scores, scoring = _timed(lambda: get_metric(distance)(queries, gallery))
        _, sorting = _timed(lambda: np.argsort(-scores, axis=1))
        return lambda relevant: scores, scoring + sorting
    index = clone(index).set_params(metric=distance).add(gallery, range(len(gallery)))
    (ids, _), seconds = _timed(lambda: index.search(queries, len(gallery)))
    return lambda relevant: answered_scores(ids, relevant), seconds


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gives, and the seconds of processor time that it took."""
    started = time.thread_time()
    return work(), time.thread_time() - started


def _strengths(projected: Mapping[str, np.ndarray], targets: Targets) -> dict[str, float]:
    """The strength of each view's posteriors; none without labels, or where components are posteriors already."""
    if targets.train is None or all(map(_are_posteriors, projected.values())):
        return {}
    return {name: posterior_strength(X, targets.train) for name, X in projected.items()}


def _are_posteriors(X: np.ndarray) -> bool:
    return X.min() >= 0 and np.allclose(X.sum(axis=1), 1)


def _spaces(
    train: Mapping[str, np.ndarray],
    labels: Sequence[Any] | None,
    new: Mapping[str, np.ndarray],
    strengths: Mapping[str, float],
) -> dict[str, Mapping[str, np.ndarray]]:
    """{space: {modality: rows}} of new rows, whose training rows were projected alike."""
    if labels is None:
        return {"subspace": new}
    if not strengths:
        return {"posteriors": new}
    posteriors = {m: class_posteriors(train[m], labels, X, strengths[m])[0] for m, X in new.items()}
    return {"subspace": new, "posteriors": posteriors}


def _fold_scores(
    best: Any,
    features: FeatureSet,
    targets: Targets,
    strengths: Mapping[str, float],
    distances: Sequence[str],
    measure: Measure,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """{space: (n_distances, n_folds)} with NaN where a distance is not defined, and the reasons."""
    scores: dict[str, np.ndarray] = {}
    undefined: dict[str, str] = {}
    for number, (kept, held) in enumerate(folds):
        inside, outside = ({m: X[rows] for m, X in features.train.items()} for rows in (kept, held))
        labels, held_labels = targets.labels(kept), targets.labels(held)
        model = clone(best).fit(inside, labels)
        relevant = targets.relevance(held_labels, len(held))
        taught = None if isinstance(best, Identity) else labels
        for space, views in _spaces(
            model.transform(inside), taught, model.transform(outside), strengths
        ).items():
            table = scores.setdefault(space, np.full((len(distances), len(folds)), np.nan))
            for row, distance in enumerate(distances):
                try:
                    table[row, number] = _mean(distance, views, relevant, measure)
                except ValueError as error:
                    undefined[f"{space}/{distance}"] = _reason(error)
    return scores, undefined


def _mean(distance: str, views: Mapping[str, np.ndarray], relevant: np.ndarray, measure: Measure) -> float:
    """Mean over directions of a measure on one fold."""
    metric = get_metric(distance)
    pairs = directions(list(views))
    return float(np.mean([measure.mean(measure(metric(views[a], views[b]), relevant)) for a, b in pairs]))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).partition(";")[0]


def _plain(value: Any) -> Any:
    """Parameters as JSON values; an estimator as its text."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "item"):
        return value.item()
    return (
        value
        if value is None or isinstance(value, (str, int, float, bool))
        else " ".join(repr(value).split())
    )
