"""Plain tables for the terminal, and text as terminals may have it."""

import re
import unicodedata

__all__ = ["aligned", "escaped", "shortened"]

#: What a terminal obeys or hides instead of showing it: control characters, those that change the direction of writing
#: or end a line, invisible ones beside the joiners of emoji and scripts, and halves of characters.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


def escaped(text: str) -> str:
    """The text with control characters as Python writes them in a string.

    >>> print(escaped("red\\x1b[31m\\n"))
    red\\x1b[31m\\n
    """
    return _OBEYED.sub(lambda match: repr(match.group())[1:-1], text)


def aligned(rows):
    """Rows of text as lines with aligned columns, control characters escaped.

    >>> print(aligned([("name", "mAP"), ("CCA", "0.22")]))
    name  mAP
    CCA   0.22
    """
    rows = [[escaped(cell) for cell in row] for row in rows]
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
    text = escaped(text)
    return text if len(text) <= length else text[: length - 3] + "..."


def _width(text):
    """Columns of a terminal that a text fills; East Asian wide characters take two."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
