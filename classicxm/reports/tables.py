"""Plain tables for the terminal."""

import unicodedata

__all__ = ["aligned", "shortened"]


def aligned(rows):
    """Rows of text as lines with aligned columns.

    >>> print(aligned([("name", "mAP"), ("CCA", "0.22")]))
    name  mAP
    CCA   0.22
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def shortened(value, length=70):
    """A value as one line of at most ``length`` characters.

    >>> shortened(["a red circle", "a blue square"], 20)
    'a red circle / a ...'
    """
    parts = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    text = " ".join(" / ".join(map(str, parts)).split())
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # names of files need not be Unicode
    return text if len(text) <= length else text[: length - 3] + "..."


def _width(text):
    """Columns of a terminal that a text fills; East Asian wide characters take two."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
