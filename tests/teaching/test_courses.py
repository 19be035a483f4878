"""Courses of nbgrader and otter-grader, run by those programs themselves where they are installed.

``$CLASSICXM_NBGRADER`` and ``$CLASSICXM_OTTER`` may name the folder of their commands, which need a kernel and
classicxm.
"""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from classicxm.teaching.formats import leaks, write_assignment
from classicxm.teaching.sources import load
from tests.teaching.conftest import NAMES, SOURCE
from tests.teaching.test_assignments import filled

pytestmark = pytest.mark.slow


def command(variable, name):
    """Runs a program in a folder, and skips where it is not installed."""
    search = os.environ.get(variable)
    found = shutil.which(name, path=search) if search else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; set ${variable} to the folder of its command")
    bin_folder = str(Path(found).parent)
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(SOURCE.parent),
    }

    def run(folder, *arguments):
        done = subprocess.run(
            [found, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_nbgrader_gives_full_marks_none_and_the_sum_of_parts(name, seed, tmp_path):
    nbgrader = command("CLASSICXM_NBGRADER", "nbgrader")
    assignment, course = load(name, SOURCE), tmp_path / "course"
    write_assignment(assignment, "nbgrader", course, seed)
    nbgrader(course, "generate_assignment", name)
    released = [path for path in (course / "release").rglob("*") if path.is_file()]
    assert [path.name for path in released] == [f"{name}.ipynb"]
    assert not leaks(released[0].read_text(encoding="utf-8"), assignment)
    half = set(list(assignment.points)[seed % 2 :: 2])
    students = {"all": set(assignment.points), "none": set(), "half": half}
    for student, stubs in students.items():
        path = course / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        shutil.copy(released[0], path)
        filled(path, assignment, stubs)
    nbgrader(course, "autograde", name)
    nbgrader(course, "generate_feedback", name)
    nbgrader(course, "export")
    with (course / "grades.csv").open(encoding="utf-8") as file:
        grades = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    for student, stubs in students.items():
        assert grades[student] == pytest.approx(sum(assignment.points[stub] for stub in stubs), abs=0.01)
    page = (course / "feedback" / "none" / name / f"{name}.html").read_text(encoding="utf-8")
    assert "the answer is not right" in page and not leaks(page, assignment)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_otter_gives_full_marks_none_and_the_sum_of_parts(name, seed, tmp_path):
    otter = command("CLASSICXM_OTTER", "otter")
    assignment, course = load(name, SOURCE), tmp_path / "course"
    write_assignment(assignment, "otter", course, seed)
    otter(course, "assign", f"{name}.ipynb", "dist")
    handed_out = [path for path in (course / "dist" / "student").rglob("*") if path.is_file()]
    assert [path.name for path in handed_out] == [f"{name}.ipynb"]
    text = handed_out[0].read_text(encoding="utf-8")
    assert not leaks(text, assignment)
    (archive,) = (course / "dist" / "autograder").glob("*.zip")
    half = set(list(assignment.points)[seed % 2 :: 2])
    for student, stubs in {"all": set(assignment.points), "none": set(), "half": half}.items():
        path = course / f"{student}.ipynb"
        path.write_text(
            text.replace('    # YOUR CODE HERE\\n",\n    "    ...', "    # YOUR CODE HERE"), encoding="utf-8"
        )
        filled(path, assignment, stubs)
        otter(course, "run", "-a", str(archive), str(path), "-o", str(course))
        results = json.loads((course / "results.json").read_text(encoding="utf-8"))
        earned = sum(test.get("score") or 0 for test in results["tests"])
        assert earned == pytest.approx(sum(assignment.points[stub] for stub in stubs), abs=0.01)
