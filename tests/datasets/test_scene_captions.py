"""Captions of drawn scenes, in four languages."""

import numpy as np
import pytest

from classicxm.datasets.scene_captions import LANGUAGES, caption
from classicxm.datasets.scene_drawing import COLOURS, SHAPES

BOTH = [
    {"colour": "red", "shape": "circle", "centre": (0.2, 0.5)},
    {"colour": "blue", "shape": "star", "centre": (0.8, 0.2)},
]


def test_english_says_everything_in_several_wordings():
    found = {caption(BOTH, np.random.default_rng(seed)) for seed in range(30)}
    assert len(found) > 5
    for text in found:
        assert "red circle on the left" in text and "blue star in the top right" in text


@pytest.mark.parametrize(
    ("centre", "place"),
    [
        ((0.5, 0.5), "in the middle"),
        ((0.5, 0.1), "at the top"),
        ((0.9, 0.5), "on the right"),
        ((0.1, 0.9), "in the bottom left"),
    ],
)
def test_places(centre, place):
    assert caption([{**BOTH[0], "centre": centre}], np.random.default_rng(0)).endswith(place)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_other_languages_have_every_word(language):
    texts = {
        caption(
            [{"colour": colour, "shape": shape, "centre": (0.5, 0.5)}], np.random.default_rng(0), language
        )
        for colour in COLOURS
        for shape in SHAPES
    }
    assert len(texts) == len(COLOURS) * len(SHAPES) and not any(text.isascii() for text in texts)


def test_chinese():
    assert caption(BOTH[:1], np.random.default_rng(0), "zh") == "左有一个大的红色圆形"
