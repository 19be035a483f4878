"""Points by tests that pass, and what is said where they do not."""

import numpy as np
import pytest

from classicxm.teaching.grading import Grade, TestResult, Tests, _shown, module_of, stub_of, title_of


def test_points():
    results = [TestResult("a", "x", True), TestResult("a", "y", False), TestResult("b", "z", True)]
    grade = Grade("ada", {"a": 3.0, "b": 1.0, "c": 2.0}, results)
    assert (grade.earned("a"), grade.earned("b"), grade.earned("c")) == (1.5, 1.0, 0.0)
    assert (grade.total, grade.out_of) == (2.5, 6.0)


def test_names_of_tests():
    assert title_of("test_whitener__short_rank") == "short rank"
    assert (
        stub_of("test_whitener__short_rank", ["whitener"]) == "whitener"
        and stub_of("test_other", ["whitener"]) is None
    )


def test_messages_of_arrays_say_the_two_values():
    with pytest.raises(AssertionError) as caught:
        np.testing.assert_allclose(np.array([1.0, 2.0]), [1.0, 3.0], err_msg="the second is three")
    shown = _shown(caught.value)
    assert (
        shown.startswith("the second is three")
        and "got" in shown
        and "expected" in shown
        and "\n" not in shown
    )
    assert (
        _shown(AssertionError("one\n  line")) == "one line" and len(_shown(AssertionError("x" * 999))) == 300
    )


class Work:
    """A student's functions, without a process."""

    def __init__(self, text):
        self.module = module_of(text, "a_students_text")

    def begin_test(self):
        pass

    def __getattr__(self, name):
        return getattr(self.module, name)


def test_the_solved_file_passes_and_hidden_tests_say_nothing(cca):
    tests = Tests(cca)
    assert all(result.passed and not result.message for result in tests.run(Work(cca.solved), 3))
    results = list(tests.run(Work(cca.starter), 3))
    assert not any(result.passed for result in results) and all(result.message for result in results)
    assert {result.stub for result in results} == set(cca.points)
    stubs = [result.stub for result in results]
    assert stubs == sorted(stubs, key=list(cca.points).index)
