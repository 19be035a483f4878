"""Solved files in cells, without their solved parts, and with some of them."""

import ast

import pytest

from classicxm.teaching.cells import (
    cells_of,
    functions_of,
    half_solved,
    new_statements,
    seeded,
    starter_of,
    statements,
)

FILE = """import math

SEED = 0


# %% one
def one(x):
    y = 0
    ### BEGIN SOLUTION
    y = math.sin(x)
    ### END SOLUTION
    return y


# %% two
def two(x):
    y = 1
    ### BEGIN SOLUTION
    for i in range(3):
        y += i * x
    ### END SOLUTION
    return y
"""


def test_cells_join_to_the_same_program():
    cells = cells_of(FILE)
    assert [cell.title for cell in cells] == ["", "one", "two"]
    joined = "\n".join(cell.text for cell in cells)
    assert ast.dump(ast.parse(joined)) == ast.dump(ast.parse(FILE))


def test_a_starter_runs_and_holds_nothing_solved():
    text = starter_of(FILE, seed=31)
    assert "sin" not in text and "range" not in text and "BEGIN" not in text
    assert text.count("# YOUR CODE HERE") == 2 and "SEED = 31" in text
    module = {}
    exec(text, module)
    assert module["one"](2.0) == 0 and module["two"](2.0) == 1


def test_half_solved_keeps_the_named_functions():
    text = half_solved(FILE, {"two"})
    assert "sin" not in text and "y += i * x" in text


def test_only_the_line_of_the_seed_changes():
    assert seeded("SEED = 0\nOTHER_SEED = 0\nx = 'SEED = 0'", 5) == "SEED = 5\nOTHER_SEED = 0\nx = 'SEED = 0'"


def test_functions_come_with_their_source():
    functions = functions_of(FILE)
    assert list(functions) == ["one", "two"] and functions["two"].startswith("def two(x):")


@pytest.mark.parametrize(
    "other",
    ["y  =  math.sin( x )  # mine", "def f(x):\n    if x:\n        y = math.sin(x)", "y = (math.sin(x))"],
)
def test_layout_does_not_hide_a_statement(other):
    assert statements(other) & new_statements(FILE, starter_of(FILE)) == {"y = math.sin(x)"}


def test_docstrings_are_no_statements():
    assert statements('"""About."""\ndef f():\n    """About f."""\n    return 1') == {"def f():", "return 1"}
