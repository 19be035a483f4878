"""The demo, from a data set to a page, with a quick recipe in place of a real one."""

import re

import pytest

import classicxm.demo as module
from classicxm.alignment import CCA
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText


@pytest.fixture
def quick(monkeypatch):
    def make(recipe, modalities, **options):
        assert recipe == "baseline" and modalities == ("text", "image") and options["aim"] == "partner"
        return CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(8))

    monkeypatch.setattr(module, "make_retriever", make)
    small = module.make_scenes
    monkeypatch.setattr(module, "make_scenes", lambda n, **more: small(60, **more))


@pytest.mark.slow
def test_lines_and_a_page(quick, tmp_path):
    lines = []
    module.run_demo("scenes", "en", "baseline", tmp_path / "page.html", None, "raise", None, lines.append)
    assert lines[0].startswith("scenes: ") and "held out, recipe baseline" in lines[0]
    assert re.fullmatch(r"Given a text, it finds .* in \d+ of 100 cases; guessing would in \d+\.", lines[1])
    assert lines[2].startswith("direction") and any(line.startswith("mAP: ") for line in lines[3:])
    assert any(str(tmp_path / "page.html") in line for line in lines)
    assert [line.split()[1] for line in lines[-3:]] == ["serve", "fit", "search"]
    page = (tmp_path / "page.html").read_text()
    for shown in (lines[1], "At its best", "As it is", "image -&gt; text", "answers come from the"):
        assert shown in page


def test_a_page_that_cannot_be_written_is_said_first(quick, tmp_path):
    (tmp_path / "file").touch()
    lines = []
    with pytest.raises(ValueError, match=r"cannot be made, as .* is a file; choose another place"):
        module.run_demo(
            "scenes", "en", "baseline", tmp_path / "file" / "page", None, "raise", None, lines.append
        )
    assert lines == []
