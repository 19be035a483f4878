"""The result of a comparison: values of every query, and the questions that tables and pictures ask of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from classicxm.comparison.item_rows import mean_per_item, row_relevance
from classicxm.comparison.plan import PARTNER_MEASURES
from classicxm.comparison.trials import directions
from classicxm.distances import get_metric
from classicxm.evaluation.measures import measure
from classicxm.evaluation.protocols import evaluate
from classicxm.frames import data_frame

if TYPE_CHECKING:
    import pandas

    from classicxm.comparison.plan import Plan
    from classicxm.comparison.trials import Targets

__all__ = ["Comparison", "System", "Trial"]

#: Values of queries that differ by no more are equal but for rounding.
SAME = 1e-9


@dataclass(frozen=True)
class Trial:
    """One alignment on one set of features.

    Attributes
    ----------
    features, aligner : str
    views : dict of str to dict of str to array (n_test, k)
        Space -> modality -> test rows in it. From them any measure can be computed without a new fit.
    owners : dict of str to int array
        Of a modality with several test rows an item, such as single captions: the item of every row.
    folds : dict of str to array (n_distances, n_folds)
        The protocol's measure on training folds; NaN where a distance is not defined.
    values : dict of str to array (n_indexes, n_distances, n_directions, n_measures, n_test)
    undefined : dict of str to str
        "space/distance" or "space/distance/index" -> why there is no value.
    facts : dict
        Chosen parameters and how they came about.
    error : str or None
        Why the alignment could not be fitted; the rest is then empty.
    """

    features: str
    aligner: str
    views: dict = field(default_factory=dict)
    folds: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    undefined: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    error: str | None = None
    owners: dict = field(default_factory=dict)


@dataclass(frozen=True)
class System:
    """A trial with the space and distance that training folds chose for it.

    Attributes
    ----------
    trial : Trial
    space, distance : str
    fold_score : float
    """

    trial: Trial
    space: str
    distance: str
    fold_score: float

    @property
    def name(self) -> str:
        """Such as "published / CCA / posteriors / dot"."""
        return " / ".join((self.trial.features, self.trial.aligner, self.space, self.distance))


@dataclass(frozen=True)
class Comparison:
    """All trials of a comparison.

    Attributes
    ----------
    trials : list of Trial
        Features by features, aligner by aligner.
    floors : dict of str to dict of str to array (n_directions, n_measures, n_test)
        Features -> "random" and, with labels, "query-blind".
    modalities : list of str
    plan : Plan
    targets : Targets
    n_train : int
    notes : dict of str to str
        Features -> what to know of them.
    """

    trials: list
    floors: dict
    modalities: list
    plan: Plan
    targets: Targets
    n_train: int
    notes: dict = field(default_factory=dict)

    @property
    def n_test(self) -> int:
        """Test items, each a query in every direction."""
        return next(iter(next(iter(self.floors.values())).values())).shape[-1]

    @property
    def directions(self) -> list[tuple[str, str]]:
        """Ordered pairs of modalities."""
        return directions(self.modalities)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures along the fourth axis of `Trial.values`; those of the partner begin with it."""
        return (self.plan.protocol, *self.plan.measures, *(f"partner {name}" for name in PARTNER_MEASURES))

    @property
    def relevant(self) -> np.ndarray:
        """Relevance among the test items: bool (n_test, n_test)."""
        return self.targets.relevance(self.targets.test, self.n_test)

    def trial(self, features: str, aligner: str) -> Trial:
        """The trial of these names."""
        for trial in self.trials:
            if (trial.features, trial.aligner) == (features, aligner):
                return trial
        raise KeyError(f"no trial of {aligner!r} on {features!r}")

    def systems(self) -> list[System]:
        """For every trial that could be fitted, the space and distance with the best mean over training folds."""
        return [self._chosen(trial) for trial in self.trials if trial.error is None]

    def best(self) -> System:
        """The system with the best mean over training folds."""
        return max(self.systems(), key=lambda system: system.fold_score)

    def chosen_distance(self, trial: Trial, space: str) -> str:
        """The distance of a space that is best on training folds; of views compared as they are, their own."""
        if trial.facts.get("zero_shot") and trial.facts["own_distance"] in self.plan.distances:
            return str(trial.facts["own_distance"])
        means = np.nan_to_num(trial.folds[space].mean(axis=1), nan=-np.inf)
        return self.plan.distances[int(means.argmax())]

    def row(self, features: str, aligner: str, space: str, index: str = "exact") -> dict[str, float]:
        """Mean over directions and queries of the protocol's measure, by distance; NaN where not defined."""
        trial = self.trial(features, aligner)
        means = trial.values[space][self._index(index), :, :, 0].mean(axis=(1, 2))
        return dict(zip(self.plan.distances, means.tolist(), strict=True))

    def per_query(self, system: System, name: str | None = None, index: str = "exact") -> np.ndarray:
        """Values (n_directions, n_test) of a measure of a system; the protocol's by default."""
        m = 0 if name is None else self.measures.index(name)
        distance = self.plan.distances.index(system.distance)
        return system.trial.values[system.space][self._index(index), distance, :, m]

    def milliseconds(self, system: System, index: str = "exact") -> float:
        """Of one core, to project one described query and search the test items; NaN where it was not measured."""
        facts = system.trial.facts
        searching = facts.get("searching", {}).get(f"{system.space}/{system.distance}/{index}", np.nan)
        return float(facts.get("projecting", np.nan) + searching)

    def against(self, system: System, other: System) -> tuple[int, int, int]:
        """In how many queries of all directions a system is better than another, worse, and equal."""
        difference = self.per_query(system) - self.per_query(other)
        better, worse = (int((side > SAME).sum()) for side in (difference, -difference))
        return better, worse, difference.size - better - worse

    def scores(self, system: System, source: str, target: str) -> np.ndarray:
        """Scores of one direction, exact: (n_test, n_test), or of every row where items have several."""
        views = system.trial.views[system.space]
        return get_metric(system.distance)(views[source], views[target])

    def answers(self, system: System, source: str, target: str) -> np.ndarray:
        """Relevance of what `scores` scores: bool array of the same shape."""
        return row_relevance(self.relevant, system.trial.owners, source, target)

    def remeasured(self, system: System, name: str) -> np.ndarray:
        """Values (n_directions, n_test) of any measure, from the stored projections: nothing is fitted."""
        found = [
            mean_per_item(
                evaluate(self.scores(system, *pair), self.answers(system, *pair), [name])[name],
                system.trial.owners,
                pair[0],
            )
            for pair in self.directions
        ]
        return np.array(found)

    def to_frame(self) -> pandas.DataFrame:
        """A row per system that folds chose: its parts, its mean on folds, and every measure of every direction.

        Raises
        ------
        MissingExtraError
            Without pandas.
        """
        rows = []
        for system in self.systems():
            row = {
                "features": system.trial.features,
                "aligner": system.trial.aligner,
                "space": system.space,
                "distance": system.distance,
                "folds": system.fold_score,
                "milliseconds": self.milliseconds(system),
            }
            for name in self.measures:
                for pair, values in zip(self.directions, self.per_query(system, name), strict=True):
                    row[f"{name} {'->'.join(pair)}"] = float(self.summed(name, values))
            rows.append(row)
        return data_frame(rows, ["features", "aligner", "space", "distance", "folds"])

    def _repr_html_(self) -> str:
        from classicxm.reports.comparison_page import comparison_fragment

        return comparison_fragment(self)

    def summed(self, name: str, values: ArrayLike) -> float:
        """The one number of a measure's values: a mean, or the median of ranks."""
        return measure(name.removeprefix("partner ")).mean(np.asarray(values).ravel())

    def _chosen(self, trial: Trial) -> System:
        best = max(
            ((space, self.chosen_distance(trial, space)) for space in trial.folds),
            key=lambda pair: trial.folds[pair[0]][self.plan.distances.index(pair[1])].mean(),
        )
        score = trial.folds[best[0]][self.plan.distances.index(best[1])].mean()
        return System(trial, *best, float(score))

    def _index(self, name: str) -> int:
        return list(self.plan.indexes).index(name)
