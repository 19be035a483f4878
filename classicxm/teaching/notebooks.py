"""Notebooks as plain JSON (nbformat 4.5): for students, for nbgrader and for otter-grader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from classicxm.teaching.cells import BEGIN, END, Cell, cells_of, functions_of, seeded
from classicxm.teaching.grading import stub_of, title_of
from classicxm.teaching.handout import handout
from classicxm.teaching.sources import Assignment

__all__ = ["nbgrader_notebook", "otter_notebook", "student_notebook"]

#: What test cells hand to tests as ``work``: the notebook's own functions.
_WORK = "import __main__ as work"
_HIDDEN_CALL = "check_hidden({assignment!r}, {test!r}, globals())"


def student_notebook(assignment: Assignment, seed: int, language: str) -> str:
    """The notebook that students work in: handout, stubs, and the public tests of each below it."""
    cells = [_markdown(handout(assignment, language))]
    for cell in cells_of(seeded(assignment.starter, seed)):
        cells.append(_python(cell.text))
        if cell.title in assignment.points:
            cells += [
                _python(_call(assignment, test, text), classicxm="test")
                for test, text in _public(assignment, cell)
            ]
    return _notebook(cells)


def nbgrader_notebook(assignment: Assignment, seed: int, language: str) -> str:
    """The instructor's notebook for nbgrader; ``nbgrader generate_assignment`` takes solved parts and hidden tests out.

    Hidden tests are called by name and stand in a file beside the course, because nbgrader prints the text of test
    cells into students' feedback.
    """
    cells = [_markdown(handout(assignment, language), nbgrader=_nbgrader("handout", locked=True))]
    for cell in cells_of(seeded(assignment.solved, seed)):
        stub = cell.title in assignment.points
        name = cell.title.replace(" ", "_") or "top"
        # cells that run the report are given and may be changed; only stubs hold solved parts
        cells.append(_python(cell.text, nbgrader=_nbgrader(name, solution=stub, locked=not stub)))
        if not stub:
            continue
        shares = _shares(assignment, cell.title)
        for test, text in _public(assignment, cell):
            cells.append(
                _python(_call(assignment, test, text), nbgrader=_nbgrader(test, points=shares, locked=True))
            )
        for test in _hidden(assignment, cell.title):
            lines = [f"# {title_of(test)}", "### BEGIN HIDDEN TESTS", _FIND_HIDDEN]
            lines += [_HIDDEN_CALL.format(assignment=assignment.name, test=test), "### END HIDDEN TESTS"]
            cells.append(_python("\n".join(lines), nbgrader=_nbgrader(test, points=shares, locked=True)))
    return _notebook(cells)


#: The folder of the course is found upwards from where nbgrader runs the notebook.
_FIND_HIDDEN = """import sys
from pathlib import Path

sys.path[:0] = [str(folder / "graders") for folder in Path.cwd().parents if (folder / "graders").is_dir()]
from course_checks import check_hidden
"""


def otter_notebook(assignment: Assignment, seed: int, language: str) -> str:
    """The instructor's notebook for ``otter assign``, which makes the students' version and the autograder of it."""
    config = [
        "# ASSIGNMENT CONFIG",
        f"name: {assignment.name}",
        "generate: true",
        "export_cell: false",
        "init_cell: true",
        "autograder_files:",
        *(
            f"  - {file}"
            for file in ("course_checks.py", f"{assignment.name}_solved.py", f"{assignment.name}_tests.py")
        ),
    ]
    cells = [_raw("\n".join(config)), _markdown(handout(assignment, language))]
    for cell in cells_of(seeded(assignment.solved, seed)):
        if cell.title not in assignment.points:
            cells.append(_python(cell.text))
            continue
        share = _shares(assignment, cell.title)
        text = cell.text.replace(BEGIN, "# BEGIN SOLUTION").replace(END, "# END SOLUTION")
        cells += [
            _raw(f"# BEGIN QUESTION\nname: {cell.title}"),
            _raw("# BEGIN SOLUTION"),
            _python(text.replace("    # BEGIN SOLUTION", "    # YOUR CODE HERE\n    # BEGIN SOLUTION")),
            _raw("# END SOLUTION"),
            _raw("# BEGIN TESTS"),
        ]
        for test, source in _public(assignment, cell):
            cells.append(_python(f"{_otter(share, False)}\n{_call(assignment, test, source)}"))
        for test in _hidden(assignment, cell.title):
            call = _HIDDEN_CALL.format(assignment=assignment.name, test=test)
            lines = [_otter(share, True), "from course_checks import check_hidden", call]
            cells.append(_python("\n".join(lines)))
        cells += [_raw("# END TESTS"), _raw("# END QUESTION")]
    return _notebook(cells)


def _otter(points: float, hidden: bool) -> str:
    flag = "\nhidden: true" if hidden else ""
    return f'""" # BEGIN TEST CONFIG\npoints: {points}{flag}\n""" # END TEST CONFIG'


def _public(assignment: Assignment, cell: Cell) -> list[tuple[str, str]]:
    functions = functions_of(assignment.public)
    return [
        (test, text) for test, text in functions.items() if stub_of(test, assignment.points) == cell.title
    ]


def _hidden(assignment: Assignment, stub: str) -> list[str]:
    return [test for test in functions_of(assignment.hidden) if stub_of(test, assignment.points) == stub]


def _shares(assignment: Assignment, stub: str) -> float:
    tests = [*functions_of(assignment.public), *functions_of(assignment.hidden)]
    return round(assignment.points[stub] / sum(stub_of(test, assignment.points) == stub for test in tests), 6)


def _call(assignment: Assignment, test: str, text: str) -> str:
    arguments = text[text.index("(") + 1 : text.index(")")]
    given = {"work": "work", "seed": "SEED"}
    call = ", ".join(given[name.strip()] for name in arguments.split(","))
    return f"{_WORK}\nimport numpy as np\n\n\n{text}\n\n\n{test}({call})"


def _nbgrader(
    name: str, points: float | None = None, solution: bool = False, locked: bool = False
) -> dict[str, Any]:
    grade = points is not None
    made = {
        "schema_version": 3,
        "grade_id": name,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    return made | ({"points": points} if grade else {})


def _markdown(text: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": metadata, "source": text}


def _raw(text: str) -> dict[str, Any]:
    return {"cell_type": "raw", "metadata": {}, "source": text}


def _python(text: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": [], "execution_count": None}


def _notebook(cells: Sequence[dict[str, Any]]) -> str:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
        cell["source"] = cell["source"].splitlines(keepends=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
