"""Every assignment: the solved file gets full marks, the starter none but runs, and parts add up; in both files for
students, with data of several seeds."""

import ast
import json
import subprocess
import sys
import time

import pytest

from classicxm.teaching.bands import measure_bands, outside
from classicxm.teaching.cells import Cell, functions_of, half_solved, starter_of
from classicxm.teaching.formats import write_assignment
from classicxm.teaching.grading import Tests, grade_work, module_of, stub_of
from classicxm.teaching.handout import handout
from classicxm.teaching.sources import load
from classicxm.teaching.submissions import read_work
from tests.teaching.conftest import NAMES, QUICK_NAMES, SOURCE

SEEDS = (1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow))


def filled(path, assignment, stubs):
    """Write what a student would who solved these stubs and left the others."""
    answered = functions_of(half_solved(assignment.solved, stubs))
    starter = functions_of(assignment.starter)
    changes = [(starter[stub], answered[stub]) for stub in stubs]
    if path.suffix == ".ipynb":
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            for old, new in changes:
                text = text.replace(old, new)
            cell["source"] = text.splitlines(keepends=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", QUICK_NAMES)
@pytest.mark.parametrize("form", ["pytest", "notebook"])
@pytest.mark.parametrize("seed", SEEDS)
def test_full_marks_no_marks_and_the_sum_of_parts(name, form, seed, tmp_path):
    assignment = load(name, SOURCE)
    tests = Tests(assignment)
    half = set(list(assignment.points)[seed % 2 :: 2])
    for stubs in (set(assignment.points), set(), half):
        folder = tmp_path / f"{len(stubs)}"
        write_assignment(assignment, form, folder, seed)
        path = folder / (f"{name}.ipynb" if form == "notebook" else f"{name}.py")
        filled(path, assignment, stubs)
        grade = grade_work(tests, "student", read_work(path, name), seed, [SOURCE])
        wrong = [r for r in grade.results if r.passed != (r.stub in stubs)]
        assert not wrong and not grade.notes
        assert grade.total == sum(assignment.points[stub] for stub in stubs)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_starter_runs_as_a_file_and_prints_floors(name, tmp_path):
    assignment = load(name, SOURCE)
    write_assignment(assignment, "pytest", tmp_path / "work", seed=4)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, f"{name}.py"], cwd=tmp_path / "work", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert all(number in done.stdout for number in assignment.bands) and time.monotonic() - start < 60
    assert not done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK_NAMES)
def test_students_files_run_under_pytest_itself(name, tmp_path):
    assignment = load(name, SOURCE)
    for stubs, failed in ((set(assignment.points), False), (set(), True)):
        folder = tmp_path / str(failed)
        write_assignment(assignment, "pytest", folder, seed=4)
        filled(folder / f"{name}.py", assignment, stubs)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        last = done.stdout.strip().split("\n")[-1]
        n_tests = len(functions_of(assignment.public))
        assert f"{n_tests} {'failed' if failed else 'passed'}" in last, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_numbers_lie_in_their_bands_and_above_the_floor(name):
    """Two seeds here; the bands themselves are measured by `classicxm assignment measure`."""
    assignment = load(name, SOURCE)
    assert assignment.bands
    solved, starter = (module_of(text, "measured") for text in (assignment.solved, assignment.starter))
    start = time.monotonic()
    numbers = [solved.report(seed) for seed in (5, 6)]
    assert time.monotonic() - start < 120
    for key, band in assignment.bands.items():
        spread = 4 * band["deviation"] + 1e-6  # two seeds of twenty may lie outside of two deviations
        assert all(abs(row[key] - band["mean"]) <= spread for row in numbers)
    floor = starter.report(5)
    assert outside(floor, assignment.bands), "the starter must not reach what is asked for"
    assert list(floor) == list(numbers[0]) == list(assignment.bands)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_bands_are_what_is_measured(name):
    assignment = load(name, SOURCE)
    for key, band in measure_bands(assignment).items():
        stored = assignment.bands[key]
        assert band["mean"] == pytest.approx(stored["mean"], abs=0.25 * stored["deviation"] + 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_source_is_whole(name):
    assignment = load(name, SOURCE)
    stubs = list(assignment.points)
    assert 1 <= len(stubs) <= 5 and assignment.meta["minutes"] <= 90
    assert set(stubs) <= set(functions_of(assignment.solved))
    for tests in (assignment.public, assignment.hidden):
        tested = [stub_of(test, stubs) for test in functions_of(tests)]
        assert set(tested) == set(stubs)
    for language in ("en", "zh"):
        page = handout(assignment, language)
        assert all(f"`{stub}" in page for stub in stubs) and all(key in page for key in assignment.bands)
        assert "[[" not in page and assignment.meta["title"][language] in page
        assert len(assignment.meta["goals"][language]) >= 3
    assert (
        (SOURCE / name / "INSTRUCTOR.md")
        .read_text(encoding="utf-8")
        .startswith(f"# For the instructor: {name}")
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_solved_function_needs_another(name):
    """So that one that is wrong costs its own points only."""
    assignment = load(name, SOURCE)
    for stub in assignment.points:
        tree = ast.parse(functions_of(assignment.solved)[stub])
        called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not called & (set(assignment.points) - {stub})


def test_results_do_not_depend_on_the_name_of_the_cell(cca, graded):
    assert graded(cca, starter_of(cca.solved)).total == 0
    assert graded(cca, "\n\n" + cca.solved + Cell("", "\n").text).total == 18
