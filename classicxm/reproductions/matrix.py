"""Reproductions as tables: every value beside what was expected, and beside what papers print on the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classicxm.evaluation import protocol_descriptions
from classicxm.evaluation.published import PublishedResult
from classicxm.reproductions.catalogue import Expected, Reproduction
from classicxm.reproductions.running import Outcome
from classicxm.reproductions.verdicts import Verdict, plain_number

__all__ = ["DatasetMatrix", "headline_table", "matrix_tables", "row_name"]

#: Measures that are judged but not shown where a system has others.
FURTHER = ("@50", "_macro", "_over_")
HEAD = ["system", "kind", "features", "protocol", "values", "verdict", "test set used to select", "source"]


@dataclass(frozen=True)
class DatasetMatrix:
    """Everything on one data set.

    Attributes
    ----------
    dataset : str
    head : list of str
    rows : list of list of str
        Own systems first, then embeddings that were brought, then published ones.
    runs : list of dict
        Of each reproduction: name, title, commands, state, notes, seconds and selection.
    protocols : dict of str to str
        What the protocols of the rows are, in words.
    """

    dataset: str
    head: list[str]
    rows: list[list[str]]
    runs: list[dict[str, Any]]
    protocols: dict[str, str]


def matrix_tables(
    reproductions: Mapping[str, Reproduction],
    outcomes: Mapping[str, Outcome],
    commands: Mapping[str, Sequence[str]] | None = None,
    brought: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> list[DatasetMatrix]:
    """One matrix a data set.

    Parameters
    ----------
    reproductions : dict of str to Reproduction
    outcomes : dict of str to Outcome
        Of those that ran; what did not run shows what is expected.
    commands : dict of str to list of str, optional
        With their paths; as they stand in the files where they are not given.
    brought : dict of str to list of dict, optional
        Rows of a user's embeddings, by reproduction.
    """
    by_dataset: dict[str, list[Reproduction]] = {}
    for one in reproductions.values():
        by_dataset.setdefault(one.dataset, []).append(one)
    found = []
    for dataset, several in by_dataset.items():
        rows = [row for one in several for row in _own(one, outcomes.get(one.name))]
        rows += [row for one in several for row in _brought(one, (brought or {}).get(one.name, ()))]
        published = several[0].published
        rows += [_published(result) for result in published if result.checked]
        described = protocol_descriptions()
        named = dict.fromkeys(
            [*(one.protocol for one in several), *(result.protocol for result in published)]
        )
        runs = [
            _run(one, outcomes.get(one.name), (commands or {}).get(one.name, one.commands)) for one in several
        ]
        protocols = {name: described[name] for name in named if name in described}
        found.append(DatasetMatrix(dataset, HEAD, rows, runs, protocols))
    return found


def headline_table(reproductions: Mapping[str, Reproduction]) -> tuple[list[str], list[list[str]]]:
    """The head and rows of one short table: floors, a plain system and the best one of every data set.

    It is README's table, and is made of expected values alone.
    """
    head = ["set", "measure", "random", "query-blind", "plain", "best", "command"]
    rows = []
    for one in reproductions.values():
        if not one.headline or one.pending:
            continue
        cells = [_headline(one, role) for role in ("random", "blind", "plain", "best")]
        rows.append([one.title, one.headline["measure"], *cells, f"classicxm reproduce {one.name}"])
    return head, rows


def row_name(row: Expected) -> str:
    """A row's system with what distinguishes it from others of that system."""
    told = " ".join(f"{key}={value}" for key, value in row.setting.items())
    return f"{row.system} ({told})" if told else row.system


def value_text(row: Expected) -> str:
    """The value, its interval over queries and its spread over seeds.

    >>> value_text(Expected("CM", "map_mean", 0.2235, 0.005, low=0.214, high=0.233, spread=0.0012))
    '.2235 [.2140, .2330] ±.0012'
    """
    text = plain_number(row.value)
    if row.low is not None and row.high is not None:
        text += f" [{plain_number(row.low)}, {plain_number(row.high)}]"
    return text if row.spread is None else f"{text} ±{plain_number(round(row.spread, 4))}"


def _headline(one: Reproduction, role: str) -> str:
    wanted = one.headline.get(role)
    found = [row for row in one.expected if (row.system, row.measure) == (wanted, one.headline["measure"])]
    if not found:
        return ""
    named = "" if role in ("random", "blind") else f"{wanted} "
    return named + value_text(found[-1])


def _own(one: Reproduction, outcome: Outcome | None) -> list[list[str]]:
    """A row per system: its leading measures, and the verdict on all of them."""
    verdicts = {verdict.expected: verdict for verdict in outcome.verdicts} if outcome else {}
    systems: dict[str, list[Expected]] = {}
    for row in one.expected:
        systems.setdefault(row_name(row), []).append(row)
    protocol = one.protocol if one.protocol in protocol_descriptions() else one.name
    found = []
    for name, rows in systems.items():
        shown = [row for row in rows if not any(part in row.measure for part in FURTHER)] or rows
        values = ", ".join(f"{row.measure} {value_text(row)}" for row in shown)
        judged = [verdicts[row] for row in rows if row in verdicts]
        state = _summed(judged) if judged else (outcome.state if outcome else "to be run")
        found.append([name, "classical", one.name, protocol, values, state, "no", f"reproduce {one.name}"])
    return found


def _summed(judged: Sequence[Verdict]) -> str:
    """One verdict on several rows: the first that failed, the widest that did not."""
    failed = [f"{one.expected.measure}: {one}" for one in judged if not one.ok]
    if failed:
        return failed[0] if len(failed) == 1 else f"{failed[0]}, and {len(failed) - 1} more"
    return max(map(str, judged), key=len)


def _brought(one: Reproduction, rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    found = []
    for row in rows:
        interval = f"[{plain_number(row['low'])}, {plain_number(row['high'])}]"
        values = f"{row['measure']} {plain_number(row['value'])} {interval}"
        protocol = one.protocol if one.protocol in protocol_descriptions() else one.name
        found.append(
            [row["system"], "yours", "yours", protocol, values, "", "not known", row["settings"]["chosen_by"]]
        )
    return found


def _published(result: PublishedResult) -> list[str]:
    values = ", ".join(f"{name} {plain_number(value)}" for name, value in result.values.items())
    used = f"{result.test_used}: {result.selection}" if result.selection else result.test_used
    return [
        result.system,
        result.kind,
        result.features,
        result.protocol,
        values,
        "published",
        used,
        result.source,
    ]


def _run(one: Reproduction, outcome: Outcome | None, commands: Sequence[str]) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "commands": list(commands),
        "state": outcome.state if outcome else "to be run",
        "notes": outcome.notes if outcome else [],
        "seconds": outcome.seconds if outcome and outcome.seconds else one.seconds,
        "selection": one.selection,
    }
