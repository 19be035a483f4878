"""Pages from templates."""

import jinja2
import pytest

from classicxm.web.templating import problem_page, render, wants_page


class Request:
    def __init__(self, path):
        self.url = type("URL", (), {"path": path})()


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", True),
        ("/item", True),
        ("/api/v1/search", False),
        ("/openapi.json", False),
        ("/static/a.css", False),
    ],
)
def test_who_gets_a_page(path, page):
    assert wants_page(Request(path)) is page


def test_what_is_said_is_escaped():
    answer = problem_page(Request("/"), 404, "no <b> & such")
    assert answer.status_code == 404 and b"no &lt;b&gt; &amp; such" in answer.body and b"404" in answer.body


def test_a_template_without_its_values_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render("problem.html")
