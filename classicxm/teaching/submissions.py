"""What students hand in: a Python file or a notebook each, read as text and never run here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from classicxm.teaching.cells import Cell
from classicxm.teaching.sources import AssignmentError, default_source, names

__all__ = ["Work", "assignment_of", "find_submissions", "read_work"]

LARGEST = 5 * 2**20  # bytes, as handouts promise
DEEPEST = 4  # folders below the one that holds all submissions


@dataclass(frozen=True)
class Work:
    """Code handed in: cells that run in order, those of a notebook each on its own.

    A notebook goes on after a cell that fails, as it does on screen (``tolerant``).
    """

    module: str
    cells: list[Cell]
    tolerant: bool = False


def find_submissions(folder: Path, name: str) -> dict[str, Path | None]:
    """The file of every student, by name; None where a student's folder has none.

    Taken are ``STUDENT/NAME.py``, ``STUDENT/NAME.ipynb`` (also some folders deeper, as course systems unpack them),
    ``STUDENT.py`` and ``STUDENT.ipynb``. The notebook counts where both are there.

    Raises
    ------
    AssignmentError
        If there is nothing to grade.
    """
    if not folder.is_dir():
        raise AssignmentError(f"{folder} is no folder; give the one that holds a folder per student")
    found = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir() and not entry.is_symlink():
            found[entry.name] = _inside(entry, name)
        elif entry.suffix in (".py", ".ipynb"):
            found[entry.stem] = entry
    if not found:
        raise AssignmentError(
            f"{folder} holds no submissions; expected STUDENT/{name}.py or STUDENT/{name}.ipynb"
        )
    return found


def assignment_of(folder: Path) -> str:
    """The one assignment whose files the submissions are.

    Raises
    ------
    AssignmentError
        If files of none, or of several, are there.
    """
    found = [
        name
        for name in names(default_source())
        if any(_inside(entry, name) for entry in folder.iterdir() if entry.is_dir())
    ]
    if len(found) != 1:
        there = (
            f"files of {' and '.join(found)}"
            if found
            else "no file named after an assignment in a student's folder"
        )
        raise AssignmentError(f"{folder} holds {there}; name the assignment with --name")
    return found[0]


def _inside(folder: Path, name: str) -> Path | None:
    for ending in (".ipynb", ".py"):
        paths = [
            path for depth in range(DEEPEST) for path in sorted(folder.glob("*/" * depth + name + ending))
        ]
        if paths:
            return paths[0]
    return None


def read_work(path: Path, name: str) -> Work:
    """The code of a file.

    Raises
    ------
    AssignmentError
        If it is no regular file of at most 5 MB, no UTF-8, or a notebook that cannot be read.
    """
    if path.is_symlink() or not path.is_file():
        raise AssignmentError(f"{path.name} is no regular file; hand in the file itself")
    if path.stat().st_size > LARGEST:
        raise AssignmentError(f"{path.name} is larger than 5 MB; clear the outputs and hand it in again")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AssignmentError(f"{path.name} is not UTF-8 text; save it as UTF-8") from None
    if path.suffix == ".ipynb":
        return Work(name, _notebook_cells(text, path.name), tolerant=True)
    if "\0" in text:
        raise AssignmentError(f"{path.name} holds NUL characters; save it as plain text")
    return Work(name, [Cell(f"{name}.py", text)])


def _notebook_cells(text: str, file: str) -> list[Cell]:
    """Code cells that are no tests; lines for the notebook itself (``%``, ``!``) become comments."""
    try:
        cells = [
            cell
            for cell in json.loads(text)["cells"]
            if cell["cell_type"] == "code" and not _is_test(cell.get("metadata", {}))
        ]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise AssignmentError(f"{file} is no notebook that can be read; save it again in Jupyter") from None
    return [
        Cell(f"cell {number}", "\n".join(_plain(line) for line in source.split("\n")).replace("\0", " "))
        for number, source in enumerate(sources, 1)
    ] or [Cell("cell 1", "")]


def _plain(line: str) -> str:
    return f"# {line}" if line.lstrip().startswith(("%", "!")) and line[:1] in "%!" else line


def _is_test(metadata: dict) -> bool:
    return metadata.get("classicxm") == "test" or bool(metadata.get("nbgrader", {}).get("grade"))
