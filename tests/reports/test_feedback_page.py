"""The page for one student."""

from classicxm.reports.feedback_page import feedback_page
from classicxm.teaching.grading import Grade, TestResult


def test_points_and_lines_per_stub():
    results = [
        TestResult("whitener", "short rank", True),
        TestResult("whitener", "two views", False, "got <3>"),
    ]
    page = feedback_page("CCA", Grade("ada & co", {"whitener": 4.0, "project": 2.5}, results, ["a note"]))
    assert "ada &amp; co" in page and "got &lt;3&gt;" in page and "a note" in page
    assert "short rank" in page and "6.5" in page and page.count("whitener") >= 1 and "project" in page
