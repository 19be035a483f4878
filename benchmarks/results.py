"""Write the page of results from the JSON of the benchmarks: ``python -m benchmarks.results FOLDER -o FILE``.

Every ``*.json`` in the folder that ``python -m benchmarks NAME --json`` wrote becomes a section. The page says only
what the files say, so the same files give the same page.
"""

import ast
import json
import os
from pathlib import Path

import click

from benchmarks.defaults_table import NOTE, selection_table
from benchmarks.published_rows import published_section
from benchmarks.result_tables import common_settings, families, lines_of, measure_table
from benchmarks.result_updates import as_expected, contradictions, updated
from benchmarks.rows import settings_text
from benchmarks.search_stores import COLLECTION
from benchmarks.searched_rows import IN_TURN, asked_in_turn, fastest_lines, named_by_batch, unfiltered_told
from classicxm.reports.tables import Table, folded

__all__ = ["page", "read_runs"]

PACKAGES = ("numpy", "scipy", "scikit-learn", "opencv-contrib-python", "cca-zoo", "faiss-cpu", "nearpy")
IN_TURN_NOTE = (
    "One query at a time, every system asked in turn; medians, and how many times as fast as faiss-flat:"
)
ROW_KEYS = {"benchmark", "system", "measure", "value", "unit", "low", "high", "settings"}


class ResultsError(click.ClickException):
    """Files that make no page: one line, exit code 2."""

    exit_code = 2


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The page, RESULTS.md.")
@click.option("--update", is_flag=True, help="Keep the sections of benchmarks that FOLDER has not.")
@click.option("--draft", is_flag=True, help="Write figures too that reproductions do not expect.")
def main(folder, output, update, draft):
    """Write the results of every benchmark in FOLDER as one Markdown page.

    Figures of quality must be those that classicxm/reproductions expects, so that all pages say the same.
    """
    if not output.resolve().parent.is_dir():
        raise ResultsError(f"no folder {output.resolve().parent} to write {output.name} to")
    runs = read_runs(folder)
    if (wrong := contradictions(runs)) and not draft:
        raise ResultsError(
            f"{len(wrong)} figures are not what classicxm/reproductions expects: {wrong[0]}; write them there by "
            "python -m benchmarks.expected, or give --draft"
        )
    if not draft:
        runs = {name: as_expected(run) for name, run in runs.items()}
    text = page(runs, output.resolve().parent / "figures")
    if update and output.is_file():
        text = updated(output.read_text(encoding="utf-8"), text)
    partial = output.with_name(output.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, output)
    click.echo(f"{output}: {', '.join(runs)}")


def read_runs(folder):
    """The runs of a folder: {benchmark: {"environment": ..., "rows": [...]}}, by name."""
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        raise ResultsError(
            f"no .json files in {folder}; write some with: python -m benchmarks NAME --json FILE"
        )
    runs, origin = {}, {}
    for path in paths:
        run = _read(path)
        name = run["rows"][0]["benchmark"]
        if name in runs:
            raise ResultsError(
                f"{origin[name].name} and {path.name} both hold rows of {name!r}; keep one of them"
            )
        runs[name], origin[name] = run, path
    return dict(sorted(runs.items()))


