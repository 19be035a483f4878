"""The demo, from a data set to a page, with a quick recipe in place of a real one."""

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
    assert "mAP" in lines[1] and str(tmp_path / "page.html") in lines[2]
    page = (tmp_path / "page.html").read_text()
    for asked in module.ASKED["scenes"]:
        assert asked in page
    assert "image -&gt; text" in page and "answers come from the" in page


def test_a_page_that_cannot_be_written_is_said_first(quick, tmp_path):
    (tmp_path / "file").touch()
    lines = []
    with pytest.raises(ValueError, match=r"cannot be made, as .* is a file; choose another place"):
        module.run_demo(
            "scenes", "en", "baseline", tmp_path / "file" / "page", None, "raise", None, lines.append
        )
    assert lines == []
