"""The page of results holds what reproductions expect, and keeps the sections of benchmarks that were not run again."""

from __future__ import annotations

import re

from benchmarks.rows import quality_rows
from classicxm.reproductions import read_reproductions, verdicts
from classicxm.reproductions.catalogue import key_of
from classicxm.reproductions.verdicts import observed_rows

__all__ = ["as_expected", "contradictions", "updated"]

_MACHINE = re.compile(r"\| \[(?P<name>\w+)\]\(#")
_VERSIONS = re.compile(r"- (?P<names>\w+(?:, \w+)*): (?P<told>.+)")


def contradictions(runs: dict[str, dict]) -> list[str]:
    """Lines on figures of quality that are not what ``classicxm/reproductions`` expects; quick runs are passed over.

    Parameters
    ----------
    runs : dict of str to dict
        By benchmark: "environment" and "rows".
    """
    known = read_reproductions()
    found = [
        (name, verdict)
        for name, run in runs.items()
        if name in known and known[name].expected and not run["environment"].get("quick")
        for verdict in verdicts(known[name], quality_rows(run["rows"]))
    ]
    return [
        f"{name}: {one.expected.system} {one.expected.measure}: {one}"
        for name, one in found
        if str(one) != "OK"
    ]


def as_expected(run: dict) -> dict:
    """A run whose figures of quality are those that reproductions hold, to the last digit that is shown."""
    known = read_reproductions()
    name = run["rows"][0]["benchmark"]
    if name not in known or run["environment"].get("quick"):
        return run
    one = known[name]
    expected = {key_of(row.system, row.measure, row.setting): row for row in one.expected}
    rows = []
    for row in run["rows"]:
        (key,) = observed_rows(one, [row])
        found = expected.get(key)
        if found and quality_rows([row]):
            row = {
                **row,
                "value": found.value,
                "low": found.low,
                "high": found.high,
                "seed_spread": found.spread,
            }
        rows.append(row)
    return {**run, "rows": rows}


def updated(old: str, new: str) -> str:
    """The old page with the sections, machines and versions of the new one in the place of its own.

    >>> page = "# Results\\n\\n| benchmark |\\n| --- |\\n| [{0}](#{0}) | {1} |\\n\\nVersions:\\n\\n- {0}: numpy {1}"
    >>> page += "\\n\\n## {0}\\n\\n{1}\\n"
    >>> text = updated(page.format("a", 1), page.format("b", 2))
    >>> [line for line in text.splitlines() if line[:3] in ("| [", "- a", "- b", "## ")]
    ['| [a](#a) | 1 |', '| [b](#b) | 2 |', '- a: numpy 1', '- b: numpy 2', '## a', '## b']
    """
    heads: list[str] = []
    sections: dict[str, str] = {}
    machines: dict[str, str] = {}
    versions: dict[str, str] = {}
    for page in (old, new):
        head, *others = re.split(r"\n\n(?=## )", page.rstrip())
        heads.append(head)
        sections |= {section.splitlines()[0].removeprefix("## "): section for section in others}
        for line in head.splitlines():
            if match := _MACHINE.match(line):
                machines[match["name"]] = line
            elif match := _VERSIONS.fullmatch(line):
                versions |= dict.fromkeys(match["names"].split(", "), match["told"])
    kept = [
        line for line in heads[1].splitlines() if not _MACHINE.match(line) and not _VERSIONS.fullmatch(line)
    ]
    rule = next(i for i, line in enumerate(kept) if line.startswith("| ---"))
    told: dict[str, list[str]] = {}
    for name in sorted(versions):
        told.setdefault(versions[name], []).append(name)
    lines = [
        *kept[: rule + 1],
        *(machines[name] for name in sorted(machines)),
        *kept[rule + 1 :],
        *(f"- {', '.join(names)}: {text}" for text, names in told.items()),
    ]
    return "\n\n".join(["\n".join(lines), *(sections[name] for name in sorted(sections))]) + "\n"
