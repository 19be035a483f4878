"""Comparison of features, alignments, distances and indexes over one collection, per query and resumable.

Whatever is chosen is chosen on folds of the training rows; test rows are searched among test rows, once.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import classicxm
from classicxm.alignment import AlignerSearch
from classicxm.base import Aligner, check_views
from classicxm.cache import state_digest
from classicxm.comparison.aligners import find_aligners, searched_aligner
from classicxm.comparison.floors import comparison_floors
from classicxm.comparison.journal import Journal
from classicxm.comparison.material import Material
from classicxm.comparison.plan import DISTANCES, PARTNER_MEASURES, Plan
from classicxm.comparison.result import Comparison, Trial
from classicxm.comparison.trials import (
    FeatureSet,
    Targets,
    fit_trial,
    score_trial,
    training_folds,
)
from classicxm.errors import UnpairedViewsError
from classicxm.evaluation.measures import measure
from classicxm.execution import in_workers
from classicxm.search import HammingIndex, LSHIndex, NearPyIndex
from classicxm.sequences import listed

__all__ = ["INDEXES", "Comparing", "run_comparison"]

#: The alignment of views that share a space already, and the width from which equal ones may.
ZERO_SHOT, EMBEDDING = "Identity", 64
#: None ranks the whole gallery; the others are set to each distance that they are tried under.
INDEXES = {"exact": None, "lsh": LSHIndex(), "hamming": HammingIndex(), "nearpy": NearPyIndex()}


class Comparing:
    """A comparison set up by names; they are checked at once, before anything is described.

    Parameters
    ----------
    aligners : sequence of str or None
        Of `classicxm.comparison.ALIGNERS`, None all but near relatives; then "Identity", which compares views as they
        are, is one where all views of some features have the same width of 64 or more.
    distances : sequence of str or None
        None all of `classicxm.comparison.DISTANCES`.
    indexes : sequence of str
        Of `INDEXES`.
    protocol, measures, n_folds, random_state
        See `classicxm.comparison.Plan`.
    relevance : {"class", "instance"}, default="class"
        Items that share a label, or the query's own partner alone.
    baseline : str or None
        An aligner.

    Examples
    --------
    >>> Comparing(["cca", "sm"], ["cosine"], baseline="cca").baseline
    'CCA'
    """

    def __init__(
        self,
        aligners: Sequence[str] | None = None,
        distances: Sequence[str] | None = None,
        indexes: Any = ("exact",),
        *,
        protocol: str = "wiki",
        measures: Sequence[str] = ("P@10",),
        n_folds: int = 5,
        random_state: int = 0,
        relevance: str = "class",
        baseline: str | None = None,
    ) -> None:
        if relevance not in ("class", "instance"):
            raise ValueError(f"relevance must be 'class' or 'instance', got {relevance!r}")
        for name in indexes:
            if name not in INDEXES:
                raise ValueError(f"unknown index {name!r}; choose one of {', '.join(INDEXES)}")
        self.relevance = relevance
        self.by_default = aligners is None
        self.aligners = find_aligners(aligners, relevance == "class")
        self.baseline = None if baseline is None else find_aligners([baseline])[0]
        if self.baseline not in (None, *self.aligners):
            raise ValueError(f"baseline must be one of {', '.join(self.aligners)}, got {baseline!r}")
        self.plan = Plan(
            DISTANCES if distances is None else tuple(distances),
            {name: INDEXES[name] for name in dict.fromkeys(indexes)},
            protocol,
            tuple(measures),
            n_folds,
            random_state,
        )
        self.plan.check()

    def run(
        self, material: Material, n_jobs: int | None = 1, journal: str | Path | None = None
    ) -> Comparison:
        """The `Comparison` of a `Material`; see `run_comparison`."""
        labels: tuple[Any, Any] = (None, None)
        if self.relevance == "class":
            labels = material.labels("train"), material.labels("test")
        names = [*self.aligners, ZERO_SHOT] if self._adds_zero_shot(material) else self.aligners
        searches = {name: partial(self._search, name) for name in names}
        return run_comparison(
            material.features, searches, *labels, plan=self.plan, n_jobs=n_jobs, journal=journal
        )

    def _adds_zero_shot(self, material: Material) -> bool:
        """Whether, by default, views of equal width may share a space already, as wide embeddings of one model do."""
        widths = [{X.shape[1] for X in features.train.values()} for features in material.features.values()]
        return self.by_default and any(len(one) == 1 and min(one) >= EMBEDDING for one in widths)

    def _search(self, name: str, views: Mapping[str, np.ndarray]) -> AlignerSearch:
        return searched_aligner(
            name,
            views,
            protocol=self.plan.protocol,
            relevance=self.relevance,
            n_folds=self.plan.n_folds,
            random_state=self.plan.random_state,
        )


def run_comparison(
    features: Mapping[str, FeatureSet],
    aligners: Any,
    train_labels: Sequence[Any] | None = None,
    test_labels: Sequence[Any] | None = None,
    *,
    plan: Plan | None = None,
    n_jobs: int | None = 1,
    journal: str | Path | None = None,
) -> Comparison:
    """Try every alignment on every set of features, under every distance and index.

    Parameters
    ----------
    features : dict of str to FeatureSet
        All of the same items and modalities, in the same order.
    aligners : dict of str to Aligner, or to a callable ``(training views) -> Aligner``
        An `AlignerSearch` chooses its parameters on training folds.
    train_labels, test_labels : sequences of labels, or lists of labels, or None
        None makes the query's own partner the one relevant item.
    plan : Plan, optional
    n_jobs : int, default=1
        Trials at once, each on one thread; -1 takes all cores.
    journal : path, optional
        A folder of finished steps. A second run with it does only what is not there, and gives the same result.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> views = {"image": X, "text": X[:, ::-1]}
    >>> mirrored = FeatureSet({m: V[:40] for m, V in views.items()}, {m: V[40:] for m, V in views.items()})
    >>> found = run_comparison({"mirrored": mirrored}, {"CCA": CCA(3)}, plan=Plan(("cosine", "kl")))
    >>> found.row("mirrored", "CCA", "subspace", "exact")["cosine"], found.trials[0].undefined
    (1.0, {'subspace/kl': '...'})
    """
    plan = Plan() if plan is None else plan
    plan.check()
    targets = Targets(_plain(train_labels), _plain(test_labels))
    _check(features, aligners, targets, plan)
    kept = Journal(journal)
    steps = [(name, label) for name in features for label in aligners]
    run = partial(_trial, plan=plan, targets=targets, journal=kept)
    calls = ((name, features[name], label, aligners[label]) for name, label in steps)
    n_workers = min(joblib.effective_n_jobs(n_jobs), len(steps))
    results = in_workers(run, calls, n_workers)
    trials = list(tqdm(results, total=len(steps), desc="trials", unit=" trials", disable=None, leave=False))
    first = next(iter(features.values()))
    return Comparison(
        trials=trials,
        floors={name: comparison_floors(one, targets, plan, kept) for name, one in features.items()},
        modalities=list(first.test),
        plan=plan,
        targets=targets,
        n_train=len(next(iter(first.train.values()))),
        notes={name: one.note for name, one in features.items()},
    )


def _trial(
    name: str,
    features: FeatureSet,
    label: str,
    aligner: Any,
    *,
    plan: Plan,
    targets: Targets,
    journal: Journal,
) -> Trial:
    """One finished `Trial`, from the journal where it is there."""
    aligner = aligner if isinstance(aligner, Aligner) else aligner(features.train)
    chosen = measure(plan.protocol)
    key = joblib.hash(
        (
            state_digest(aligner, classicxm.__version__),
            [(m, np.asarray(X)) for part in (features.train, features.test) for m, X in part.items()],
            (targets.train, targets.test, plan.distances, chosen, plan.n_folds, plan.random_state),
            {name: np.asarray(rows) for name, rows in features.owners.items()},
        )
    )

    def fit() -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        n = len(next(iter(features.train.values())))
        folds = training_folds(targets.train, n, plan.n_folds, plan.random_state)
        return fit_trial(aligner, features, targets, plan.distances, chosen, folds)

    with threadpool_limits(1):  # trials run side by side, and their matrices are small
        facts, arrays = journal.recall(key, fit)
        if "error" in facts:
            return Trial(name, label, error=facts["error"])
        views = {space: {m: arrays[f"{space}/{m}"] for m in features.test} for space in facts["spaces"]}
        scored, values = journal.recall(
            joblib.hash((key, _described(plan.indexes), plan.measures)),
            partial(_score, views, features, targets, plan),
        )
    return Trial(
        name,
        label,
        views=views,
        folds=dict(zip(views, arrays["folds"], strict=True)),
        values={space: values[space] for space in views},
        undefined={**facts["undefined"], **scored["undefined"]},
        facts={**facts, "searching": scored["searching"]},
        owners=features.owners,
    )


def _score(
    views: Mapping[str, Mapping[str, np.ndarray]], features: FeatureSet, targets: Targets, plan: Plan
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    relevant = targets.relevance(targets.test, features.n_test)
    values, undefined = {}, {}
    searching: dict[str, float] = {}
    names = (plan.protocol, *plan.measures)
    for space, projected in views.items():
        values[space], reasons, milliseconds = score_trial(
            projected, plan.distances, plan.indexes, relevant, names, PARTNER_MEASURES, features.owners
        )
        for (index, distance), reason in reasons.items():
            name = f"{space}/{distance}"
            undefined[name if plan.indexes[index] is None else f"{name}/{index}"] = reason
        searching |= {
            f"{space}/{distance}/{index}": float(milliseconds[i, j])
            for i, index in enumerate(plan.indexes)
            for j, distance in enumerate(plan.distances)
            if np.isfinite(milliseconds[i, j])
        }
    return {"undefined": undefined, "searching": searching}, values


def _described(indexes: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    return [
        (name, None if one is None else state_digest(one, classicxm.__version__))
        for name, one in indexes.items()
    ]


def _plain(labels: Any) -> list[Any] | None:
    """Labels as a list of Python's own values, which can be stored as they are."""
    if labels is None:
        return None
    return [label.item() if isinstance(label, np.generic) else label for label in listed(labels, "labels")]


