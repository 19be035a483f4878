"""Assignments written out: for pytest, as a notebook, and as courses of nbgrader and otter-grader."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from classicxm.atomic import write_file
from classicxm.teaching.cells import new_statements, starter_of, statements
from classicxm.teaching.handout import handout
from classicxm.teaching.notebooks import nbgrader_notebook, otter_notebook, student_notebook
from classicxm.teaching.sources import Assignment, AssignmentError

__all__ = ["FORMATS", "leaks", "write_assignment"]

_CONFTEST = '''"""Hands your file to the tests: run ``pytest`` in this folder."""

import pytest
import {name} as students_file


@pytest.fixture
def work():
    return students_file


@pytest.fixture
def seed():
    return students_file.SEED
'''
_NBGRADER = '''"""The course for nbgrader: run ``nbgrader generate_assignment {name}`` in this folder."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "classicxm"
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE"}}
c.Exchange.root = "exchange"
c.ExecutePreprocessor.timeout = 60
'''
_COMMANDS = {
    "nbgrader": """# {name} for nbgrader

    nbgrader generate_assignment {name}
    (students' notebooks go to submitted/STUDENT/{name}/{name}.ipynb)
    nbgrader autograde {name}
    nbgrader generate_feedback {name}
    nbgrader export

`source/` and `graders/` stay with you. nbgrader runs students' code and tests in one process: who wants to cheat can.
`classicxm assignment grade submitted -o grades.csv` grades the same notebooks with the tests in a process of their own.
Check that the autograder's Python has numpy and classicxm: where a package is missing, nbgrader gives everybody 0.
""",
    "otter": """# {name} for otter-grader

    otter assign {name}.ipynb dist
    (students get dist/student; dist/autograder holds the zip for the autograder)
    otter run -a dist/autograder/*.zip STUDENT.ipynb

Everything here but `dist/student` stays with you. The environment needs a kernel: `pip install ipykernel`.
""",
}


def _settings(assignment: Assignment, seed: int) -> str:
    points = "\n".join(f"{stub} = {value}" for stub, value in assignment.points.items())
    return f'name = "{assignment.name}"\nseed = {seed}\n\n[points]\n{points}\n'


def _pytest(assignment: Assignment, seed: int, language: str) -> dict[str, str]:
    return {
        f"{assignment.name}.py": starter_of(assignment.starter, seed),
        f"test_{assignment.name}.py": assignment.public,
        "conftest.py": _CONFTEST.format(name=assignment.name),
        "README.md": handout(assignment, language),
        "assignment.toml": _settings(assignment, seed),
    }


def _notebook(assignment: Assignment, seed: int, language: str) -> dict[str, str]:
    return {
        f"{assignment.name}.ipynb": student_notebook(assignment, seed, language),
        "assignment.toml": _settings(assignment, seed),
    }


def _teachers(assignment: Assignment, folder: str) -> dict[str, str]:
    checks = resources.files("classicxm.teaching").joinpath("course_checks.txt").read_text(encoding="utf-8")
    return {
        f"{folder}course_checks.py": checks,
        f"{folder}{assignment.name}_solved.py": assignment.solved,
        f"{folder}{assignment.name}_tests.py": assignment.hidden,
    }


def _nbgrader(assignment: Assignment, seed: int, language: str) -> dict[str, str]:
    name = assignment.name
    return {
        "nbgrader_config.py": _NBGRADER.format(name=name),
        f"source/{name}/{name}.ipynb": nbgrader_notebook(assignment, seed, language),
        **_teachers(assignment, "graders/"),
        "README.md": _COMMANDS["nbgrader"].format(name=name),
    }


def _otter(assignment: Assignment, seed: int, language: str) -> dict[str, str]:
    name = assignment.name
    return {
        f"{name}.ipynb": otter_notebook(assignment, seed, language),
        **_teachers(assignment, ""),
        "README.md": _COMMANDS["otter"].format(name=name),
    }


FORMATS = {"pytest": _pytest, "notebook": _notebook, "nbgrader": _nbgrader, "otter": _otter}
#: What goes to students as it is; the other formats are the teacher's, whose tools make the students' files.
FOR_STUDENTS = {"pytest", "notebook"}


def write_assignment(
    assignment: Assignment, form: str, folder: Path, seed: int = 0, language: str = "en"
) -> list[Path]:
    """Write an assignment into a folder that is new or empty, and return the files.

    Parameters
    ----------
    assignment : Assignment
        From its source for "nbgrader" and "otter", which need solved files.
    form : {"pytest", "notebook", "nbgrader", "otter"}
    folder : Path
    seed : int, default=0
        Of the student's own data.
    language : {"en", "zh"}

    Raises
    ------
    AssignmentError
        If the folder holds something, the source is needed and missing, or a student's file would hold what is to be
        kept from students.
    """
    if form not in FORMATS:
        raise AssignmentError(f"format must be one of {', '.join(FORMATS)}, got {form!r}")
    if form not in FOR_STUDENTS:
        assignment.needs_source(f"the format {form}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AssignmentError(f"{folder} is not empty; name a new folder, nothing is replaced")
    files = FORMATS[form](assignment, seed, language)
    if form in FOR_STUDENTS and assignment.solved is not None:
        for file, text in files.items():
            if found := leaks(text, assignment):
                raise AssignmentError(
                    f"{file} would show students {found[0]!r}; keep it between the marks of the source"
                )
    return [write_file(folder / file, text) for file, text in files.items()]


def leaks(text: str, assignment: Assignment) -> list[str]:
    """Solved lines and lines of hidden tests that a text shows: a Python file, a notebook, a page or any other text.

    Lines are compared by their syntax trees, so layout, comments and quotes do not hide them. Lines that students are
    given anyway, in the starter or in public tests, do not count.
    """
    given = statements(assignment.starter) | statements(assignment.public)
    kept = new_statements(assignment.solved, assignment.starter) | statements(assignment.hidden)
    return sorted((kept - given) & _statements_in(text))


def _statements_in(text: str) -> set[str]:
    """Statements of every part of a text that is Python: as a whole, per cell, or line by line."""
    try:
        parts = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    except (ValueError, TypeError, KeyError):
        parts = [text]
    found = set()
    for part in parts:
        for piece in [part, *(line.strip() for line in part.split("\n"))]:
            try:
                found |= statements(piece.removesuffix(":") + ":\n    pass" if piece.endswith(":") else piece)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return found
