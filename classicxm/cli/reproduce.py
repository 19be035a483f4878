"""``classicxm reproduce``: run what stands in ``classicxm/reproductions``, and say whether the same comes out."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classicxm.cli.terminal import say, say_line
from classicxm.spelling import did_you_mean

if TYPE_CHECKING:
    from classicxm.reproductions import Outcome, Reproduction

__all__ = ["reproduce"]

BROUGHT = "embeddings.json"
#: States that are no fault of what is reproduced.
HARMLESS = ("OK", "NOT RUN", "NO DATA")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every reproduction.")
@click.option(
    "--list", "listing", is_flag=True, help="What there is, how long it takes, and whether its data are here."
)
@click.option("--dry-run", is_flag=True, help="Check the data and say what would be run.")
@click.option("--commands", "only_commands", is_flag=True, help="Print the commands, to be copied.")
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False),
    help="Folder of data sets; see classicxm data where.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    default="reproductions",
    show_default=True,
    help="For results.",
)
@click.option("--again", is_flag=True, help="Run what was done too.")
@click.option(
    "--embeddings",
    multiple=True,
    metavar="NAME=FILE",
    help="Measure embeddings of yours, NAME[:MODALITY]=FILE (.npy, .npz, .mat, .csv, .parquet), and run nothing else; "
    "repeatable.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False),
    help="Folder of reproductions of your own.",
)
@click.option("--headline", is_flag=True, help="Print the short table of expected values.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False), help="Write the verdicts to a file too."
)
def reproduce(names: tuple[str, ...], folder: str | None, output: str, **asked: Any) -> None:
    """Reproduce the figures of NAMES.

    Data are checked first, by checksums and sums over features. What is done is not done again; a run that was stopped
    goes on. OUTPUT/matrix.html and matrix.md then hold every value beside what was expected and what papers print.
    """
    from classicxm.reports.tables import Table
    from classicxm.reproductions import headline_table, read_reproductions

    known = read_reproductions(asked["source"])
    if unknown := [name for name in names if name not in known]:
        meant = did_you_mean(unknown[0], known) or f"; there are {', '.join(known)}"
        raise ValueError(f"no reproduction {unknown[0]!r}{meant}")
    if asked["headline"]:
        head, rows = headline_table(known)
        say(Table("", head, rows, n_names=len(head)).to_markdown())
        return
    root, out = _data_folder(folder), Path(output).absolute()
    chosen = {name: known[name] for name in (known if asked["everything"] or asked["listing"] else names)}
    if not chosen:
        raise click.UsageError("name a reproduction, or give --all or --list")
    if asked["listing"]:
        say(_listed(chosen, root, out))
    elif asked["only_commands"]:
        _say_commands(chosen, root, out)
    elif asked["dry_run"]:
        click.get_current_context().exit(_say_plan(chosen, root, out))
    elif asked["embeddings"]:
        _measure_embeddings(chosen, root, out, asked["embeddings"])
        _write_matrix(known, {}, root, out)
        say_line(out / "matrix.html")
    else:
        outcomes = _run_all(chosen, root, out, asked["again"])
        _write_matrix(known, outcomes, root, out)
        if asked["json_file"]:
            text = json.dumps(_as_json(outcomes), indent=1) + "\n"
            Path(asked["json_file"]).write_text(text, encoding="utf-8")
        say_line(f"{_counted(outcomes)}; {out / 'matrix.html'}")
        wrong = [one.state for one in outcomes.values() if one.state not in HARMLESS]
        asked_for = [one.state for name, one in outcomes.items() if name in names and one.state != "OK"]
        click.get_current_context().exit(1 if wrong or asked_for else 0)


def _run_all(chosen: Mapping[str, Reproduction], root: Path, out: Path, again: bool) -> dict[str, Outcome]:
    from classicxm.reproductions import reproduce as run
    from classicxm.reproductions.running import outcome_of

    outcomes = {}
    for name, one in chosen.items():
        if again or outcome_of(one, root, out) is None:
            say_line(f"{name}: runs, about {one.seconds} s on one core", err=True)
        outcomes[name] = outcome = run(one, root, out, again)
        earlier = ", done earlier" if outcome.earlier else ""
        say_line(f"{name}: {outcome.state} ({outcome.seconds:.0f} s{earlier})")
        for note in outcome.notes:
            say_line(f"{name}: {note}")
        for verdict in outcome.verdicts:
            say_line(f"{name}: {_row_name(verdict)} {verdict}")
    return outcomes


def _row_name(verdict: Any) -> str:
    from classicxm.reproductions.matrix import row_name

    return f"{row_name(verdict.expected)} {verdict.expected.measure}"


def _measure_embeddings(
    chosen: Mapping[str, Reproduction], root: Path, out: Path, entries: tuple[str, ...]
) -> None:
    from classicxm.atomic import write_file
    from classicxm.reproductions import data_problems, embedding_rows
    from classicxm.reproductions.verdicts import plain_number

    taking = [one for one in chosen.values() if one.compared]
    if not taking:
        raise ValueError(f"none of {', '.join(chosen)} takes embeddings; see classicxm reproduce --list")
    for one in taking:
        if problems := data_problems(one, root):
            raise ValueError(f"{one.name}: DATA DIFFER: {problems[0]}")
        rows = embedding_rows(one, root, entries)
        write_file(out / one.name / BROUGHT, json.dumps(rows) + "\n")
        for row in rows:
            interval = f"[{plain_number(row['low'])}, {plain_number(row['high'])}]"
            say_line(f"{one.name}: {row['system']} {row['measure']} {plain_number(row['value'])} {interval}")


def _write_matrix(
    known: Mapping[str, Reproduction], outcomes: dict[str, Outcome], root: Path, out: Path
) -> None:
    """The matrix of everything, what ran before included."""
    import classicxm
    from classicxm.atomic import write_file
    from classicxm.reports.reproductions_page import matrix_markdown, matrix_page
    from classicxm.reproductions import commands_of, matrix_tables
    from classicxm.reproductions.running import outcome_of

    earlier = {name: outcome_of(one, root, out) for name, one in known.items()}
    every = {name: outcome for name, outcome in {**earlier, **outcomes}.items() if outcome is not None}
    brought = {}
    for name in known:
        if (out / name / BROUGHT).is_file():
            brought[name] = json.loads((out / name / BROUGHT).read_text(encoding="utf-8"))
    commands = {name: commands_of(one, root, out) for name, one in known.items()}
    matrices = matrix_tables(known, every, commands, brought)
    facts = {
        "classicxm": classicxm.__version__,
        "Python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
    }
    write_file(out / "matrix.html", matrix_page(matrices, facts))
    write_file(out / "matrix.md", matrix_markdown(matrices, facts))


def _listed(chosen: Mapping[str, Reproduction], root: Path, out: Path) -> str:
    from classicxm.reports.tables import Table
    from classicxm.reproductions.running import outcome_of

    rows = []
    for name, one in chosen.items():
        outcome = outcome_of(one, root, out)
        state = "to be run" if outcome is None else f"{outcome.state}{', done' if outcome.earlier else ''}"
        rows.append(
            [
                name,
                state,
                str(len(one.expected)),
                str(one.seconds),
                "takes" if one.compared else "",
                "; ".join(
                    [one.title, *(outcome.notes[:1] if outcome is not None and not outcome.verdicts else [])]
                ),
            ]
        )
    head = ["name", "state", "rows", "seconds", "embeddings", "what"]
    return f"{Table('', head, rows, n_names=6).to_text()}\nData sets are looked for in {root}."


def _say_commands(chosen: Mapping[str, Reproduction], root: Path, out: Path) -> None:
    from classicxm.reproductions import commands_of

    for name, one in chosen.items():
        say_line(f"# {name}: {one.title}")
        for command in commands_of(one, root, out):
            say_line(command)


def _say_plan(chosen: Mapping[str, Reproduction], root: Path, out: Path) -> int:
    """What would happen, a line each; 1 where data differ."""
    from classicxm.reproductions import commands_of, data_problems
    from classicxm.reproductions.running import outcome_of

    differ = False
    for name, one in chosen.items():
        outcome = outcome_of(one, root, out)
        if outcome is not None:
            say_line(
                f"{name}: {outcome.state}{', done earlier' if outcome.earlier else ''} {' '.join(outcome.notes)}"
            )
            continue
        problems = data_problems(one, root)
        differ = differ or bool(problems)
        say_line(f"{name}: {'DATA DIFFER' if problems else f'to be run, about {one.seconds} s'}")
        for line in problems or commands_of(one, root, out):
            say_line(f"{name}: {line}")
    return int(differ)


def _counted(outcomes: Mapping[str, Outcome]) -> str:
    states = [one.state for one in outcomes.values()]
    rows = [verdict.ok for one in outcomes.values() for verdict in one.verdicts]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"{counts}; {sum(rows)} of {len(rows)} rows OK"


def _as_json(outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {
        name: {
            "state": one.state,
            "notes": one.notes,
            "seconds": one.seconds,
            "rows": [
                {
                    "system": verdict.expected.system,
                    "measure": verdict.expected.measure,
                    "setting": dict(verdict.expected.setting),
                    "expected": verdict.expected.value,
                    "tolerance": verdict.expected.tolerance,
                    "found": verdict.found,
                    "verdict": str(verdict),
                }
                for verdict in one.verdicts
            ],
        }
        for name, one in outcomes.items()
    }


def _data_folder(folder: str | None) -> Path:
    """Where data sets lie: as `classicxm data` says, or beside a checkout that has some there."""
    from classicxm.datasets.holdings import VARIABLE, data_folder
    from classicxm.reproductions.running import PROJECT

    beside = PROJECT.parent / "shared" / "data"
    if folder is None and not os.environ.get(VARIABLE) and beside.is_dir():
        return beside
    return data_folder(folder)
