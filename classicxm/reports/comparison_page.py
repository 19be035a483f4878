"""A comparison as one self-contained HTML page, without scripts: tables, curves, classes, confusions, examples."""

import html
from pathlib import Path

from classicxm.errors import ClassicXMError
from classicxm.media.thumbnail import thumbnail
from classicxm.reports.comparison_details import class_scores, confusion, curves, examples, shown_systems
from classicxm.reports.comparison_tables import direction_name
from classicxm.reports.svg import bar_chart, curve_chart, matrix_chart, shade
from classicxm.reports.table_formats import to_html
from classicxm.reports.tables import shortened

__all__ = ["report_page"]

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #2a9d5f; --bad: #c2410c; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 78rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: .95rem; margin: 1.2rem 0 .4rem; font-weight: 600; }
.note { opacity: .72; max-width: 70rem; font-size: .85rem; } .lede { font-size: 1.02rem; max-width: 62rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .22rem .7rem .22rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:nth-child(-n+2) { white-space: nowrap; }
th { font-weight: 600; opacity: .8; } .figure { text-align: right; padding-left: .45rem; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem 2rem; }
.example { display: grid; grid-template-columns: 12rem 1fr; gap: 1rem; padding: .7rem 0; }
.answers { display: grid; grid-template-columns: repeat(5, 1fr); gap: .6rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: .4rem; overflow: hidden; }
figure.right { border: 2px solid var(--good); } figure.wrong { border: 2px dashed var(--bad); }
figure img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: #fff; }
figcaption { padding: .4rem .55rem; font-size: .76rem; overflow-wrap: anywhere; }
figcaption .label { display: block; opacity: .65; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .85rem; } dd { margin: 0; }
@media (max-width: 45rem) { .example { grid-template-columns: 1fr; } .answers { grid-template-columns: 1fr 1fr; } }
"""
TEXT_LENGTH = 150
PICTURE_SIDE = 180


def report_page(comparison, summary, tables, facts, records=None):
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
    """
    title = f"classicxm compare: {facts['data set']}"
    settings, published = tables[-1], tables[-2]
    parts = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<style>{STYLE}</style></head><body><h1>{html.escape(title)}</h1>",
        _lede(comparison, summary),
        to_html(tables[0]),
        *(to_html(table, _shading(table)) for table in tables[1:-2]),
        to_html(published),
        _curves(comparison, summary),
        _classes(comparison, summary),
        _confusions(comparison),
        _examples(comparison, records),
        to_html(settings),
        _facts(facts),
        "</body></html>",
    ]
    return "\n".join(filter(None, parts))


def _lede(comparison, summary):
    best, floors = comparison.best(), comparison.floors[comparison.best().trial.features]
    found = summary[best.name]
    against = ", ".join(f"{name} {values[:, 0].mean():.3f}" for name, values in floors.items())
    text = (
        f"Training folds choose {best.name}: mean mAP {found['mean']:.3f} on the test items (95 % interval "
        f"{found['low']:.3f} to {found['high']:.3f}), beside the floors {against}. {len(comparison.trials)} alignments "
        f"by {len(comparison.plan.distances)} distances were compared on {comparison.n_train} training and "
        f"{comparison.n_test} test items; nothing was chosen on the test items."
    )
    return f"<p class='lede'>{html.escape(text)}</p>"


def _shading(table):
    """Colours of a table of figures between its lowest and highest."""
    values = [[_number(cell) for cell in row] for row in table.rows]
    flat = [v for row in values for v in row if v is not None]
    low, high = (min(flat), max(flat)) if flat else (0.0, 1.0)

    def colour(row, column):
        value = values[row][column]
        return None if value is None else shade((value - low) / max(high - low, 1e-9) * 0.8)

    return colour


def _number(cell):
    try:
        return float(cell.rstrip("*"))
    except ValueError:
        return None


def _curves(comparison, summary):
    systems = shown_systems(comparison, summary)
    charts = [
        f"<div><h3>{html.escape(direction_name(pair))}</h3>"
        + curve_chart(curves(comparison, systems, pair), "recall", "interpolated precision")
        + "</div>"
        for pair in comparison.directions
    ]
    note = "Mean over queries; the systems with the best folds, and the baseline. random: expected precision."
    return _paired("Precision and recall", charts, note)


