"""What a worker process says of a student's code, run here on code that harms nothing."""

import pytest

from classicxm.teaching.worker import answered, described, loaded

FILE = "mine.py"


def module_of(text, tolerant=False):
    return loaded("mine_test_module", [(FILE, text)], tolerant)


def test_answers_and_values():
    module, problems = module_of("SIZE = 3\ndef double(x, *, more=0):\n    return 2 * x + more\n")
    assert problems == [] and answered(module, FILE, "double", [4], {"more": 1}) == {"value": 9}
    assert answered(module, FILE, "SIZE", [], {}) == {"value": 3}


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        (
            "def doubled(x): pass",
            "double",
            "has no function double; is doubled meant? keep the names of the handout",
        ),
        ("", "double", "has no function double; keep the handout's names"),
        (
            "def f():\n    return [][1]",
            "f",
            "f raised IndexError: list index out of range (line 2 of mine.py)",
        ),
        ("def f():\n    exit()", "f", "f called exit (line 2 of mine.py)"),
        ("def f():\n    import nopackage_x", "f", "the grading environment does not have it"),
        ("def f():\n    return f", "f", "f returned "),
    ],
)
def test_problems_are_one_line_with_the_students_line(text, name, problem):
    module, _ = module_of(text)
    told = answered(module, FILE, name, [], {})["problem"]
    assert problem in told and len(told.splitlines()) == 1


def test_files_that_do_not_load():
    assert module_of("x = (")[1][0].startswith("raised SyntaxError:")
    assert "line 1 of mine.py" in module_of("x = (")[1][0]
    cells = [("cell 1", "1 / 0"), ("cell 2", "x = 1")]
    module, problems = loaded("mine_test_module", cells, True)
    assert problems == ["raised ZeroDivisionError: division by zero (line 1 of cell 1)"] and module.x == 1
    assert not hasattr(loaded("mine_test_module", cells, False)[0], "x")


def test_errors_that_cannot_be_shown():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert described(Mute(), FILE) == "raised Mute: no message"
