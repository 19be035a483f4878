"""The folder of a comparison: results.json, per_query.npz, table.md, table.tex, report.html and plots."""

import importlib.metadata
import io
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import classicxm
from classicxm.atomic import write_file
from classicxm.comparison import Comparison
from classicxm.comparison.result import Trial
from classicxm.comparison.result_files import PER_QUERY, RESULTS, comparison_arrays, comparison_facts
from classicxm.errors import MissingExtraError
from classicxm.reports.comparison_page import (
    class_charts,
    confusion_charts,
    curve_charts,
    distance_chart,
    report_page,
)
from classicxm.reports.comparison_tables import Summary, all_tables, direction_name, summarise
from classicxm.reports.tables import Table, latex_document

__all__ = ["JOURNAL", "check_report_folder", "report_results", "write_report"]

#: Finished steps of a comparison, inside its report.
JOURNAL = "journal"
FILES = (PER_QUERY, "table.md", "table.tex", "report.html", RESULTS)
PACKAGES = ("numpy", "scipy", "scikit-learn", "opencv-contrib-python", "jinja2")


def check_report_folder(folder: Any) -> Path:
    """The folder as a Path; ValueError where something else than a report lies there."""
    folder = Path(folder)
    ours = any((folder / name).exists() for name in (JOURNAL, RESULTS))
    if folder.exists() and not ours and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} exists and is not a report; choose another name or remove it")
    return folder


def write_report(
    comparison: Comparison,
    folder: Any,
    dataset: str = "collection",
    records: Sequence[Mapping[str, Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
    baseline: str | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Write a comparison to a folder.

    Every file is written beside its place and renamed, results.json last: a crash leaves old files or new ones,
    none of them half, and the same run mends the mixture.

    Parameters
    ----------
    comparison : Comparison
    folder : path
        Made when missing; what is in it and bears other names is left alone.
    dataset : str
        By which published results are found.
    records : sequence of dict, optional
        Test items for the examples.
    facts : dict of str to str, optional
        Told at the end of the page.
    baseline : str, optional
        Aligner that the others are tested against; the first by default.

    Returns
    -------
    results : dict
        What results.json holds.
    notes : list of str
        What could not be written for want of an extra.
    """
    folder = check_report_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    summary = summarise(comparison, baseline)
    tables = all_tables(comparison, summary, dataset)
    facts = {"data set": dataset, **(facts or {}), **_versions()}
    results = report_results(comparison, summary, facts, tables[-2])
    title = f"classicxm compare: {dataset}"
    notes = _plots(comparison, summary, folder)
    packed = io.BytesIO()
    arrays: dict[str, Any] = comparison_arrays(comparison)
    np.savez_compressed(packed, **arrays)
    contents: tuple[str | bytes, ...] = (
        packed.getvalue(),
        "\n\n".join([f"# {title}", *(table.to_markdown() for table in tables)]) + "\n",
        latex_document(title, tables),
        report_page(comparison, summary, tables, facts, records, folder),
        json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    )
    for name, content in zip(FILES, contents, strict=True):
        write_file(folder / name, content)
    return results, notes


def report_results(
    comparison: Comparison, summary: Summary, facts: Mapping[str, Any], published: Table
) -> dict[str, Any]:
    """Everything that the tables say, and the facts that `load_comparison` reads, as JSON values."""
    rows = [row for trial in comparison.trials for row in _rows(comparison, trial)]
    best = comparison.best().name
    systems = [
        {
            "features": found["system"].trial.features,
            "aligner": found["system"].trial.aligner,
            "space": found["system"].space,
            "distance": found["system"].distance,
            "folds": found["system"].fold_score,
            "chosen": name == best,
            **{key: found[key] for key in ("mean", "low", "high", "mark", "directions", "further")},
        }
        for name, found in summary.items()
    ]
    floors = {
        features: {
            name: {
                direction_name(pair): _summed(comparison, values[d])
                for d, pair in enumerate(comparison.directions)
            }
            for name, values in floors.items()
        }
        for features, floors in comparison.floors.items()
    }
    return {
        "facts": facts,
        "protocol": comparison.plan.protocol,
        "relevance": "class" if comparison.targets.test is not None else "instance",
        "baseline": summary.baseline,
        "floors": floors,
        "systems": systems,
        "rows": rows,
        "published": [dict(zip(published.head, row, strict=True)) for row in published.rows],
        "comparison": comparison_facts(comparison),
    }


def _rows(comparison: Comparison, trial: Trial) -> Iterator[dict[str, Any]]:
    """One per space, index and distance that is defined."""
    plan = comparison.plan
    for space, values in trial.values.items():
        chosen = comparison.chosen_distance(trial, space)
        for i, index in enumerate(plan.indexes):
            for j, distance in enumerate(plan.distances):
                if np.isnan(values[i, j, 0, 0, 0]):
                    continue
                yield {
                    "features": trial.features,
                    "aligner": trial.aligner,
                    "space": space,
                    "index": index,
                    "distance": distance,
                    "folds": _finite(trial.folds[space][j].mean()),
                    "chosen": distance == chosen,
                    "mean": float(values[i, j, :, 0].mean()),
                    "directions": {
                        direction_name(pair): _summed(comparison, values[i, j, d])
                        for d, pair in enumerate(comparison.directions)
                    },
                }


def _summed(comparison: Comparison, values: np.ndarray) -> dict[str, float | None]:
    """Each measure's one number."""
    return {name: _finite(comparison.summed(name, values[m])) for m, name in enumerate(comparison.measures)}


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plots(comparison: Comparison, summary: Summary, folder: Path) -> list[str]:
    """Swap in a new folder of the charts as SVG and PNG; one line where the extra for PNG is missing."""
    named = {
        "precision-recall": curve_charts(comparison, summary),
        "classes": class_charts(comparison, summary),
        "confusion": confusion_charts(comparison),
    }
    charts = {f"{name} {pair}": chart for name, pairs in named.items() for pair, chart in pairs}
    charts["distances"] = distance_chart(comparison)
    made, notes = Path(tempfile.mkdtemp(dir=folder, prefix=".plots-")), []
    try:
        for name, chart in charts.items():
            path = made / name.replace(" ", "-").replace("→", "-to-")
            path.with_suffix(".svg").write_text(chart.to_svg(), encoding="utf-8")
            try:
                path.with_suffix(".png").write_bytes(chart.to_png())
            except MissingExtraError as error:
                notes = [f"plots as SVG only: {error}"]
        made.chmod(0o755)
        shutil.rmtree(folder / "plots", ignore_errors=True)
        os.replace(made, folder / "plots")
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return notes


def _remove_leftovers(folder: Any) -> None:
    """What killed runs left of files that they were writing."""
    for name in (*FILES, "plots"):
        for leftover in folder.glob(f".{name}-*"):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def _versions() -> dict[str, str]:
    found = {"classicxm": classicxm.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