def _check(features: Mapping[str, FeatureSet], aligners: Any, targets: Targets, plan: Plan) -> None:
    if not features or not aligners:
        raise ValueError("a comparison needs at least one set of features and one aligner")
    shapes: dict[str, Any] = {}
    for name, one in features.items():
        if not isinstance(one, FeatureSet):
            raise TypeError(f"features {name!r} must be a FeatureSet, got {type(one).__name__}")
        views = check_views(one.train)
        tested = check_views(one.test) if not one.owners else one.test
        shapes[name] = [(list(views), len(next(iter(views.values())))), (list(tested), one.n_test)]
        if list(one.train) != list(one.test):
            raise ValueError(
                f"features {name!r} have the views {list(one.train)} in training and {list(one.test)} in test"
            )
        if shapes[name] != next(iter(shapes.values())):
            raise UnpairedViewsError(
                f"all features must be of the same items and modalities, but {next(iter(shapes))!r} has "
                f"{next(iter(shapes.values()))} and {name!r} has {shapes[name]}"
            )
    (_, n_train), (_, n_test) = next(iter(shapes.values()))
    if n_train < 2 * plan.n_folds:
        raise ValueError(
            f"{plan.n_folds} folds need at least {2 * plan.n_folds} training items, got {n_train}"
        )
    targets.check(n_train, n_test)
