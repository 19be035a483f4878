"""Write what benchmarks measured as expected values of reproductions: ``python -m benchmarks.expected NAME=FILE ...``.

FILE is what ``python -m benchmarks NAME --json FILE`` wrote, or what ``classicxm reproduce`` left of a reproduction
(``done.json``). The rows of ``classicxm/reproductions/NAME.toml`` are replaced; the rest of it is written by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from benchmarks.rows import BenchmarkError, quality_rows
from classicxm.atomic import write_file
from classicxm.reproductions.catalogue import TOLD

__all__ = ["expected_rows", "written"]

FOLDER = Path(__file__).resolve().parents[1] / "classicxm" / "reproductions"
MARK = "# Rows written by python -m benchmarks.expected; not edited by hand."
#: Beyond how many standard deviations over seeds a figure is another one.
SPREADS = 2.0
RANK_TOLERANCE = 1.0
LEAST_TOLERANCE = 0.005


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="NAME=FILE ...")
def main(files: tuple[str, ...]) -> None:
    """Replace the expected rows of each reproduction NAME by those of its FILE."""
    for entry in files:
        name, _, path = entry.partition("=")
        target = FOLDER / f"{name}.toml"
        if not path or not target.is_file():
            raise click.ClickException(f"{entry!r} must be NAME=FILE, NAME being one of {FOLDER.name}")
        rows = expected_rows(json.loads(Path(path).read_text(encoding="utf-8"))["rows"])
        write_file(target, written(target.read_text(encoding="utf-8"), rows))
        click.echo(f"{name}: {len(rows)} rows")


def expected_rows(rows: list[dict]) -> list[dict]:
    """Expected rows as dicts, from rows of a benchmark.

    >>> rows = [{"system": "A", "measure": "map", "value": 0.25, "unit": "mAP", "low": None, "high": None,
    ...          "settings": {"bits": bits, "fold_map": 0.3}} for bits in (16, 32)]
    >>> expected_rows(rows)[1]
    {'system': 'A', 'measure': 'map', 'setting': {'bits': 32}, 'value': 0.25}
    """
    rows = quality_rows(rows)
    telling = _telling(rows)
    found = []
    for row in rows:
        setting = {key: row["settings"][key] for key in telling if key in row["settings"]}
        entry = {"system": row["system"], "measure": row["measure"]} | (
            {"setting": setting} if setting else {}
        )
        entry["value"] = row["value"]
        for key, value in (
            ("low", row.get("low")),
            ("high", row.get("high")),
            ("spread", row.get("seed_spread")),
        ):
            if value is not None:
                entry[key] = value
        tolerance = RANK_TOLERANCE if row.get("unit") == "rank" else SPREADS * (row.get("seed_spread") or 0)
        if tolerance > LEAST_TOLERANCE:
            entry["tolerance"] = round(tolerance, 3)
        found.append(entry)
    return found


def written(text: str, rows: list[dict]) -> str:
    """The text of a reproduction with its rows replaced."""
    head = text.partition(MARK)[0].rstrip()
    lines = [f"    {_inline(row)}," for row in rows]
    return "\n".join([head, "", MARK, "[expected]", "rows = [", *lines, "]", ""])


def _telling(rows: list[dict]) -> list[str]:
    """The settings, as few as do, that tell apart rows of one system and measure."""
    groups: dict[tuple[str, str], list[dict]] = {}
    keys: list[str] = []
    for row in rows:
        groups.setdefault((row["system"], row["measure"]), []).append(row["settings"])
    for group in groups.values():
        candidates = dict.fromkeys(key for settings in group for key in settings if key not in TOLD)
        while len({_text(settings, keys) for settings in group}) < len(group):
            more = [key for key in candidates if key not in keys and _varies(group, key)]
            if not more:
                raise BenchmarkError(f"two rows are the same: {group[0]}")
            keys.append(max(more, key=lambda key: len({_text(settings, [*keys, key]) for settings in group})))
    return keys


def _varies(group: list[dict], key: str) -> bool:
    return len({_text(settings, [key]) for settings in group}) > 1 and all(
        isinstance(settings.get(key, ""), str | int | bool) for settings in group
    )


def _text(settings: dict, keys: list[str]) -> str:
    return json.dumps([settings.get(key) for key in keys])


def _inline(value: Any) -> str:
    """A value as TOML on one line, numbers to six places."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, float):
        return repr(round(value, 6))
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else json.dumps(key)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.expected")
