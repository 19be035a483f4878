"""A comparison as one self-contained HTML page, without scripts: tables, curves, classes, confusions, examples."""

from collections.abc import Mapping, Sequence
from typing import Any

from classicxm.comparison import Assessment, Comparison
from classicxm.reports.cards import Card, Embedder, item_card
from classicxm.reports.charts import Chart, bar_chart, curve_chart, heat_chart, shade
from classicxm.reports.comparison_details import (
    Example,
    class_scores,
    confusion,
    curves,
    examples,
    shown_systems,
)
from classicxm.reports.comparison_tables import Summary, direction_name, summarise, systems_table
from classicxm.reports.rendering import fragment, render
from classicxm.reports.tables import Table

__all__ = [
    "assessment_fragment",
    "class_charts",
    "comparison_fragment",
    "confusion_charts",
    "curve_charts",
    "distance_chart",
    "report_page",
]

TEXT_LENGTH = 150
PICTURE_SIDE = 180


def report_page(
    comparison: Comparison,
    summary: Summary,
    tables: Sequence[Table],
    facts: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]] | None = None,
    folder: Any = None,
) -> str:
    """The page as a string.

    Parameters
    ----------
    comparison : Comparison
    summary : Summary
    tables : list of Table
    facts : dict of str to str
        Data set, split, versions and the like, listed at the end.
    records : sequence of dict, optional
        The test items ("id", "text", "image" ...), shown in the examples.
    folder : path, optional
        Where the page will lie; sounds and clips too large to embed are linked relative to it.
    """
    shaded = [(table, None if table in (tables[0], tables[-2]) else _shades(table)) for table in tables[:-1]]
    return str(
        render(
            "comparison.html",
            title=f"classicxm compare: {facts['data set']}",
            lede=_lede(comparison, summary),
            tables=shaded,
            sections=_sections(comparison, summary),
            best=comparison.best().name,
            examples=_examples(comparison, records, Embedder(folder, PICTURE_SIDE)),
            settings=tables[-1],
            facts=facts,
        )
    )


def comparison_fragment(comparison: Comparison) -> str:
    """The systems of a comparison beside its floors, for notebooks."""
    table = systems_table(comparison, summarise(comparison))
    return fragment("table.html", table=table, shades=None)


def assessment_fragment(assessment: Assessment) -> str:
    """The figures of an assessment, for notebooks."""
    head, *rows = assessment.table()
    note = "95 % intervals over queries; random and query-blind are what is reached without looking at the query."
    table = Table(f"protocol {assessment.protocol}", list(head), list(map(list, rows)), note, 2)
    return fragment("table.html", table=table, shades=None)


def curve_charts(comparison: Comparison, summary: Summary) -> list:
    """Precision over recall of the systems with the best folds: (direction, `Chart`) pairs."""
    systems = shown_systems(comparison, summary)
    return [
        (
            direction_name(pair),
            curve_chart(
                curves(comparison, systems, pair),
                "recall",
                "interpolated precision",
                f"precision by recall, {direction_name(pair)}",
            ),
        )
        for pair in comparison.directions
    ]


def class_charts(comparison: Comparison, summary: Summary) -> list:
    """Mean average precision by class of the query: (direction, `Chart`) pairs, none without labels."""
    if comparison.targets.test is None:
        return []
    shown = [comparison.best()]
    if summary.baseline != shown[0].name:
        shown.append(summary[summary.baseline]["system"])
    charts = []
    for d, pair in enumerate(comparison.directions):
        scored = {system.name: class_scores(comparison, system, d) for system in shown}
        names = next(iter(scored.values()))[0]
        values = {name: values for name, (_, values) in scored.items()}
        title = f"mean average precision by class, {direction_name(pair)}"
        charts.append((direction_name(pair), bar_chart(names, values, title)))
    return charts


def confusion_charts(comparison: Comparison) -> list:
    """Of which classes the first answers are: (direction, `Chart`) pairs, none without labels."""
    if comparison.targets.test is None:
        return []
    charts = []
    for pair in comparison.directions:
        names, shares = confusion(comparison, comparison.best(), pair)
        title = f"classes of the first answers, {direction_name(pair)}"
        charts.append((direction_name(pair), heat_chart(names, names, shares, "query", "answers", title)))
    return charts


