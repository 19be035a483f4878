"""Tables: aligned by what letters fill, whole when piped, the same cells in every format."""

import io
import sys

import pytest

from classicxm.reports.tables import Strong, Table, aligned, escaped, fixed_line, folded, shortened


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_wide_letters_take_two_places():
    lines = aligned([("名前", "x"), ("犬", "1"), ("dog", "2"), ("e\u0301", "3")]).splitlines()
    assert lines == ["名前  x", "犬    1", "dog   2", "e\u0301     3"]


def test_nothing_is_cut_wrapped_or_read_as_markup(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    key = "[bold]" + "a" * 300
    assert aligned([("id", "n"), (key, "1")]).splitlines()[1] == f"{key}  1"
    assert ":smile:" in aligned([("id",), (":smile:",)])


def test_cells_never_reach_the_terminal_raw():
    text = aligned([("id",), ("a\x1b[31m\nb\u202ec\ud800",)])
    assert text.splitlines()[1] == r"a\x1b[31m\nb\u202ec\ud800"
    assert fixed_line(["\x07"], [0]) == r"\x07"
    text.encode("utf-8")


def test_a_terminal_gets_a_bold_head_and_a_pipe_none(monkeypatch):
    rows = [("name",), ("CCA",)]
    assert "\x1b" not in aligned(rows)
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1m" in aligned(rows) and "\x1b" not in aligned(rows).splitlines()[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in aligned(rows)


def test_every_format_holds_every_cell():
    table = Table("T", ["name", "mAP"], [["a|b", "0.1"], [Strong("<i>"), Strong("0.2")]], "N & M")
    text, markdown, latex, page = (
        getattr(table, f"to_{form}")() for form in ("text", "markdown", "latex", "html")
    )
    assert text.splitlines() == ["name  mAP", "a|b   0.1", "<i>   0.2"]
    assert (
        r"| a\|b | 0.1 |" in markdown and "| **<i>** | **0.2** |" in markdown and markdown.endswith("N & M")
    )
    assert r"\textbf{$<$i$>$}" in latex and r"N \& M" in latex
    assert "<b>&lt;i&gt;</b>" in page and "N &amp; M" in page and page.count('class="figure"') == 3


def test_shades_colour_single_cells():
    page = Table("", ["n", "x"], [["a", "1"], ["b", "2"]]).to_html([[None, "red"], [None, None]])
    assert page.count("background:red") == 1 and "<h2>" not in page


def test_a_table_of_nothing_says_its_title_and_note():
    table = Table("T", ["a"], [], "none known")
    assert table.to_markdown() == "## T\n\nnone known"
    assert "<table" not in table.to_html() and "none known" in table.to_html()
    assert aligned([("rank", "id")]) == "rank  id"


@pytest.mark.parametrize(("text", "shown"), [("a\tb", r"a\tb"), ("é 犬 👍", "é 犬 👍"), ("\x9b", r"\x9b")])
def test_escaped(text, shown):
    assert escaped(text) == shown


def test_shortened_and_folded():
    assert shortened("x" * 100) == "x" * 67 + "..." and shortened(None) == ""
    assert folded("a & b", "| x |") == "<details><summary>a &amp; b</summary>\n\n| x |\n\n</details>"
