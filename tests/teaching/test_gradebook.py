"""Grades as a table, and a class of thirty graded by the command."""

import csv
import io
import json
import random
import time

import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.teaching.cells import half_solved
from classicxm.teaching.formats import leaks, write_assignment
from classicxm.teaching.gradebook import grades_csv, summary
from classicxm.teaching.grading import Grade, TestResult
from classicxm.teaching.sources import load
from tests.teaching.conftest import SOURCE
from tests.teaching.test_assignments import filled


def run(*arguments):
    return CliRunner().invoke(main, ["assignment", *map(str, arguments)], catch_exceptions=False)


def test_points_are_shares_of_passed_tests():
    results = [TestResult("a", "x", passed) for passed in (True, True, False)] + [TestResult("b", "y", True)]
    grade = Grade("ada", {"a": 4, "b": 2.5, "c": 1}, results)
    assert (grade.earned("a"), grade.earned("b"), grade.earned("c")) == (2.67, 2.5, 0)
    assert grade.total == 5.17 and grade.out_of == 7.5
    assert summary([grade, Grade("bob", grade.points)]).startswith("2 students, of 7.5 points: mean 2.6")
    assert summary([grade]).startswith("1 student, of 7.5 points: mean 5.2")


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@x", "\t=1", '=HYPERLINK("x")'])
def test_no_cell_is_a_formula(text):
    table = grades_csv([Grade(text, {"a": 1.0}, notes=[text, "two"])])
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["student"].startswith("'") and row["notes"].startswith("'")


@pytest.mark.slow
def test_a_class_of_thirty_is_graded_in_time(tmp_path):
    """Of mixed quality, files and notebooks, some broken."""
    assignment = load("lsh", SOURCE)
    stubs, draw, expected = list(assignment.points), random.Random(0), {}
    folder = tmp_path / "submissions"
    for number in range(30):
        student = f"student-{number:02d}"
        done = set(draw.sample(stubs, draw.randint(0, len(stubs))))
        form = "notebook" if number % 3 == 0 else "pytest"
        write_assignment(assignment, form, folder / student, seed=number)
        path = folder / student / ("lsh.ipynb" if form == "notebook" else "lsh.py")
        filled(path, assignment, done)
        expected[student] = sum(assignment.points[stub] for stub in done)
        if number == 7:
            path.write_text("while True: pass")
            expected[student] = 0
        if number == 8:
            path.write_text(
                half_solved(assignment.solved, {"hash_keys"}) + "\n\ndef build_table(k):\n    while 1: pass\n"
            )
            expected[student] = 4
    start = time.monotonic()
    result = run(
        "grade",
        folder,
        "-o",
        tmp_path / "grades.csv",
        "--feedback",
        tmp_path / "feedback",
        "--source",
        SOURCE,
    )
    assert result.exit_code == 0 and time.monotonic() - start < 600
    rows = {row["student"]: row for row in csv.DictReader((tmp_path / "grades.csv").open())}
    assert {student: float(row["total"]) for student, row in rows.items()} == expected
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "feedback").iterdir()}
    assert set(pages) == set(expected)
    assert not any(leaks(page, assignment) for page in pages.values())
    assert (
        "took longer than" in pages["student-07"]
        and "build_table took longer than 10 s" in pages["student-08"]
    )


@pytest.mark.slow
def test_the_commands_from_handout_to_grades(tmp_path):
    assert "典型" not in run("list").output and "lsh" in run("list").output
    assert run("new", "cca", "-o", tmp_path / "ada", "--seed", 3, "--language", "zh").exit_code == 0
    assert "典型相关分析" in (tmp_path / "ada" / "README.md").read_text(encoding="utf-8")
    checked = run("check", tmp_path / "ada")
    assert (
        checked.exit_code == 1
        and "0 of 5 public tests pass" in checked.output
        and "(outside)" in checked.output
    )
    solved = run("solution", "cca", "--source", SOURCE).output
    assert "### BEGIN SOLUTION" in solved
    (tmp_path / "ada" / "cca.py").write_text(solved.replace("SEED = 0", "SEED = 3"), encoding="utf-8")
    checked = run("check", tmp_path / "ada")
    assert "5 of 5 public tests pass" in checked.output and "covariance" in checked.output
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "ada" / "cca.py").rename(tmp_path / "class" / "ada" / "cca.py")
    (tmp_path / "points.toml").write_text("whitener = 10\n")
    result = run(
        "grade",
        tmp_path / "class",
        "-o",
        tmp_path / "out" / "grades.csv",
        "--points",
        tmp_path / "points.toml",
    )
    assert "1 student, of 24 points: mean 24.0" in result.output
    assert (tmp_path / "out" / "grades.csv").read_text() == (
        "student,total,out_of,covariance,whitener,directions,project,success_at_k,notes\nada,24,24,4,10,4,3,3,\n"
    )


def test_wrong_calls_get_one_line(tmp_path):
    for arguments, line in (
        (["new", "knitting", "-o", tmp_path / "x"], "no assignment 'knitting'; there are features"),
        (["solution", "cca", "--source", tmp_path / "nowhere"], "is no folder; give --source"),
        (["check", tmp_path], "has no assignment.toml"),
        (["grade", tmp_path, "-o", tmp_path / "g.csv"], "name the assignment with --name"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2 and line in result.stderr and "Traceback" not in result.output
    (tmp_path / "points.toml").write_text("knots = 3\n")
    result = run("new", "cca", "-o", tmp_path / "x", "--points", tmp_path / "points.toml")
    assert "points name 'knots', which cca has not" in result.stderr


def test_notebooks_are_graded_by_their_cells(cca, tmp_path):
    """A failing cell, lines for Jupyter and edited tests do not matter."""
    write_assignment(cca, "notebook", tmp_path / "class" / "ada", seed=1)
    path = tmp_path / "class" / "ada" / "cca.ipynb"
    filled(path, cca, set(cca.points))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    extra = [
        {"cell_type": "code", "metadata": {}, "source": text} for text in ("%matplotlib inline\n!ls", "1 / 0")
    ]
    notebook["cells"] = extra + notebook["cells"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    result = run("grade", tmp_path / "class", "-o", tmp_path / "out" / "grades.csv", "--source", SOURCE)
    assert "mean 18.0" in result.output
    assert (
        "ZeroDivisionError: division by zero (line 1 of cell 2)"
        in (tmp_path / "out" / "grades.csv").read_text()
    )
