"""Solved files cut into cells, and what students get of them: stubs in place of what is marked as solved.

A solved file is Python in which lines ``# %% title`` begin cells and ``### BEGIN SOLUTION`` / ``### END SOLUTION``
enclose what students write.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

__all__ = ["Cell", "cells_of", "functions_of", "half_solved", "new_statements", "starter_of", "statements"]

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_REGION = re.compile(rf"^(?P<indent>[ \t]*){BEGIN}\n.*?^[ \t]*{END}$", re.DOTALL | re.MULTILINE)
_CELL = re.compile(r"^# %%[ \t]*(?P<title>.*)$", re.MULTILINE)
_SEED = re.compile(r"^SEED = \d+$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A piece of a file under its title."""

    title: str
    text: str


def cells_of(text: str) -> list[Cell]:
    """The cells of a file; what stands before the first line ``# %%`` is the first, without a title.

    >>> [cell.title for cell in cells_of("import os\\n# %% stub\\nx = 1\\n")]
    ['', 'stub']
    """
    marks = list(_CELL.finditer(text))
    edges = [mark.start() for mark in marks] + [len(text)]
    first = [Cell("", text[: edges[0]].strip("\n"))] if text[: edges[0]].strip() else []
    return first + [
        Cell(mark["title"].strip(), text[mark.end() : edge].strip("\n"))
        for mark, edge in zip(marks, edges[1:], strict=True)
    ]


def starter_of(text: str, seed: int | None = None) -> str:
    """A file without what is marked as solved, and with a student's seed.

    >>> print(starter_of("x = 0\\n### BEGIN SOLUTION\\nx = 42\\n### END SOLUTION"))
    x = 0
    # YOUR CODE HERE
    """
    return seeded(_REGION.sub(r"\g<indent># YOUR CODE HERE", text), seed)


def seeded(text: str, seed: int | None) -> str:
    """The line ``SEED = 0`` with another seed."""
    return text if seed is None else _SEED.sub(f"SEED = {seed}", text)


def half_solved(text: str, stubs: set[str]) -> str:
    """A file in which only the named functions are solved."""
    spans = {
        node.name: (node.lineno, node.end_lineno or node.lineno)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name in stubs
    }

    def kept(region: re.Match[str]) -> str:
        line = text.count("\n", 0, region.start()) + 1
        inside = any(first <= line <= last for first, last in spans.values())
        return region[0] if inside else f"{region['indent']}# YOUR CODE HERE"

    return _REGION.sub(kept, text)


def functions_of(text: str) -> dict[str, str]:
    """Source of every function at the top of a file."""
    tree = ast.parse(text)
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def statements(text: str) -> set[str]:
    """Every statement of a file in normal form: without comments, docstrings, layout and kinds of quotes.

    Compound statements count by their first line, so that a body is found wherever it was moved.

    >>> sorted(statements("if a :  # why\\n    b = 'c'"))
    ["b = 'c'", 'if a:']
    """
    found = set()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        found.add(ast.unparse(node).split("\n")[0])
    return found


def new_statements(solved: str, given: str) -> set[str]:
    """What a solved file says that a given one does not: the statements to be kept from students.

    >>> new_statements("a = 1\\n### BEGIN SOLUTION\\nb = 2\\n### END SOLUTION", "a = 1")
    {'b = 2'}
    """
    return statements(solved) - statements(given)
