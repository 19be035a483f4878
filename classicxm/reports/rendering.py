"""Pages and fragments from the templates of this package: escaped throughout, and strict about missing values."""

import functools
from os import PathLike
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from classicxm.atomic import write_file

__all__ = ["fragment", "render", "write_text"]


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("classicxm.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
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