def _read(path):
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        rows, _ = run["rows"], run["environment"].items()
        bad = next((place for place, row in enumerate(rows) if not set(row) >= ROW_KEYS), None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(
            f"{path} holds no rows of a benchmark ({type(error).__name__}); run it again"
        ) from None
    if not rows or bad is not None:
        raise ResultsError(
            f"{path} has {'no rows' if not rows else f'an incomplete row {bad}'}; run it again"
        )
    return run


def page(runs, figures):
    """The whole page as Markdown; pictures are linked where ``figures`` has some of a benchmark's name."""
    parts = [
        "# Results",
        "Written by `python -m benchmarks.results` from what `python -m benchmarks NAME --json FILE` measured; not "
        "edited by hand; figures of quality are those of `classicxm reproduce`. `[low, high]` is a 95 % interval over "
        "queries, `±` the standard deviation over seeds, whose mean the value is. Parameters are chosen on training "
        "folds and the test items read once. Times compare only within one table.",
        _machines(runs),
        *(_section(name, run, figures) for name, run in runs.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _machines(runs):
    """When and on what each benchmark ran, and with which versions."""
    heading = ["benchmark", "date", "processor", "cores", "threads", "Python", "classicxm", "seed", "rows"]
    keys = ("date", "cpu", "cores", "threads", "python", "classicxm", "seed")
    table = []
    for name, run in runs.items():
        where = run["environment"]
        quick = " (quick)" if where.get("quick") else ""
        cells = [str(where.get(key, "")) for key in keys]
        if where.get("seeds", 1) > 1:
            cells[-1] = f"0 to {where['seeds'] - 1}"
        table.append([f"[{name}](#{name}){quick}", *cells, str(len(run["rows"]))])
    versions = {}
    for name, run in runs.items():
        where = run["environment"]
        told = ", ".join(f"{package} {where[package]}" for package in PACKAGES if where.get(package))
        blas = "; ".join(where.get("blas", ()))
        versions.setdefault(told + (f"; BLAS: {blas}" if blas else ""), []).append(name)
    notes = [f"- {', '.join(names)}: {told}" for told, names in versions.items()]
    return "\n".join(
        [Table("", heading, table, n_names=len(heading)).to_markdown(), "", "Versions:", "", *notes]
    )


def _section(name, run, figures):
    rows = run["rows"]
    common = common_settings(rows)
    rows = [
        {**row, "settings": {k: v for k, v in row["settings"].items() if k not in common}} for row in rows
    ]
    parts = [f"## {name}", _question(name), f"`python -m benchmarks {name}`"]
    if run["environment"].get("quick"):
        parts.append(
            "**A quick run of fewer and smaller cases: it shows that the benchmark runs, not its figures.**"
        )
    if common:
        parts.append(f"Of all rows: {settings_text(common)}")
    if name == "defaults":
        parts += [NOTE, selection_table(rows)]
    if name == "search":
        alone, rows = asked_in_turn(row for row in rows if row["settings"].get("data") != COLLECTION)
        lines, note = fastest_lines(lines_of(named_by_batch(rows)))
        parts.append(note)
    else:
        lines = lines_of(named_by_batch(unfiltered_told(rows)) if name == "stores" else rows)
    measures = list(dict.fromkeys(measure for line in lines for measure in line.cells))
    for family, members in families(measures).items():
        table = measure_table(lines, members)
        parts.append(table if family in ("", "map") else folded(family, table))
    if name == "search" and alone:
        parts += [IN_TURN_NOTE, measure_table(lines_of(alone), IN_TURN)]
    parts += published_section(name, run["rows"])
    if figures.is_dir():
        pictures = sorted(path for path in figures.iterdir() if _is_picture_of(path, name))
        parts += [f"![{path.stem}]({figures.name}/{path.name})" for path in pictures]
    return "\n\n".join([*(part for part in parts if part), *_settings(lines)])


def _is_picture_of(path, name):
    return path.suffix in (".png", ".svg") and (
        path.stem == name or path.stem.startswith((f"{name}-", f"{name}_"))
    )


def _question(name):
    """The first paragraph of the benchmark's own description."""
    path = Path(__file__).with_name(f"{name}.py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else None
    return " ".join((text or "").split("\n\n")[0].split())


def _settings(lines):
    """What the rows say of how each system was set, folded away."""
    told = {}
    for line in lines:
        if text := settings_text(line.told):
            told.setdefault((line.system, text), None)
    if not told:
        return []
    table = Table("", ["system", "settings"], list(map(list, told)), n_names=2).to_markdown()
    return [folded("Settings, and how they were chosen", table)]


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.results")