def _classes(comparison, summary):
    if comparison.targets.test is None:
        return ""
    shown = [comparison.best()]
    if summary.baseline != shown[0].name:
        shown.append(summary[summary.baseline]["system"])
    charts = []
    for d, pair in enumerate(comparison.directions):
        scored = {system.name: class_scores(comparison, system, d) for system in shown}
        names = next(iter(scored.values()))[0]
        chart = bar_chart(names, {name: values for name, (_, values) in scored.items()})
        charts.append(f"<div><h3>{html.escape(direction_name(pair))}</h3>{chart}</div>")
    note = "The system that folds choose, and the baseline; the mean over the queries of a class."
    return _paired("Mean average precision by class of the query", charts, note)


def _confusions(comparison):
    if comparison.targets.test is None:
        return ""
    best = comparison.best()
    charts = []
    for pair in comparison.directions:
        names, table = confusion(comparison, best, pair)
        chart = matrix_chart(names, table, "query", "answers")
        charts.append(f"<div><h3>{html.escape(direction_name(pair))}</h3>{chart}</div>")
    note = (
        f"{best.name}: of which classes the first ten answers are, in percent; rows are the queries' classes."
    )
    return _paired("Confusion between classes", charts, note)


def _paired(title, charts, note):
    """A section of charts side by side, one a direction."""
    return (
        f"<section><h2>{title}</h2><div class='pair'>{''.join(charts)}</div>"
        f"<p class='note'>{html.escape(note)}</p></section>"
    )


def _examples(comparison, records):
    if records is None:
        return ""
    best = comparison.best()
    parts = [
        f"<section><h2>Best and worst queries</h2><p class='note'>{html.escape(best.name)}; a solid frame is a "
    ]
    parts.append(
        "relevant answer, a dashed one is not. Each row begins with the query and its average precision.</p>"
    )
    for d, pair in enumerate(comparison.directions):
        for word, well in (("best", True), ("worst", False)):
            parts.append(f"<h3>{html.escape(direction_name(pair))}: {word}</h3>")
            parts += [_example(example, records) for example in examples(comparison, best, d, well)]
    return "".join([*parts, "</section>"])


def _example(example, records):
    source, target = example.direction
    answers = "".join(
        _figure(records[row], target, "right" if right else "wrong")
        for row, right in zip(example.answers, example.relevant, strict=True)
    )
    query = _figure(records[example.query], source, "query", f"AP {example.value:.3f}")
    return f"<div class='example'>{query}<div class='answers'>{answers}</div></div>"


def _figure(record, modality, kind, remark=""):
    label = record.get("label")
    label = " / ".join(map(str, label)) if isinstance(label, (list, tuple)) else str(label or "")
    caption = " · ".join(filter(None, [remark, label, str(record["id"]) if modality != "text" else ""]))
    return (
        f"<figure class='{kind}'>{_content(record, modality)}<figcaption>{_words(record, modality)}"
        f"<span class='label'>{html.escape(caption)}</span></figcaption></figure>"
    )


def _content(record, modality):
    """The picture of an item, or a frame of its clip."""
    source = record.get(modality)
    try:
        if modality == "video" and source is not None:
            from classicxm.media.video import Video

            source = next(iter(Video(source, max_frames=1)))
        if modality in ("image", "video") and source is not None:
            return f"<img alt='' src='{thumbnail(source, PICTURE_SIDE)}'>"
    except (ClassicXMError, ValueError, TypeError, StopIteration):
        return ""
    return ""


def _words(record, modality):
    """The text of an item; where its own medium cannot be shown, the text that belongs to it."""
    shown = modality in ("image", "video") and record.get(modality) is not None
    if shown or record.get("text") is None:
        return ""
    text = record["text"]
    if isinstance(text, Path):
        text = text.name
    mark = "" if modality == "text" else f"[{modality} of] "
    return html.escape(mark + shortened(text, TEXT_LENGTH))


def _facts(facts):
    rows = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(str(value))}</dd>" for name, value in facts.items()
    )
    return f"<section><h2>Data and versions</h2><dl>{rows}</dl></section>"
