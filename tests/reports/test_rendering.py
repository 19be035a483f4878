"""Templates: escaped, strict, and shipped with the package."""

from importlib.resources import files
from xml.etree import ElementTree

import jinja2
import numpy as np
import pytest

from classicxm.reports.charts import bar_chart
from classicxm.reports.rendering import fragment, legal, render, write_text


def test_values_are_escaped_and_missing_ones_refused():
    assert "&lt;b&gt;" in render("folded.html", summary="<b>", text="")
    with pytest.raises(jinja2.UndefinedError, match="text"):
        render("folded.html", summary="a")


def test_characters_that_no_page_may_hold_are_written_out():
    chart = bar_chart(["sea\x1b[31m", "sky\ud800"], {"A\0": np.array([0.5, 1.0])})
    labels = [found.text for found in ElementTree.fromstring(chart.to_svg()).iter() if found.text]
    assert {"sea\\x1b[31m", "sky\\ud800", "A\\x00"} <= set(labels)


@pytest.mark.parametrize("character", ["\u202e", "\u202d", "\u2028", "\x9b", "\x07"])
def test_nothing_turns_the_text_behind_it_around(character):
    page = render("folded.html", summary=f"gnp{character}exe", text="")
    assert character not in page and repr(character)[1:-1] in page
    assert legal("שלום \u2067a\u2069 \u200f") == "שלום \u2067a\u2069 \u200f"  # what such scripts need


def test_every_template_is_package_data():
    listed = {path.suffix for path in files("classicxm.reports").joinpath("templates").iterdir()}
    configured = (files("classicxm").joinpath("../pyproject.toml")).read_text()
    assert listed and all(f'"**/*{suffix}"' in configured for suffix in listed)


def test_a_fragment_brings_its_style_and_nothing_of_the_page():
    text = fragment("folded.html", summary="a", text="b")
    assert text.startswith('<div class="classicxm"><style>') and "<html" not in text and "<body" not in text


def test_a_page_is_written_whatever_the_names(tmp_path):
    path = write_text(tmp_path / "new" / "p.html", "a\ud800b")
    assert path.read_bytes() == b"a?b" and path.is_absolute()
