"""What students run on their own folder: public tests and their numbers beside the bands."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from classicxm.errors import MediaDecodeError
from classicxm.media.text import read_text
from classicxm.teaching.bands import outside
from classicxm.teaching.grading import MEGABYTES, SECONDS, Grade, Tests
from classicxm.teaching.sources import Assignment, AssignmentError, load, names
from classicxm.teaching.student import StudentError, StudentProcess
from classicxm.teaching.submissions import read_work

__all__ = ["Checked", "check_folder"]

REPORT_SECONDS = 60


@dataclass
class Checked:
    """Public tests and numbers of one folder."""

    assignment: Assignment
    grade: Grade
    numbers: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether all public tests pass and all numbers lie in their bands."""
        tested = bool(self.grade.results) and all(result.passed for result in self.grade.results)
        return tested and not self.problems and not outside(self.numbers, self.assignment.bands)

    def rows(self) -> list[tuple[str, str, str]]:
        """Per number: its name, the student's value, and the band with a mark where the value is outside."""
        wrong = outside(self.numbers, self.assignment.bands)
        return [
            (
                name,
                f"{self.numbers.get(name, float('nan')):.4f}",
                f"{band['mean']:.4f} +- {2 * band['deviation']:.4f}{' (outside)' if name in wrong else ''}",
            )
            for name, band in self.assignment.bands.items()
        ]


def check_folder(folder: Path) -> Checked:
    """Check the assignment in a folder that ``assignment new`` wrote.

    Raises
    ------
    AssignmentError
        If the folder holds no assignment.
    """
    settings = _settings(folder)
    name = settings.get("name")
    if name not in names():
        raise AssignmentError(f"{folder}/assignment.toml names no assignment; there are {', '.join(names())}")
    found = load(name)
    paths = [folder / f"{name}{ending}" for ending in (".ipynb", ".py")]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise AssignmentError(
            f"{folder} holds neither {name}.py nor {name}.ipynb; run check where your file is"
        )
    checked = Checked(found, Grade("you", found.points))
    limits = found.meta.get("limits", {})
    megabytes = limits.get("megabytes", MEGABYTES)
    seed = settings.get("seed", 0)
    work = read_work(path, name)
    try:
        with StudentProcess(work, limits.get("seconds", SECONDS), megabytes, []) as process:
            process.start()
            checked.grade.notes += process.problems
            if not process.problems or work.tolerant:
                checked.grade.results += Tests(found).run(process, seed)
        with StudentProcess(work, REPORT_SECONDS, megabytes, []) as process:
            numbers = process.report(seed)
            checked.numbers = {str(key): float(value) for key, value in numbers.items()}
    except StudentError as error:
        checked.problems.append(str(error))
    except (AttributeError, TypeError, ValueError):
        checked.problems.append("report returned no numbers; take its code from the handout again")
    return checked


def _settings(folder: Path) -> dict:
    path = folder / "assignment.toml"
    if not path.is_file():
        raise AssignmentError(f"{folder} has no assignment.toml; give the folder that 'assignment new' wrote")
    try:
        return tomllib.loads(read_text(path))
    except (MediaDecodeError, tomllib.TOMLDecodeError) as error:
        raise AssignmentError(
            f"{path} cannot be read ({error}); write it anew with 'assignment new'"
        ) from None
