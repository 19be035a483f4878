"""The tables of a comparison's report."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from classicxm.comparison import Comparison
from classicxm.evaluation.published import protocol_descriptions, published_results
from classicxm.evaluation.significance import bootstrap_interval, significance_marks
from classicxm.reports.tables import Strong, Table

__all__ = ["Summary", "all_tables", "direction_name", "summarise"]

ALPHA = 0.05
UNDEFINED = "–"
#: How published results name directions.
INITIALS = {"image": "i", "text": "t", "audio": "a", "video": "v"}


class Summary(dict):
    """System name -> {"system", "mean", "low", "high", "mark", "against" ...} of each; ``baseline`` names one."""

    baseline: str | None = None


def direction_name(pair: Iterable[str]) -> str:
    """Such as "image→text"."""
    return "→".join(pair)


def summarise(comparison: Comparison, baseline: str | None = None) -> Summary:
    """Mean, interval and mark of every system that training folds chose.

    Parameters
    ----------
    comparison : Comparison
    baseline : str, optional
        The aligner that the others are tested against, on the first features; the first one by default.

    Returns
    -------
    Summary
    """
    systems = comparison.systems()
    if not systems:
        raise ValueError(f"no alignment could be fitted; the first failed with: {comparison.trials[0].error}")
    matching = [s for s in systems if baseline in (None, s.trial.aligner)]
    if not matching:
        raise ValueError(
            f"baseline must be one of {', '.join(dict.fromkeys(s.trial.aligner for s in systems))}, got {baseline!r}"
        )
    per_item = {system.name: comparison.per_query(system).mean(axis=0) for system in systems}
    marks = significance_marks(per_item, matching[0].name, ALPHA)
    summary = Summary()
    summary.baseline = matching[0].name
    for system in systems:
        low, high = bootstrap_interval(per_item[system.name])
        by_direction = comparison.per_query(system).mean(axis=1)
        summary[system.name] = {
            "system": system,
            "mean": float(per_item[system.name].mean()),
            "low": low,
            "high": high,
            "mark": marks[system.name],
            "directions": dict(
                zip(map(direction_name, comparison.directions), by_direction.tolist(), strict=True)
            ),
            "against": comparison.against(system, matching[0]) if system is not matching[0] else None,
            "milliseconds": comparison.milliseconds(system),
            "further": {
                name: comparison.summed(name, comparison.per_query(system, name))
                for name in comparison.measures[1:]
            },
        }
    return summary


def all_tables(comparison: Comparison, summary: Summary, dataset: str) -> list[Table]:
    """Every table of the report, in order."""
    tables = [systems_table(comparison, summary)]
    tables += [distances_table(comparison, index) for index in comparison.plan.indexes]
    if len(comparison.plan.indexes) > 1:
        tables.append(indexes_table(comparison, summary))
    return [*tables, published_table(comparison, dataset), settings_table(comparison, summary)]


def systems_table(comparison: Comparison, summary: Summary) -> Table:
    """A row per floor and a row per system, its space and distance chosen on training folds."""
    pairs = list(map(direction_name, comparison.directions))
    head = ["features", "aligner", "space", "distance", *pairs, "mean", "95 % interval", ""]
    head += ["better", "worse", "equal", "folds", "ms per query", *comparison.measures[1:]]
    best = comparison.best().name
    rows = _floor_rows(comparison)
    for name, found in summary.items():
        row = _system_row(found)
        rows.append([Strong(cell) for cell in row] if name == best else row)
    return Table("Systems", head, rows, _systems_note(comparison, summary), n_names=4)


def _floor_rows(comparison: Comparison) -> list[list[str]]:
    rows = []
    for features, floors in comparison.floors.items():
        for name, values in floors.items():
            low, high = bootstrap_interval(values[:, 0].mean(axis=0))
            row = [features, name, UNDEFINED, UNDEFINED, *map(_figure, values[:, 0].mean(axis=1))]
            row += [_figure(values[:, 0].mean()), f"{low:.4f} .. {high:.4f}", "", *[UNDEFINED] * 5]
            row += [_further(comparison, m, values[:, i + 1]) for i, m in enumerate(comparison.measures[1:])]
            rows.append(row)
    return rows


def _system_row(found: dict[str, Any]) -> list[str]:
    system = found["system"]
    row = [system.trial.features, system.trial.aligner, system.space, system.distance]
    row += [*map(_figure, found["directions"].values()), _figure(found["mean"])]
    row += [f"{found['low']:.4f} .. {found['high']:.4f}", found["mark"]]
    row += [*map(str, found["against"] or [UNDEFINED] * 3), _figure(system.fold_score)]
    row.append(UNDEFINED if np.isnan(found["milliseconds"]) else f"{found['milliseconds']:.3g}")
    return row + [_ranked(m, value) for m, value in found["further"].items()]


def _systems_note(comparison: Comparison, summary: Summary) -> str:
    note = (
        f"mAP of preset {comparison.plan.protocol}, {comparison.n_test} test items searched among "
        f"{comparison.n_test}, {comparison.n_train} training items. Parameters, space and distance of every row were "
        f"chosen by the same measure on {comparison.plan.n_folds} folds of the training items (column folds); the test "
        f"items were searched once. Bold: the row with the best folds. ▲ ▼: above or below {summary.baseline} by "
        f"a paired randomisation test over queries, Holm-corrected, alpha {ALPHA}. random is exact; query-blind ranks "
        "by class prior times posterior and never looks at the query. better, worse, equal: in how many queries of all "
        "directions, beside that baseline. ms per query: milliseconds of one core to project a described query and "
        "rank the test items. partner: rank of the query's own partner."
    )
    if any(found["system"].trial.facts.get("zero_shot") for found in summary.values()):
        note += " Identity compares the views as they are, by cosine: zero-shot, nothing is learned."
    if any(trial.owners for trial in comparison.trials):
        note += (
            " Every caption is searched with and found by itself, and the best of the query's own counts; an item's "
            "value is the mean of its captions'."
        )
    return note


def distances_table(comparison: Comparison, index: str = "exact") -> Table:
    """A row per space of every trial, a column per distance; the one that folds would choose has a star."""
    distances = comparison.plan.distances
    rows = []
    for trial in comparison.trials:
        for space in trial.values:
            means = comparison.row(trial.features, trial.aligner, space, index)
            chosen = comparison.chosen_distance(trial, space)
            cells = [
                _figure(means[d]) + ("*" if d == chosen and not np.isnan(means[d]) else "") for d in distances
            ]
            rows.append([trial.features, trial.aligner, space, *cells])
    reasons = {
        _without_place(reason)
        for trial in comparison.trials
        for place, reason in trial.undefined.items()
        if place.count("/") == 1 or place.endswith(f"/{index}")
    }
    note = (
        "Mean mAP over both directions. *: what training folds would choose in this row. subspace: components of the "
        "alignment; posteriors: class posteriors by logistic regression on them, or the components where they are "
        "posteriors already. One fit serves the whole row."
    )
    if reasons:
        note += f" {UNDEFINED}: not defined: {'; '.join(sorted(reasons))}."
    title = "Distances" if index == "exact" else f"Distances, index {index}"
    return Table(title, ["features", "aligner", "space", *distances], rows, " ".join(note.split()), 3)


def indexes_table(comparison: Comparison, summary: Summary) -> Table:
    """The systems under every index."""
    indexes = list(comparison.plan.indexes)
    rows = []
    for found in summary.values():
        system = found["system"]
        means = [comparison.per_query(system, index=index).mean() for index in indexes]
        rows.append([*system.name.split(" / "), *map(_figure, means)])
    note = (
        "Mean mAP. An index is asked for the whole gallery; what it leaves out counts as ranked last, relevant "
        "items at the very end. "
        + "; ".join(f"{n}: {i!r}" for n, i in comparison.plan.indexes.items() if i is not None)
    )
    return Table("Indexes", ["features", "aligner", "space", "distance", *indexes], rows, note, 4)


def published_table(comparison: Comparison, dataset: str) -> Table:
    """Published results of the same data set and protocol; an empty table says that there are none."""
    pairs = comparison.directions
    keys = [f"{INITIALS[a]}2{INITIALS[b]}" for a, b in pairs]
    results = []
    if comparison.targets.test is not None and comparison.plan.protocol in protocol_descriptions():
        results = [r for r in published_results(dataset, comparison.plan.protocol) if r.checked]
    rows = [
        [
            r.system,
            r.kind,
            r.features,
            *(_figure(r.values.get(key, np.nan)) for key in (*keys, "mean")),
            r.source,
        ]
        for r in results
    ]
    same = f"data set {dataset} and protocol {comparison.plan.protocol}"
    note = f"Figures as printed in their sources, of the {same} only; features may differ, see the column."
    if not rows:
        note = f"No published results of the {same} are known here."
    head = ["system", "kind", "features", *map(direction_name, pairs), "mean", "source"]
    return Table("Published results of the same protocol", head, rows, note, 3)


def settings_table(comparison: Comparison, summary: Summary) -> Table:
    """What was chosen, and why something is missing."""
    rows = []
    for trial in comparison.trials:
        if trial.error is not None:
            rows.append(
                [trial.features, trial.aligner, f"could not be fitted: {trial.error}", *[UNDEFINED] * 3]
            )
            continue
        facts = trial.facts
        parameters = {n.removeprefix("aligner__"): v for n, v in facts["parameters"].items()}
        chosen = (
            ", ".join(f"{name} {_short(value)}" for name, value in parameters.items()) or "nothing to choose"
        )
        strengths = ", ".join(f"{m} {c:g}" for m, c in facts["strengths"].items()) or UNDEFINED
        score = UNDEFINED if facts["own_fold_score"] is None else f"{facts['own_fold_score']:.4f}"
        rows.append([trial.features, trial.aligner, chosen, strengths, facts["own_distance"], score])
    note = (
        "parameters: best mean over folds under the alignment's own distance; posterior strength: C of the logistic "
        "regression with the best likelihood of held-out training labels. "
        + " ".join(f"Features {name}: {text}." for name, text in comparison.notes.items() if text)
    )
    head = ["features", "aligner", "parameters", "posterior strength", "own distance", "folds"]
    return Table("Settings and how they were chosen", head, rows, note.strip(), 5)


def _figure(value: float) -> str:
    return UNDEFINED if np.isnan(value) else f"{value:.4f}"


def _further(comparison: Comparison, name: str, values: np.ndarray) -> str:
    return _ranked(name, comparison.summed(name, values))


def _ranked(name: str, value: float) -> str:
    return f"{value:.1f}" if name.endswith("Rank") else f"{value:.4f}"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _without_place(reason: str) -> str:
    """A reason without the row and value where it showed first: 'got -0.1 in row 3, column 0' says little here."""
    return reason.partition(", got ")[0]
