"""A student's file in a process of its own, under limits."""

import pytest

from classicxm.teaching.cells import Cell
from classicxm.teaching.student import StudentError, StudentProcess
from classicxm.teaching.submissions import Work

CODE = """
import os
def double(x):
    return 2 * x
def spin():
    while True:
        pass
def leave():
    os._exit(3)
def fail():
    raise KeyError("a")
"""


def process(text=CODE, seconds=1):
    return StudentProcess(Work("mine", [Cell("mine.py", text)]), seconds, 1024, [])


def test_functions_are_called_as_if_they_were_here():
    with process() as work:
        assert work.double(21) == 42 and work.problems == []
        with pytest.raises(StudentError, match=r"fail raised KeyError: 'a' \(line 11 of mine\.py\)"):
            work.fail()
        assert work.double([1]) == [1, 1]


@pytest.mark.slow
def test_what_never_ends_is_stopped_and_the_next_test_starts_anew():
    with process() as work:
        with pytest.raises(StudentError, match="spin took longer than 1 s and was stopped"):
            work.spin()
        work.begin_test()
        assert work.double(2) == 4
        with pytest.raises(
            StudentError, match="leave ended the process: it exits, or takes more than 1024 MB"
        ):
            work.leave()


def test_private_names_are_no_functions():
    with pytest.raises(AttributeError):
        process()._anything  # noqa: B018
