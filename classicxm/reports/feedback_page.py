"""The page that shows one student what they got and why."""

from __future__ import annotations

from classicxm.reports.rendering import render
from classicxm.teaching.grading import Grade

__all__ = ["feedback_page"]


def feedback_page(title: str, grade: Grade) -> str:
    """HTML with points per stub and a line per test; of hidden tests only their titles.

    >>> "4 of 4" in feedback_page("CCA", Grade("ada", {"whitener": 4}, []))
    False
    """
    stubs = [
        {
            "name": stub,
            "points": f"{points:g}",
            "earned": f"{grade.earned(stub):g}",
            "results": [result for result in grade.results if result.stub == stub],
        }
        for stub, points in grade.points.items()
    ]
    return str(
        render(
            "feedback.html",
            title=f"{title}: {grade.student}",
            total=f"{grade.total:g}",
            out_of=f"{grade.out_of:g}",
            notes=grade.notes,
            stubs=stubs,
        )
    )
