"""Tables of a report as Markdown, plain LaTeX and HTML."""

import html
from dataclasses import dataclass

__all__ = ["Strong", "Table", "latex_document", "to_html", "to_latex", "to_markdown"]


class Strong(str):
    """A cell to be set in bold."""


@dataclass(frozen=True)
class Table:
    """A titled table of text cells.

    Attributes
    ----------
    title : str
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


def to_markdown(table):
    """A heading, a pipe table and the note.

    >>> print(to_markdown(Table("Systems", ["name", "mAP"], [["CCA", Strong("0.22")]], "Higher is better.")))
    ## Systems
    <BLANKLINE>
    | name | mAP |
    |---|---:|
    | CCA | **0.22** |
    <BLANKLINE>
    Higher is better.
    """
    align = ["---" if column < table.n_names else "---:" for column in range(len(table.head))]
    rows = [[_markdown(cell) for cell in row] for row in table.rows]
    lines = ["| " + " | ".join(row) + " |" for row in [list(map(_markdown, table.head)), *rows]]
    lines.insert(1, "|" + "|".join(align) + "|")
    lines = lines if rows else []
    return "\n".join([f"## {table.title}", "", *lines, *(["", table.note] if table.note else [])])


def to_latex(table):
    r"""A ``tabular`` with its title above and its note below; needs no package.

    >>> print(to_latex(Table("A_b", ["name", "mAP"], [["CCA", Strong("50 %")]])))
    \subsection*{A\_b}
    \begin{tabular}{lr}
    \hline
    name & mAP \\
    \hline
    CCA & \textbf{50 \%} \\
    \hline
    \end{tabular}
    """
    columns = "l" * table.n_names + "r" * (len(table.head) - table.n_names)
    rows = [" & ".join(map(_latex, row)) + r" \\" for row in table.rows]
    head = " & ".join(map(_latex, table.head)) + r" \\"
    lines = [
        rf"\subsection*{{{_latex(table.title)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\hline",
        head,
        r"\hline",
        *rows,
        r"\hline",
        r"\end{tabular}",
    ]
    lines = lines if rows else lines[:1]
    if table.note:
        lines += ["", rf"\smallskip {_latex(table.note)}"]
    return "\n".join(lines)


def latex_document(title, tables):
    """A whole document of tables that plain LaTeX compiles; wide tables are what ``\\scriptsize`` is for."""
    body = "\n\n".join(map(to_latex, tables))
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


def to_html(table, shade=None):
    """A section with the table; ``shade`` gives the background of a figure's cell from its row and column."""
    head = "".join(f"<th{_side(table, c)}>{html.escape(cell)}</th>" for c, cell in enumerate(table.head))
    body = "".join(
        "<tr>" + "".join(_html_cell(table, r, c, cell, shade) for c, cell in enumerate(row)) + "</tr>"
        for r, row in enumerate(table.rows)
    )
    note = f"<p class='note'>{html.escape(table.note)}</p>" if table.note else ""
    if not table.rows:
        return f"<section><h2>{html.escape(table.title)}</h2>{note}</section>"
    return (
        f"<section><h2>{html.escape(table.title)}</h2><div class='wide'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>{note}</section>"
    )


def _html_cell(table, row, column, cell, shade):
    text = html.escape(cell)
    text = f"<b>{text}</b>" if isinstance(cell, Strong) else text
    colour = shade(row, column) if shade is not None and column >= table.n_names else None
    style = f" style='background:{colour}'" if colour else ""
    return f"<td{_side(table, column)}{style}>{text}</td>"


def _side(table, column):
    return "" if column < table.n_names else " class='figure'"


def _markdown(cell):
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


def _latex(cell):
    text = "".join(LATEX.get(letter, letter if ord(letter) < 0x180 else "?") for letter in str(cell))
    return rf"\textbf{{{text}}}" if isinstance(cell, Strong) else text
