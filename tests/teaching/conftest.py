"""What the tests of teaching share: the sources in the checkout, and a way to grade a text."""

from pathlib import Path

import pytest

from classicxm.teaching.cells import Cell
from classicxm.teaching.grading import Tests, grade_work
from classicxm.teaching.sources import load, names
from classicxm.teaching.submissions import Work

SOURCE = Path(__file__).resolve().parents[2] / "assignments"
NAMES = names(SOURCE)
#: Those that need the whole package take seconds per process.
QUICK_NAMES = [
    pytest.param(name, marks=pytest.mark.slow) if name in ("words", "project") else name for name in NAMES
]


@pytest.fixture(scope="session")
def source():
    return SOURCE


@pytest.fixture(scope="session")
def cca():
    return load("cca", SOURCE)


@pytest.fixture
def graded():
    """Grade a text as a student's file of an assignment."""

    def grade(assignment, text, seed=7):
        work = Work(assignment.name, [Cell(f"{assignment.name}.py", text)])
        return grade_work(Tests(assignment), "student", work, seed, [SOURCE])

    return grade
