"""One table of text cells, written for the terminal, as Markdown, as LaTeX and as HTML."""

import io
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Strong", "Table", "aligned", "escaped", "fixed_line", "folded", "latex_document", "shortened"]

#: What a terminal obeys or hides instead of showing it: control characters, those that change the direction of writing
#: or end a line, invisible ones beside the joiners of emoji and scripts, and halves of characters.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


class Strong(str):
    """A cell to be set in bold."""


@dataclass(frozen=True)
class Table:
    """A titled table of text cells.

    Attributes
    ----------
    title : str
        "" for a table without a heading.
    head : list of str
    rows : list of list of str
        Cells; a `Strong` is set in bold.
    note : str
        What a reader has to know, below the table.
    n_names : int
        Leading columns that hold names rather than figures.
    """

    title: str
    head: list
    rows: list
    note: str = ""
    n_names: int = 1

    def to_text(self, styled: bool = False) -> str:
        """Lines with aligned columns, names to the left and figures to the right; a bold head where ``styled``.

        >>> print(Table("", ["name", "mAP"], [["CCA", "0.22"], ["PLS", "0.2"]]).to_text())
        name   mAP
        CCA   0.22
        PLS    0.2
        """
        justified = ["left" if column < self.n_names else "right" for column in range(len(self.head))]
        return _lines(self.head, self.rows, justified, styled)

    def to_markdown(self) -> str:
        """A heading, a pipe table and the note.

        >>> print(Table("Systems", ["name", "mAP"], [["CCA", Strong("0.22")]], "Higher is better.").to_markdown())
        ## Systems
        <BLANKLINE>
        | name | mAP |
        | --- | ---: |
        | CCA | **0.22** |
        <BLANKLINE>
        Higher is better.
        """
        marks = ["---" if column < self.n_names else "---:" for column in range(len(self.head))]
        rows = [[_markdown(cell) for cell in row] for row in self.rows]
        lines = ["| " + " | ".join(row) + " |" for row in [list(map(_markdown, self.head)), marks, *rows]]
        parts = [
            f"## {self.title}" if self.title else "",
            "\n".join(lines) if rows else "",
            self.note,
        ]
        return "\n\n".join(filter(None, parts))

    def to_latex(self) -> str:
        r"""A ``tabular`` with its title above and its note below; needs no package.

        >>> print(Table("A_b", ["name", "mAP"], [["CCA", Strong("50 %")]]).to_latex())
        \subsection*{A\_b}
        \begin{tabular}{lr}
        \hline
        name & mAP \\
        \hline
        CCA & \textbf{50 \%} \\
        \hline
        \end{tabular}
        """
        columns = "l" * self.n_names + "r" * (len(self.head) - self.n_names)
        lines = [
            rf"\begin{{tabular}}{{{columns}}}",
            r"\hline",
            " & ".join(map(_latex, self.head)) + r" \\",
            r"\hline",
            *(" & ".join(map(_latex, row)) + r" \\" for row in self.rows),
            r"\hline",
            r"\end{tabular}",
        ]
        title = [rf"\subsection*{{{_latex(self.title)}}}"] if self.title else []
        note = ["", rf"\smallskip {_latex(self.note)}"] if self.note else []
        return "\n".join([*title, *(lines if self.rows else []), *note])

    def to_html(self, shades: Sequence | None = None) -> str:
        """A section with the table; ``shades`` holds a background, or None, for every cell of every row."""
        from classicxm.reports.rendering import render  # commands that print tables need no jinja2

        return render("table.html", table=self, shades=shades)

    def strong(self, cell: str) -> bool:
        """Whether a cell is set in bold."""
        return isinstance(cell, Strong)


def aligned(rows: Iterable[Sequence[str]], styled: bool | None = None) -> str:
    """Rows of text, the first being the head, as lines with aligned columns; wide letters take two places.

    Parameters
    ----------
    rows : sequence of sequence of str
    styled : bool, optional
        Whether the head is bold; by default where the output is a terminal and $NO_COLOR is not set. Lines are never
        cut, so that ids stay whole when they are piped.

    Examples
    --------
    >>> print(aligned([("name", "mAP"), ("CCA", "0.22")]))
    name  mAP
    CCA   0.22
    """
    head, *body = rows
    if styled is None:
        styled = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return _lines(head, body, ["left"] * len(head), styled)


