"""The matrix of reproductions as a page and as Markdown."""

from classicxm.reports.reproductions_page import matrix_markdown, matrix_page
from classicxm.reproductions import Outcome, matrix_tables, read_reproductions


def test_html_and_markdown_say_the_same():
    outcome = Outcome("wikipedia", "FAILED", ["a note <b>"], [], 12.0)
    matrices = {
        matrix.dataset: matrix for matrix in matrix_tables(read_reproductions(), {"wikipedia": outcome})
    }
    wikipedia = matrices["wikipedia"]
    page, text = (
        matrix_page([wikipedia], {"Python": "3.11"}),
        matrix_markdown([wikipedia], {"Python": "3.11"}),
    )
    for wanted in (
        "KRR-chi2-dot",
        "python -m benchmarks wikipedia",
        "FAILED",
        "a note",
        "3.11",
        "2173 training",
    ):
        assert wanted in page and wanted in text
    assert page.count("<tr>") == len(wikipedia.rows) + 1
    assert sum(line.startswith("| ") for line in text.splitlines()) == len(wikipedia.rows) + 2
    assert (
        "<script" not in page
        and "http" not in page.partition("<body")[2].replace("https", "http").partition("http")[0]
    )
