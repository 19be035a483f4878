"""Explanations as pages: bars in proportion, words in colours, heat over grey."""

import re

import numpy as np
import pytest

from classicxm.reports.explanation_page import (
    explained_page,
    explanation_fragment,
    heat_picture,
    write_explanation,
)
from classicxm.retrieval.evidence import Evidence, Explanation, Frame, Word

WORDS = Evidence(
    "text", 0.1, words=(Word("red", 0.4, ((0, 3),)), Word("car", -0.2, ((4, 7),))), content="red car <b>"
)
PICTURE = Evidence(
    "image", 0.0, heat_map=np.array([[0.3, 0.0], [0.0, 0.0]]), content=np.zeros((8, 8, 3), np.uint8)
)


def test_heat_is_orange_for_and_blue_against():
    found = heat_picture(np.full((40, 40, 3), 128, np.uint8), np.array([[1.0, -1.0]]))
    left, right = found[20, 2].astype(int), found[20, 37].astype(int)
    assert left[0] > left[2] + 100 and right[2] > right[0] + 100
    plain = heat_picture(np.full((4, 4, 3), 128, np.uint8), np.zeros((2, 2)))
    assert len(np.unique(plain.reshape(-1, 3), axis=0)) == 1


def test_a_page_has_both_sides_and_nothing_raw(tmp_path):
    page = explained_page(Explanation(0.3, "cosine", "an <id>", WORDS, PICTURE))
    assert "&lt;id&gt;" in page and "&lt;b&gt;" in page and "<script" not in page and "http" not in page
    assert "rgba(226, 88, 24, 0.75)" in page and "rgba(36, 98, 214, 0.375)" in page
    assert page.count("data:image/jpeg;base64,") == 2 and "all regions" in page
    path = write_explanation(tmp_path / "why.html", Explanation(0.3, "cosine", "a", WORDS, PICTURE))
    assert path.read_text().startswith("<!") and path.is_absolute()


def test_the_longest_bar_is_half_the_width():
    # red is 0.4 of at most 0.4, car -0.2 of it
    page = explanation_fragment(Explanation(0.3, "cosine", "a", WORDS, WORDS))
    widths = {
        name: float(width) for name, width in re.findall(r"<td>(\w+)</td>.*?width:([0-9.]+)%", page, re.S)
    }
    assert widths["red"] == 2 * widths["car"] == max(widths.values())


def test_a_time_line():
    frames = tuple(Frame(n / 10, (n + 1) / 10, 0.1 * n) for n in range(3))
    sound = Evidence("audio", 0.0, frames=frames, content=None)
    page = explained_page(Explanation(0.3, "dot", "a", WORDS, sound))
    assert "<svg" in page and "all frames" in page


@pytest.mark.parametrize("n", [15, 20])
def test_many_words_are_summed_up(n):
    words = tuple(Word(f"w{i}", 0.01 * i, ()) for i in range(1, n + 1))
    page = explanation_fragment(
        Explanation(1.0, "dot", "a", Evidence("text", 0.0, words=words, content="x"), WORDS)
    )
    assert (f"{n - 15} more words" in page) == (n > 15)
