"""Grades as a table that spreadsheets and course systems read."""

from __future__ import annotations

import csv
import io
import statistics
from pathlib import Path

from classicxm.atomic import write_file
from classicxm.teaching.grading import Grade

__all__ = ["grades_csv", "summary", "write_grades"]

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def grades_csv(grades: list[Grade]) -> str:
    """One line per student: total, points per stub, and what is to be known about the file.

    >>> print(grades_csv([Grade("ada", {"whitener": 4.0}, notes=["=1+1"])]))
    student,total,out_of,whitener,notes
    ada,0,4,0,'=1+1
    """
    stubs = list(grades[0].points) if grades else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "total", "out_of", *stubs, "notes"])
    for grade in grades:
        earned = [f"{grade.earned(stub):g}" for stub in stubs]
        notes = "; ".join(grade.notes)
        writer.writerow(
            [_plain(grade.student), f"{grade.total:g}", f"{grade.out_of:g}", *earned, _plain(notes)]
        )
    return text.getvalue()


def write_grades(path: Path, grades: list[Grade]) -> Path:
    """Write `grades_csv`."""
    return write_file(path, grades_csv(grades))


def summary(grades: list[Grade]) -> str:
    """One line on a class: how many, mean, median, best and worst."""
    totals = [grade.total for grade in grades]
    most = grades[0].out_of
    return (
        f"{len(grades)} student{'s' * (len(grades) > 1)}, of {most:g} points: mean {statistics.fmean(totals):.1f}, "
        f"median {statistics.median(totals):g}, from {min(totals):g} to {max(totals):g}"
    )


def _plain(text: str) -> str:
    """A cell that no spreadsheet runs."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(_FORMULA) else text
