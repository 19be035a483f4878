"""What is written for students and for courses, and what must not stand in it."""

import json

import pytest

from classicxm.reports.feedback_page import feedback_page
from classicxm.teaching.cells import half_solved
from classicxm.teaching.formats import FORMATS, leaks, write_assignment
from classicxm.teaching.grading import Tests, grade_work
from classicxm.teaching.sources import AssignmentError, load
from classicxm.teaching.submissions import Work
from tests.teaching.conftest import NAMES, QUICK_NAMES, SOURCE

STUDENTS = ("pytest", "notebook")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_format_is_written(name, form, seed, tmp_path):
    assignment = load(name, SOURCE)
    files = write_assignment(assignment, form, tmp_path / "out", seed, "zh" if seed == 3 else "en")
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert sum(map(len, texts.values())) < 5 * 2**20
    if form in STUDENTS:
        assert not any(leaks(text, assignment) for text in texts.values())
        assert not any("hidden" in file or "solution" in file for file in texts)
    if form != "pytest":
        notebook = json.loads(texts[f"{name}.ipynb"])
        assert notebook["nbformat"] == 4 and len({cell["id"] for cell in notebook["cells"]}) == len(
            notebook["cells"]
        )
        code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
        assert f"SEED = {seed}\n" in code
        assert bool(leaks(texts[f"{name}.ipynb"], assignment)) == (form not in STUDENTS)


def test_notebooks_are_valid(cca, tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    for form in ("notebook", "nbgrader", "otter"):
        paths = write_assignment(cca, form, tmp_path / form)
        for path in paths:
            if path.suffix == ".ipynb":
                nbformat.validate(nbformat.read(path, as_version=4))


def test_points_of_test_cells_add_up(cca, tmp_path):
    course = cca.with_points({"whitener": 7})
    write_assignment(course, "nbgrader", tmp_path / "course")
    notebook = json.loads((tmp_path / "course/source/cca/cca.ipynb").read_text(encoding="utf-8"))
    points = [cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in notebook["cells"]]
    assert sum(points) == pytest.approx(21, abs=0.01)


def test_nothing_is_replaced(cca, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(AssignmentError, match="is not empty; name a new folder"):
        write_assignment(cca, "pytest", tmp_path)
    with pytest.raises(AssignmentError, match="format must be one of"):
        write_assignment(cca, "doc", tmp_path / "new")


@pytest.mark.parametrize("form", ["nbgrader", "otter"])
def test_courses_need_the_source(form, tmp_path):
    with pytest.raises(AssignmentError, match="--source the folder 'assignments' of a checkout"):
        write_assignment(load("cca"), form, tmp_path / "out")


def test_what_leaks_is_found_however_it_is_laid_out(cca):
    assert leaks("if x:\n        W =   vectors/np.sqrt( values )  # mine", cca) == [
        "W = vectors / np.sqrt(values)"
    ]
    assert leaks("Some prose.\n    W = vectors / np.sqrt(values)\nmore prose: yes", cca)
    assert leaks(
        json.dumps({"cells": [{"source": ["G = np.random.default_rng(seed + 3)", ".normal(size=(30, 7))"]}]}),
        cca,
    )
    assert not leaks(cca.starter + cca.public, cca)


def test_a_solved_line_outside_its_marks_is_refused(tmp_path):
    assignment = load("cca", SOURCE)
    object.__setattr__(assignment, "starter", assignment.starter + "\n\nW = 1\n")
    object.__setattr__(assignment, "public", assignment.public + "\n# W = vectors / np.sqrt(values)\n")
    write_assignment(assignment, "pytest", tmp_path / "fine")  # a comment is no statement
    spoilt = {
        **assignment.handouts,
        "en": assignment.handouts["en"] + "\n    W = vectors / np.sqrt(values)\n",
    }
    object.__setattr__(assignment, "handouts", spoilt)
    with pytest.raises(AssignmentError, match=r"README.md would show students 'W = vectors"):
        write_assignment(assignment, "pytest", tmp_path / "spoilt")


@pytest.mark.parametrize("name", QUICK_NAMES)
def test_feedback_shows_no_hidden_test_and_nothing_solved(name):
    """Also where the student's own error messages stand in it."""
    assignment = load(name, SOURCE)
    stubs = list(assignment.points)
    broken = "".join(
        f"\n\ndef {stub}(*arguments):\n    raise ValueError(str(arguments))\n" for stub in stubs[:2]
    )
    for text in (
        assignment.starter,
        assignment.starter + broken,
        half_solved(assignment.solved, set(stubs[::2])),
    ):
        work = Work(name, [type("C", (), {"title": f"{name}.py", "text": text})])
        page = feedback_page("T", grade_work(Tests(assignment), "ada", work, 3, [SOURCE]))
        assert "the answer" in page or "raised ValueError" in page
        assert not leaks(page, assignment)
