"""The matrix of reproductions as one HTML page and as Markdown, both from the same tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classicxm.reports.rendering import render
from classicxm.reports.tables import Table, folded

if TYPE_CHECKING:
    from classicxm.reproductions.matrix import DatasetMatrix

__all__ = ["matrix_markdown", "matrix_page"]

TITLE = "Reproductions"


def matrix_page(matrices: Sequence[DatasetMatrix], facts: dict[str, str]) -> str:
    """A self-contained page without scripts; every reproduction opens to its commands.

    Parameters
    ----------
    matrices : sequence of DatasetMatrix
    facts : dict of str to str
        Versions and the like, told at the end.
    """
    shown = [{"matrix": one, "table": _table(one)} for one in matrices]
    return str(render("reproductions.html", title=TITLE, shown=shown, facts=facts, states=_states(matrices)))


def matrix_markdown(matrices: Sequence[DatasetMatrix], facts: dict[str, str]) -> str:
    """The same as Markdown."""
    parts = [f"# {TITLE}", _states(matrices)]
    for one in matrices:
        parts += [f"## {one.dataset}", _table(one).to_markdown()]
        parts += [f"`{name}`: {words}" for name, words in one.protocols.items()]
        for run in one.runs:
            lines = [
                f"{run['title']}. {run['selection']}.",
                *run["notes"],
                *(f"    {line}" for line in run["commands"]),
            ]
            parts.append(folded(f"{run['name']}: {run['state']}, {run['seconds']:.0f} s", "\n\n".join(lines)))
    parts.append("; ".join(f"{name} {value}" for name, value in facts.items()))
    return "\n\n".join(parts) + "\n"


def _table(one: DatasetMatrix) -> Table:
    return Table("", one.head, one.rows, n_names=len(one.head))


def _states(matrices: Sequence[DatasetMatrix]) -> str:
    """How many of the runs are in which state."""
    states = [run["state"] for one in matrices for run in one.runs]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