def distance_chart(comparison: Comparison) -> Chart:
    """Mean of the measure by trial, space and distance, under the first index: `Chart`."""
    index = next(iter(comparison.plan.indexes))
    found = {
        f"{trial.features} / {trial.aligner} / {space}": comparison.row(
            trial.features, trial.aligner, space, index
        )
        for trial in comparison.trials
        for space in trial.values
    }
    values = [list(row.values()) for row in found.values()]
    return heat_chart(list(found), list(comparison.plan.distances), values, title="mean mAP", percent=False)


def _lede(comparison: Comparison, summary: Summary) -> str:
    best, floors = comparison.best(), comparison.floors[comparison.best().trial.features]
    found = summary[best.name]
    against = ", ".join(f"{name} {values[:, 0].mean():.3f}" for name, values in floors.items())
    return (
        f"Training folds choose {best.name}: mean mAP {found['mean']:.3f} on the test items (95 % interval "
        f"{found['low']:.3f} to {found['high']:.3f}), beside the floors {against}. {len(comparison.trials)} alignments "
        f"by {len(comparison.plan.distances)} distances were compared on {comparison.n_train} training and "
        f"{comparison.n_test} test items; nothing was chosen on the test items."
    )


def _shades(table: Table) -> list[list[str | None]]:
    """Colours of a table of figures between its lowest and highest: rows of a background or None."""
    values = [
        [_number(cell) if column >= table.n_names else None for column, cell in enumerate(row)]
        for row in table.rows
    ]
    flat = [v for row in values for v in row if v is not None]
    low, high = (min(flat), max(flat)) if flat else (0.0, 1.0)
    return [
        [None if v is None else shade((v - low) / max(high - low, 1e-9) * 0.8) for v in row] for row in values
    ]


def _number(cell: str) -> float | None:
    try:
        return float(cell.rstrip("*"))
    except ValueError:
        return None


def _sections(comparison: Comparison, summary: Summary) -> list[dict[str, Any]]:
    """Charts, a pair per direction, with their title and note."""
    best = comparison.best().name
    sections = [
        (
            "Precision and recall",
            curve_charts(comparison, summary),
            "Mean over queries; the systems with the best folds, and the baseline. random: expected precision.",
        ),
        (
            "Mean average precision by class of the query",
            class_charts(comparison, summary),
            "The system that folds choose, and the baseline; the mean over the queries of a class.",
        ),
        (
            "Confusion between classes",
            confusion_charts(comparison),
            f"{best}: of which classes the first ten answers are, in percent; rows are the queries' classes.",
        ),
    ]
    return [{"title": title, "charts": charts, "note": note} for title, charts, note in sections if charts]


def _examples(
    comparison: Comparison, records: Sequence[Mapping[str, Any]] | None, embed: Embedder
) -> list[dict[str, Any]]:
    """Groups of the best and the worst queries of every direction."""
    if records is None:
        return []
    best = comparison.best()
    return [
        {
            "title": f"{direction_name(pair)}: {word}",
            "examples": [
                _example(one, records, embed) for one in examples(comparison, best, d, word == "best")
            ],
        }
        for d, pair in enumerate(comparison.directions)
        for word in ("best", "worst")
    ]


def _example(example: Example, records: Sequence[Mapping[str, Any]], embed: Embedder) -> dict[str, Any]:
    source, target = example.direction
    answers = [
        _card(records[row], target, embed, "right" if right else "wrong")
        for row, right in zip(example.answers, example.relevant, strict=True)
    ]
    query = _card(records[example.query], source, embed, "query", f"AP {example.value:.3f}")
    return {"query": query, "answers": answers}


def _card(record: Mapping[str, Any], modality: str, embed: Embedder, kind: str, remark: str = "") -> Card:
    """An item by its modality; where that cannot be shown, by the text that belongs to it."""
    content = {"label": record.get("label"), "alt": record.get("text")}
    if record.get(modality) is not None:
        content[modality] = record[modality]
    elif record.get("text") is not None:
        content["text"] = record["text"]
        remark = f"{remark} · {modality}, by its text" if remark else f"{modality}, by its text"
    name = str(record["id"]) if modality != "text" else ""
    return item_card(content, embed, name=name, remark=remark, kind=kind, length=TEXT_LENGTH)
