"""Items as cards: embedded, linked or missing, and what is said of them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from classicxm.reports import cards as module
from classicxm.reports.cards import Card, Embedder, item_card, label_set

PICTURE = np.full((8, 8, 3), 90, np.uint8)


def test_labels():
    assert label_set(None) == set() and label_set(3) == {"3"} and label_set(["a", "b", "a"]) == {"a", "b"}


def test_a_card_of_everything():
    card = item_card(
        {"text": ["a dog", "one dog"], "image": PICTURE, "label": ["dog", "animal"]},
        Embedder(),
        name="a",
        remark="0.5",
        kind="right",
    )
    assert (
        card.texts == ["a dog / one dog"] and card.meta == "0.5 · animal / dog · a" and card.kind == "right"
    )
    assert [medium.alt for medium in card.media] == ["a dog / one dog"] and card.media[0].embedded
    assert item_card({"text": "x" * 99}, Embedder(), length=10).texts[0].startswith("x" * 5)
    assert item_card({}, Embedder()) == Card()


def test_what_cannot_be_shown_is_said(tmp_path):
    medium = Embedder().medium("image", tmp_path / "none.png", "a picture")
    assert medium.kind == "missing" and "cannot be shown" in medium.alt and not medium.embedded


def test_captions_of_files(tmp_path):
    (tmp_path / "a.txt").write_text("from a file")
    embed = Embedder(opened=lambda name: tmp_path / name)
    assert (
        embed.caption("a.txt") == "from a file"
        and embed.caption(None) == ""
        and embed.caption("b.txt") == "b.txt"
    )
    assert embed.caption(Path("c.txt")) == "c.txt" and embed.caption("two\nlines.txt") == "two\nlines.txt"


@pytest.mark.parametrize("small", [True, False])
def test_large_sounds_are_linked(small, tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a b.wav", np.zeros(4000), 8000)
    monkeypatch.setattr(module, "SMALL", 10**6 if small else 100)
    medium = Embedder(tmp_path).medium("audio", tmp_path / "a b.wav", "x")
    assert medium.embedded if small else medium.source == "a%20b.wav"


def test_a_page_grows_no_further_than_its_bound(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", np.zeros(4000), 8000)
    monkeypatch.setattr(module, "MOST", 9000)
    embed = Embedder(tmp_path)
    assert [embed.medium("audio", tmp_path / "a.wav", "x").embedded for _ in range(2)] == [True, False]
