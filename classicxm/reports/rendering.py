"""Pages and fragments from the templates of this package: escaped throughout, and strict about missing values."""

import functools
import re
from os import PathLike
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from classicxm.atomic import write_file

__all__ = ["fragment", "legal", "render", "write_text"]


#: What neither XML nor HTML may hold: control characters but tab and line ends, halves of pairs, no characters; and
#: what turns the text behind it around (U+202D, U+202E) or ends a line in scripts (U+2028, U+2029).
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufffe\uffff]"
)


def legal(value: Any) -> Any:
    """A value as a page may hold it: characters that no page may or should hold are written as Python writes them.

    >>> legal("a\\x1b[31m"), legal(5)
    ('a\\\\x1b[31m', 5)
    """
    if type(value) is not str:
        return value
    return _ILLEGAL.sub(lambda match: repr(match.group())[1:-1], value)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("classicxm.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=legal,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> Markup:
    """A template of ``classicxm/reports/templates`` with its values, as text that needs no more escaping.

    Raises
    ------
    jinja2.UndefinedError
        For a value that the template needs and is not given.

    Examples
    --------
    >>> "a &lt; b" in render("folded.html", summary="a < b", text="")
    True
    """
    return Markup(_environment().get_template(template).render(values))


def fragment(template: str, **values: Any) -> str:
    """A part of a notebook, with the stylesheet that it needs."""
    return str(render("fragment.html", body=render(template, **values)))


def write_text(path: str | PathLike[str], page: str) -> Path:
    """Write a page to a file, in a folder that is made where there is none, and return its absolute path."""
    return write_file(path, page)
