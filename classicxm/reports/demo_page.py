"""The page of the demo: what it finds in one sentence, queries with their answers, and figures with what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from classicxm.reports.answers_page import Answer, shown_answers
from classicxm.reports.cards import Embedder
from classicxm.reports.meanings import figure_meanings
from classicxm.reports.rendering import render, write_text
from classicxm.reports.tables import Table

__all__ = ["Section", "write_demo_page"]


@dataclass(frozen=True)
class Section:
    """Some queries under a heading, and by which rule they were chosen."""

    heading: str
    rule: str
    answers: Sequence[Answer]


def write_demo_page(
    path: str | PathLike[str],
    title: str,
    verdict: str,
    sections: Sequence[Section],
    table: Sequence[Sequence[str]],
    note: str,
    meaning: str,
    opened: Callable[[str], Path] = Path,
) -> Path:
    """Write the page and return its absolute path.

    Parameters
    ----------
    path : path
    title, verdict, note : str
        Heading, the sentence below it, and what ends the page.
    sections : sequence of Section
    table : sequence of rows of str
        As `classicxm.comparison.Assessment.table` has them.
    meaning : str
        What the scores are.
    opened : callable
        See `classicxm.reports.answers_html`.
    """
    folder = Path(path).absolute().parent
    embed, stored = Embedder(folder), Embedder(folder, opened=opened)
    shown = [
        {
            "heading": section.heading,
            "rule": section.rule,
            "answers": shown_answers(section.answers, embed, stored),
        }
        for section in sections
        if section.answers
    ]
    figures = Table("", list(table[0]), [list(row) for row in table[1:]], n_names=2)
    measured = [*dict.fromkeys(row[1] for row in table[1:]), *table[0]]
    page = render(
        "demo.html",
        title=title,
        verdict=verdict,
        meaning=meaning,
        sections=shown,
        table=figures,
        meanings=figure_meanings(measured),
        note=note,
    )
    return write_text(path, str(page))
