"""Grades of submissions: tests run here, student's code elsewhere, and points per stub by the tests that pass."""

from __future__ import annotations

import ast
import re
import sys
import types
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classicxm.teaching.cells import Cell
from classicxm.teaching.sources import Assignment, AssignmentError
from classicxm.teaching.student import StudentError, StudentProcess
from classicxm.teaching.submissions import Work, find_submissions, read_work

__all__ = ["Grade", "TestResult", "Tests", "check_environment", "grade_folder", "grade_work"]

SECONDS, MEGABYTES = 10, 4096


@dataclass(frozen=True)
class TestResult:
    """One test of one stub; ``message`` is for the student and empty where the test passed."""

    __test__ = False  # no test class of pytest's

    stub: str
    title: str
    passed: bool
    message: str = ""


@dataclass
class Grade:
    """What one student gets.

    Attributes
    ----------
    student : str
    points : dict of str to float
        The most per stub.
    results : list of TestResult
    notes : list of str
        What concerns the whole file, such as an error while it was loaded.
    """

    student: str
    points: dict[str, float]
    results: list[TestResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def earned(self, stub: str) -> float:
        """Points of a stub: its share of passed tests, each test weighing the same."""
        passed = [result.passed for result in self.results if result.stub == stub]
        return round(self.points[stub] * sum(passed) / len(passed), 2) if passed else 0.0

    @property
    def total(self) -> float:
        """Points earned over all questions."""
        return round(sum(map(self.earned, self.points)), 2)

    @property
    def out_of(self) -> float:
        """Points that can be earned."""
        return round(sum(self.points.values()), 2)


class Tests:
    """Public tests of an assignment, and the hidden ones where its source is at hand.

    Tests are functions ``test_STUB__TITLE``; they take those of ``work`` (the student's functions), ``seed`` and
    ``reference`` (the solved file) that they name.
    """

    __test__ = False

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.public = _functions(assignment.public, f"{assignment.name} public tests")
        self.reference, self.hidden = None, {}
        if assignment.solved is not None:
            self.reference = module_of(assignment.solved, f"{assignment.name}_reference")
            self.hidden = _functions(assignment.hidden, f"{assignment.name} hidden tests")
        for name in (*self.public, *self.hidden):
            if stub_of(name, assignment.points) is None:
                raise AssignmentError(f"{assignment.name}: {name} names no stub; expected test_STUB__TITLE")

    def run(self, work: StudentProcess, seed: int) -> Iterator[TestResult]:
        """Results of all tests in the order of the stubs."""
        for stub in self.assignment.points:
            for tests, hidden in ((self.public, False), (self.hidden, True)):
                for name, test in tests.items():
                    if stub_of(name, self.assignment.points) == stub:
                        message = self._message(test, work, seed, hidden)
                        yield TestResult(stub, title_of(name), not message, message)

    def _message(self, test: Callable, work: StudentProcess, seed: int, hidden: bool) -> str:
        """Empty, or why a test failed; of a hidden test nothing is said but what the student's code did."""
        have = {"work": work, "seed": seed, "reference": self.reference}
        wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
        try:
            work.begin_test()
            test(**{name: have[name] for name in wanted})
        except StudentError as error:
            return str(error)
        except AssertionError as error:
            return "the answer is not right" if hidden else _shown(error) or "the answer is not right"
        except Exception as error:  # an answer of another form than the test reckons with
            return f"the answer has another form than asked for ({type(error).__name__})"
        return ""


def stub_of(test: str, stubs: Iterable[str]) -> str | None:
    """The stub that a test's name begins with."""
    named = test.removeprefix("test_").split("__")[0]
    return named if named in stubs else None


def title_of(test: str) -> str:
    """``test_whitener__short_rank`` is "short rank"."""
    return test.partition("__")[2].replace("_", " ")


def _shown(error: AssertionError) -> str:
    """The message of a public test; of numpy's long ones, what was said in the test and the two values."""
    lines = [line.strip() for line in str(error).split("\n")]
    if any(line.startswith("Not equal to tolerance") for line in lines):
        text = "\n".join(lines)
        said = re.search(
            r"^Not equal to tolerance[^\n]*\n(.*?)\n?^(?:Mismatch|\(shapes|nan|x and y)", text, re.S | re.M
        )
        values = re.search(r"^ACTUAL: (.*?)^DESIRED: (.*)", text, re.S | re.M)
        parts = [said[1] if said else "", f"got {values[1]}, expected {values[2]}" if values else ""]
        lines = ["; ".join(part for part in parts if part)]
    return re.sub(r"\s+", " ", " ".join(lines)).strip().replace(" ,", ",")[:300]


def module_of(text: str, name: str) -> types.ModuleType:
    """A module of the teacher's own text."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, name, "exec"), module.__dict__)
    return module


def _functions(text: str, name: str) -> dict[str, Callable]:
    module = module_of(text, name)
    order = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {key: getattr(module, key) for key in order if key.startswith("test_")}


def grade_work(tests: Tests, student: str, work: Work, seed: int, covered: Sequence[Path] = ()) -> Grade:
    """Grade code; an error in it costs the points it concerns, never the run."""
    limits = tests.assignment.meta.get("limits", {})
    grade = Grade(student, tests.assignment.points)
    process = StudentProcess(
        work, limits.get("seconds", SECONDS), limits.get("megabytes", MEGABYTES), list(covered)
    )
    with process:
        try:
            process.start()
        except StudentError as error:
            grade.notes.append(str(error))
            return grade
        grade.notes += process.problems
        if process.problems and not work.tolerant:
            return grade
        grade.results += tests.run(process, seed)
    return grade


def check_environment(tests: Tests, covered: list[Path]) -> None:
    """Grade the solved file itself, since where it fails students must not be graded.

    Raises
    ------
    AssignmentError
        If it gets less than all points, as where a package is missing.
    """
    name = tests.assignment.name
    work = Work(name, [Cell(f"{name}.py", tests.assignment.solved)])
    grade = grade_work(tests, "reference", work, 0, covered)
    if grade.total < grade.out_of:
        failed = [f"{r.stub}: {r.message}" for r in grade.results if not r.passed]
        reason = (grade.notes + failed)[0]
        raise AssignmentError(
            f"the solved {name} gets {grade.total:g} of {grade.out_of:g} points here ({reason}); mend this environment "
            f"before grading in it"
        )


def grade_folder(
    assignment: Assignment, folder: Path, covered: list[Path], begun: Callable[[str], None] = lambda _: None
) -> list[Grade]:
    """Grades of all students in a folder, in the order of their names.

    Every student's tests draw their own cases, from a seed made of the student's name: the same in every run.

    Parameters
    ----------
    assignment : Assignment
        From its source.
    folder : Path
        Submissions, see `find_submissions`.
    covered : list of Path
        Folders that students' code must not see; the source and the submissions are among them anyway.
    begun : callable
        Called with each student's name.
    """
    assignment.needs_source("grading")
    tests = Tests(assignment)
    covered = [*covered, assignment.folder.parent, folder]
    check_environment(tests, covered)
    grades = []
    for student, path in find_submissions(folder, assignment.name).items():
        begun(student)
        seed = zlib.crc32(student.encode("utf-8", "replace")) % 100_000
        if path is None:
            note = f"no {assignment.name}.py or {assignment.name}.ipynb was handed in"
            grades.append(Grade(student, assignment.points, notes=[note]))
            continue
        try:
            grades.append(grade_work(tests, student, read_work(path, assignment.name), seed, covered))
        except AssignmentError as error:
            grades.append(Grade(student, assignment.points, notes=[str(error)]))
    return grades
