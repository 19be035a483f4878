"""The page of the demo: its verdict first, queries under their rules, figures with what they mean."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from classicxm.reports import Answer
from classicxm.reports.demo_page import Section, write_demo_page
from classicxm.retrieval.hits import Hit

RED = np.full((8, 8, 3), (255, 0, 0), np.uint8)
TABLE = [
    ["direction", "measure", "value", "random"],
    ["text -> image", "mAP", "0.62", "0.10"],
    ["image -> text", "Success@10", "0.70", "0.03"],
]


def answer(text):
    return Answer("text -> image", {"text": text}, "image", [Hit("one & two", 0.5, {"image": RED})])


SECTIONS = [
    Section("Names <typed>", "Names that are found first.", [answer("red & green"), answer("blue")]),
    Section("Nothing", "A rule of no queries.", []),
    Section("At random", "Drawn with seed 0.", [answer("grey")]),
]


@pytest.fixture
def page(tmp_path):
    written = write_demo_page(
        tmp_path / "page.html",
        "demo <1>",
        "Found in 62 of 100.",
        SECTIONS,
        TABLE,
        "Held out.",
        "Score: cosine.",
    )
    assert written == tmp_path / "page.html"
    return written.read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Elements that are open when the page ends."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in {"meta", "img", "link", "br", "hr", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_everything_stands_in_its_order(page):
    order = [
        "Found in 62 of 100.",
        "Names &lt;typed&gt;",
        "Names that are found first. Score: cosine.",
        "red &amp; green",
        "At random",
        "Drawn with seed 0.</p>",
        "Figures",
        "Held out.",
    ]
    places = [page.index(part) for part in order]
    assert places == sorted(places) and page.count("Score: cosine.") == 1
    assert "<title>demo &lt;1&gt;</title>" in page


def test_a_section_of_no_queries_is_left_out(page):
    assert "A rule of no queries" not in page
    assert page.count('<figure class="card query">') == 3 and page.count("one &amp; two") >= 3


def test_figures_have_their_cells_and_meanings(page):
    cells = re.findall(r"<td[^>]*>(?:<b>)?([^<]*)", page)
    assert cells == [cell.replace(">", "&gt;") for row in TABLE[1:] for cell in row]
    meanings = re.findall(r"<dt>([^<]*)</dt><dd>[^<]+</dd>", page)
    assert meanings == ["mAP", "Success@10", "random"]


def test_the_page_is_whole_and_holds_its_pictures(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert re.findall(r'<img src="([^"]{,11})', page) == ["data:image/"] * 3
    assert "http" not in page.replace("http://www.w3.org", "")


def test_stored_media_are_opened_by_who_knows_where_they_lie(tmp_path):
    asked = []

    def opened(path):
        asked.append(path)
        raise ValueError("is not below the collection")

    hits = [Hit("a", 0.5, {"image": "a.png", "text": "red"})]
    section = Section("One", "All.", [Answer("text -> image", {"text": "red"}, "image", hits)])
    page = write_demo_page(tmp_path / "page.html", "t", "v", [section], TABLE, "n", "m", opened=opened)
    assert asked == ["a.png"] and "a.png cannot be shown" in page.read_text(encoding="utf-8")
