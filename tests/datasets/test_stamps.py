import logging
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from classicxm.datasets import load_stamps, stamps
from classicxm.errors import CollectionError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="200"><rect width="5" height="5"/></svg>'


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "stamps"
    for stem, text in {
        "animals/birds/owl": "An owl.\nde.utf8=Eine Eule.\nfr.utf8 = Un hibou.\nes.utf8=\n",
        "animals/dog": "A dog.\nde.utf8=Ein Hund.\n",
        "food/bread": "Bread.\n",
    }.items():
        (root / stem).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / f"{stem}.png"), np.zeros((4, 4, 3), np.uint8))
        (root / f"{stem}.txt").write_text(text, encoding="utf-8")
    (root / "animals/dog.ogg").write_bytes(b"woof")
    (root / "animals/dog.svg").write_text(SVG)
    (root / "animals/birds/owl_desc_de.ogg").write_bytes(b"Eine Eule")
    (root / "food/fork.svg").write_text(SVG)
    (root / "food/fork.txt").write_text("A fork.\n")
    return root


def test_items(folder, tmp_path):
    collection = load_stamps(folder=folder, cache=tmp_path / "cache")
    assert collection.ids == ["animals/birds/owl", "animals/dog", "food/bread", "food/fork"]
    assert collection.column("text") == ["An owl.", "A dog.", "Bread.", "A fork."]
    assert collection.labels == ["animals", "animals", "food", "food"]
    assert collection.column("audio") == [None, folder / "animals/dog.ogg", None, None]
    assert collection[1]["image"] == folder / "animals/dog.png"
    assert cv2.imread(str(collection[3]["image"])).shape == (256, 128, 3)
    assert set(collection.column("split")) <= {"train", "test"}
    assert collection.problems == []


def test_languages_fall_back_to_english_and_say_so(folder, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        collection = load_stamps("de", folder=folder, cache=tmp_path)
    assert collection.column("text") == ["Eine Eule.", "Ein Hund.", "Bread.", "A fork."]
    assert collection.column("language") == ["de", "de", "en", "en"]
    assert "2 of 4 stamps have no description in 'de'" in caplog.text
    with pytest.raises(ValueError, match="language must be one of de, en, fr, got 'es'"):
        load_stamps("es", folder=folder, cache=tmp_path)


def test_unusable_stamps_are_listed(folder, tmp_path):
    (folder / "food/bread.txt").write_text("\nde.utf8=Brot.\n")
    (folder / "animals/dog.txt").write_bytes(b"\xe9t\xe9")
    (folder / "animals/birds/owl.txt").unlink()
    (folder / "food/fork.svg").write_text("<svg")
    cv2.imwrite(str(folder / "food/cup.png"), np.zeros((4, 4, 3), np.uint8))
    (folder / "food/cup.txt").write_text("A cup.")
    collection = load_stamps(folder=folder, cache=tmp_path)
    assert collection.ids == ["food/cup"]
    reasons = {problem.item: problem.reason for problem in collection.problems}
    assert set(reasons) == {"animals/birds/owl", "animals/dog", "food/bread", "food/fork"}
    assert "not UTF-8" in reasons["animals/dog"]
    assert "no English first line" in reasons["food/bread"]


def test_svg_without_the_package_that_draws_it(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    collection = load_stamps(folder=folder, cache=tmp_path)
    assert len(collection) == 3
    assert [problem.item for problem in collection.problems] == ["food/fork"]
    assert "resvg-py is not installed" in collection.problems[0].reason


def test_a_changed_svg_is_drawn_anew(folder, tmp_path):
    first = load_stamps(folder=folder, cache=tmp_path)[3]["image"]
    (folder / "food/fork.svg").write_text(SVG.replace("100", "200"))
    second = load_stamps(folder=folder, cache=tmp_path)[3]["image"]
    assert first != second
    assert cv2.imread(str(second)).shape == (256, 256, 3)


def test_not_installed(tmp_path, monkeypatch):
    with pytest.raises(CollectionError, match="apt install tuxpaint-stamps-default"):
        load_stamps(folder=tmp_path / "nowhere")
    monkeypatch.setattr(stamps, "FOLDERS", (str(tmp_path / "a"), str(tmp_path / "b")))
    with pytest.raises(CollectionError, match=r"no Tux Paint stamps in .*a or .*b; install them"):
        load_stamps()
    with pytest.raises(CollectionError, match="holds no picture with a description"):
        load_stamps(folder=tmp_path)


@pytest.mark.data
def test_the_installed_stamps(monkeypatch):
    if not any(Path(name).is_dir() for name in stamps.FOLDERS):
        pytest.skip("Tux Paint's stamps are not installed (Debian package tuxpaint-stamps-default)")
    monkeypatch.setattr(stamps, "rasterise", lambda *_: {})
    collection = load_stamps("fr")
    assert len(collection) > 900
    assert collection.modalities == ("text", "image", "audio")
    assert len(collection.with_modalities("audio", "image", "text")) > 100
    assert 0.17 < len(collection.split("test")) / len(collection) < 0.25
    assert all("no English first line" in problem.reason for problem in collection.problems)
