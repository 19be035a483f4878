"""Handouts with their tables filled in: facts, goals, points and the bands of results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from classicxm.teaching.sources import LANGUAGES, Assignment, AssignmentError

__all__ = ["handout"]

_WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "facts": "Time: at most {minutes} minutes. Points: {points:g}. Your data are drawn from `SEED`.",
        "points": ("function", "points"),
        "total": "together",
        "bands": ("number", "floor", "from", "mean", "to"),
    },
    "zh": {
        "facts": "时间：至多 {minutes} 分钟。分值：{points:g}。数据由 `SEED` 生成，每人不同。",
        "points": ("函数", "分值"),
        "total": "合计",
        "bands": ("数值", "起点", "下界", "均值", "上界"),
    },
}


def handout(assignment: Assignment, language: str = "en") -> str:
    """The handout as Markdown, with ``[[facts]]``, ``[[goals]]``, ``[[points]]`` and ``[[bands]]`` filled in.

    Raises
    ------
    AssignmentError
        If there is none in the language, or it asks for something unknown.
    """
    if language not in LANGUAGES:
        raise AssignmentError(f"no handout in {language!r}; there are {', '.join(LANGUAGES)}")
    words = _WORDS[language]
    total = sum(assignment.points.values())
    parts = {
        "facts": words["facts"].format(minutes=assignment.meta["minutes"], points=total),
        "goals": "\n".join(f"- {goal}" for goal in assignment.meta["goals"][language]),
        "points": _table(
            words["points"],
            [
                *((f"`{stub}`", f"{value:g}") for stub, value in assignment.points.items()),
                (words["total"], f"{total:g}"),
            ],
        ),
        "bands": _table(words["bands"], [_band_row(name, band) for name, band in assignment.bands.items()]),
    }

    def filled(match: re.Match[str]) -> str:
        if match[1] not in parts:
            raise AssignmentError(
                f"{assignment.name}: the handout asks for [[{match[1]}]], which nobody fills in"
            )
        return parts[match[1]]

    return re.sub(r"\[\[(\w+)\]\]", filled, assignment.handouts[language])


def _band_row(name: str, band: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = band["mean"] - 2 * band["deviation"], band["mean"] + 2 * band["deviation"]
    return (name, *(f"{value:.4f}" for value in (band["floor"], low, band["mean"], high)))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