def fixed_line(cells: Sequence[Any], widths: Sequence[int]) -> str:
    """Cells as one line of columns whose widths are known beforehand; of negative width, to the right.

    >>> fixed_line(["CCA", "0.22", "s"], [5, -6, 0])
    'CCA     0.22 s'
    """
    from rich.cells import cell_len

    parts = []
    for cell, width in zip(map(escaped, cells), widths, strict=True):
        room = " " * max(0, abs(width) - cell_len(cell))
        parts.append(room + cell if width < 0 else cell + room)
    return " ".join(parts).rstrip()


def shortened(value: Any, length: int = 70) -> str:
    """A value as one line of at most ``length`` characters.

    >>> shortened(["a red circle", "a blue square"], 20)
    'a red circle / a ...'
    """
    parts = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    text = escaped(" ".join(" / ".join(map(str, parts)).split()))
    return text if len(text) <= length else text[: length - 3] + "..."


def escaped(text: object) -> str:
    """Text with control characters, and what else a terminal would obey, as Python writes them in a string.

    >>> print(escaped("red\\x1b[31m\\n"))
    red\\x1b[31m\\n
    """
    return _OBEYED.sub(lambda match: repr(match.group())[1:-1], str(text))


def folded(summary: str, text: str) -> str:
    """Markdown that is folded away below its summary."""
    from markupsafe import Markup

    from classicxm.reports.rendering import render

    return str(render("folded.html", summary=summary, text=Markup(text)))


def latex_document(title: str, tables: Sequence[Table]) -> str:
    """A whole document of tables that plain LaTeX compiles; wide tables are what ``\\scriptsize`` is for."""
    body = "\n\n".join(table.to_latex() for table in tables)
    return "\n".join(
        [
            r"\documentclass[10pt]{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage[T1]{fontenc}",
            r"\setlength{\textwidth}{27cm}\setlength{\oddsidemargin}{-2cm}\setlength{\textheight}{18cm}",
            r"\setlength{\paperwidth}{30cm}\setlength{\paperheight}{21cm}\setlength{\topmargin}{-2cm}",
            r"\ifdefined\pdfpagewidth\pdfpagewidth=\paperwidth\pdfpageheight=\paperheight\fi",
            r"\setlength{\parindent}{0pt}\setlength{\tabcolsep}{3pt}\sloppy",
            r"\begin{document}",
            rf"\section*{{{_latex(title)}}}",
            r"\scriptsize",
            body,
            r"\end{document}",
            "",
        ]
    )


def _lines(head: Sequence[str], rows: Sequence[Any], justified: Sequence[Any], styled: bool | None) -> str:
    """Aligned lines by rich, as wide as the cells are."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    head, rows = [escaped(cell) for cell in head], [[escaped(cell) for cell in row] for row in rows]
    drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold" if styled else "")
    for name, justify in zip(head, justified, strict=True):
        drawn.add_column(Text(name), justify=justify, no_wrap=True)
    for row in rows:
        drawn.add_row(*map(Text, row))
    # Room for the widest cell of every column, whatever the terminal's width: nothing is cut.
    width = sum(max(map(cell_len, column)) + 2 for column in zip(head, *rows, strict=True))
    stream = io.StringIO()
    Console(
        file=stream, width=width, force_terminal=styled, color_system="standard" if styled else None
    ).print(drawn)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def _markdown(cell: Any) -> str:
    text = str(cell).replace("|", r"\|").replace("\n", " ")
    return f"**{text}**" if isinstance(cell, Strong) and text else text


LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "▲": r"$\bigtriangleup$",
    "▼": r"$\bigtriangledown$",
    "→": r"$\rightarrow$",
    "–": "--",
    "…": r"\dots{}",
}


def _latex(cell: Any) -> str:
    text = "".join(LATEX.get(letter, letter if ord(letter) < 0x180 else "?") for letter in str(cell))
    return rf"\textbf{{{text}}}" if isinstance(cell, Strong) else text
