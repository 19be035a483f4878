"""Runs a reproduction: data checked first, commands in processes of their own, what is done not done again."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import classicxm
from classicxm.atomic import write_file
from classicxm.reproductions.catalogue import Reproduction
from classicxm.reproductions.data_checks import data_problems, missing_data
from classicxm.reproductions.verdicts import Verdict, verdicts

__all__ = ["Outcome", "commands_of", "outcome_of", "reproduce"]

DONE = "done.json"
#: Where the package lies: beside it, in a checkout, the benchmarks.
PROJECT = Path(classicxm.__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """How a reproduction went.

    Attributes
    ----------
    name : str
    state : str
        "OK", "FAILED" (a value, or a command), "DATA DIFFER", "NO DATA" or "NOT RUN".
    notes : list of str
        Why, where it is not OK.
    verdicts : list of Verdict
        None where no command has run.
    seconds : float
    earlier : bool
        Whether it was done in an earlier run.
    """

    name: str
    state: str
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    seconds: float = 0.0
    earlier: bool = False


def commands_of(reproduction: Reproduction, root: Path, output: Path) -> list[str]:
    """The commands with their paths, as they are typed."""
    out = output / reproduction.name
    paths = {
        "data": shlex.quote(str(root / reproduction.data[0])) if reproduction.data else "",
        "root": shlex.quote(str(root)),
        "out": shlex.quote(str(out)),
        "result": shlex.quote(str(out / reproduction.result)),
    }
    return [command.format(**paths) for command in reproduction.commands]


def reproduce(reproduction: Reproduction, root: Path, output: Path, again: bool = False) -> Outcome:
    """Run a reproduction and compare what comes out.

    Parameters
    ----------
    reproduction : Reproduction
    root : Path
        The folder that holds one folder per data set.
    output : Path
        A folder for results; what it says was done with these commands on these data is not done again, and commands
        that can go on where they were stopped do.
    again : bool, default=False
        Run what was done too.

    Returns
    -------
    Outcome
        Scores are compared, and told, only where the data are those that the expected ones were measured on.
    """
    ready = outcome_of(reproduction, root, output)
    if ready is not None and not (again and ready.earlier):
        return ready
    if problems := data_problems(reproduction, root):
        return Outcome(reproduction.name, "DATA DIFFER", problems)
    if reason := _unavailable(reproduction):
        return Outcome(reproduction.name, "NOT RUN", [reason])
    out = output / reproduction.name
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    for command in commands_of(reproduction, root, output):
        if fault := _run(command):
            return Outcome(reproduction.name, "FAILED", [f"{command}: {fault}"])
    try:
        rows = _rows(reproduction, out / reproduction.result)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Outcome(
            reproduction.name, "FAILED", [f"its commands left no result that can be read ({error})"]
        )
    seconds = time.monotonic() - started
    done = {"signature": _signature(reproduction), "seconds": seconds, "rows": rows}
    write_file(out / DONE, json.dumps(done, ensure_ascii=False) + "\n")
    return _judged(reproduction, rows, seconds)


def outcome_of(reproduction: Reproduction, root: Path, output: Path) -> Outcome | None:
    """The outcome without running anything: where there is nothing to run, no data, or it was done; None otherwise."""
    if not reproduction.commands:
        return Outcome(reproduction.name, "NOT RUN", ["published figures only"])
    if reproduction.pending:
        return Outcome(reproduction.name, "NOT RUN", [reproduction.pending])
    if missing := missing_data(reproduction, root):
        told = f"no {' and no '.join(missing)} in {root}; see classicxm data get {missing[0]}"
        return Outcome(reproduction.name, "NO DATA", [told])
    try:
        done = json.loads((output / reproduction.name / DONE).read_text(encoding="utf-8"))
        if done["signature"] == _signature(reproduction):
            return _judged(reproduction, done["rows"], done["seconds"], earlier=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None


def _judged(reproduction: Reproduction, rows: list[dict], seconds: float, earlier: bool = False) -> Outcome:
    found = verdicts(reproduction, rows)
    if not found:
        note = f"no row is expected of it, {len(rows)} were found; write them down: python -m benchmarks.expected"
        return Outcome(reproduction.name, "FAILED", [note], [], seconds, earlier)
    state = "OK" if all(one.ok for one in found) else "FAILED"
    return Outcome(reproduction.name, state, [], found, seconds, earlier)


def _signature(reproduction: Reproduction) -> dict[str, Any]:
    """What makes a result of another time count: the same version did the same on the same data."""
    return {
        "version": classicxm.__version__,
        "commands": list(reproduction.commands),
        "data": {**reproduction.checksums, **reproduction.trees},
    }


def _unavailable(reproduction: Reproduction) -> str:
    needed = any("-m benchmarks" in command for command in reproduction.commands)
    if needed and not (PROJECT / "benchmarks" / "__main__.py").is_file():
        return "python -m benchmarks comes with the project's sources; run it from a checkout of them"
    return ""


def _run(command: str) -> str:
    """Run one command; the last line of what it complained of, or "" where it went well."""
    program, *arguments = shlex.split(command)
    start = {"python": [sys.executable], "classicxm": [sys.executable, "-m", "classicxm.cli"]}.get(
        program, [program]
    )
    paths = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [*start, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[-1] + f" (exit code {done.returncode})"
    return ""


def _rows(reproduction: Reproduction, path: Path) -> list[dict[str, Any]]:
    """What the commands left, as rows of a benchmark."""
    result = json.loads(path.read_text(encoding="utf-8"))
    if reproduction.reads == "rows":
        return result["rows"]
    found = _figures(result) if reproduction.reads == "figures" else _systems(result)
    return [
        {
            "system": reproduction.systems.get(system, system),
            "measure": measure,
            "value": value,
            "unit": "rank" if "rank" in measure else "share",
            "settings": {},
        }
        for system, measure, value in found
    ]


def _figures(result: dict[str, Any]) -> Iterable[tuple[str, str, float]]:
    """Figures of ``classicxm evaluate --json``: direction and measure, beside its floors."""
    values: dict[str, list[float]] = {"model": [], "random": [], "query-blind": []}
    for figure in result["figures"]:
        source, target = (side.strip()[0] for side in figure["direction"].split("->"))
        named = {"mAP": "map", "MedianRank": "median_rank"}
        measure = named.get(figure["measure"], figure["measure"].lower().replace("@", "_at_"))
        for system, key in (("model", "value"), ("random", "random"), ("query-blind", "query_blind")):
            if figure[key] is not None:
                yield system, f"{measure}_{source}2{target}", figure[key]
                if measure == "map":
                    values[system].append(figure[key])
    for system, several in values.items():
        if several:
            yield system, "map_mean", sum(several) / len(several)


def _systems(result: dict[str, Any]) -> Iterable[tuple[str, str, float]]:
    """Systems of a comparison's results.json: mean over directions, and its floors."""
    protocol = result["protocol"]
    for floors in result["floors"].values():
        for system, directions in floors.items():
            yield system, "map_mean", sum(one[protocol] for one in directions.values()) / len(directions)
    for one in result["systems"]:
        yield f"{one['aligner']}/{one['space']}/{one['distance']}", "map_mean", one["mean"]
