"""Notebooks: the parts of the students', nbgrader's and otter's, and points that add up."""

import json

import pytest

from classicxm.teaching.notebooks import nbgrader_notebook, otter_notebook, student_notebook


def cells(text):
    made = json.loads(text)
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])
    return [{**cell, "source": "".join(cell["source"])} for cell in made["cells"]]


def test_students_see_stubs_and_public_tests(cca):
    found = cells(student_notebook(cca, 5, "en"))
    text = "\n".join(cell["source"] for cell in found)
    assert found[0]["cell_type"] == "markdown" and "SEED = 5" in text
    assert "hidden" not in text.lower() and "BEGIN SOLUTION" not in text
    tests = [cell for cell in found if cell["metadata"].get("classicxm") == "test"]
    assert tests and all("import __main__ as work" in cell["source"] for cell in tests)


def test_points_of_nbgrader_add_up(cca):
    found = cells(nbgrader_notebook(cca, 5, "en"))
    settings = [cell["metadata"]["nbgrader"] for cell in found if "nbgrader" in cell["metadata"]]
    assert sum(one.get("points", 0) for one in settings) == pytest.approx(sum(cca.points.values()), abs=1e-4)
    solutions = [cell for cell in found if cell["metadata"].get("nbgrader", {}).get("solution")]
    assert len(solutions) == len(cca.points) and all("BEGIN SOLUTION" in cell["source"] for cell in solutions)
    hidden = [cell["source"] for cell in found if "BEGIN HIDDEN TESTS" in cell["source"]]
    assert hidden and all("END HIDDEN TESTS" in source for source in hidden)


def test_questions_of_otter_are_closed(cca):
    raw = [cell["source"] for cell in cells(otter_notebook(cca, 5, "en")) if cell["cell_type"] == "raw"]
    assert raw[0].startswith("# ASSIGNMENT CONFIG") and f"name: {cca.name}" in raw[0]
    for part in ("QUESTION", "SOLUTION", "TESTS"):
        assert (
            sum(one.startswith(f"# BEGIN {part}") for one in raw)
            == raw.count(f"# END {part}")
            == len(cca.points)
        )
