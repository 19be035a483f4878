"""Pages from templates, errors among them."""

from __future__ import annotations

import functools
from typing import Any

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse, Response

__all__ = ["problem_page", "render", "wants_page"]


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("classicxm.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = "{:+.4f}".format
    return environment


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template."""
    return HTMLResponse(_environment().get_template(template).render(values), status)


def wants_page(request: Request) -> bool:
    """Whether an error is shown as a page."""
    return not request.url.path.startswith(("/api/", "/openapi", "/static/"))


def problem_page(request: Request, status: int, detail: str) -> Response:
    """An error as a page."""
    return render("problem.html", status, detail=detail, code=status)
