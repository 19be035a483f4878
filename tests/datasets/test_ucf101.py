"""UCF-101: the official layout, a manifest, and what is said when files are missing."""

from collections import Counter

import pytest

from classicxm.datasets import load_ucf101
from classicxm.errors import CollectionError

CLIPS = ["Archery/v_Archery_g08_c01.avi", "HorseRace/v_HorseRace_g01_c02.avi", "YoYo/v_YoYo_g02_c01.avi"]


def official(folder, lists="ucfTrainTestlist", clips="UCF-101"):
    for name in CLIPS:
        path = folder / clips / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"clip")
    target = folder / lists
    target.mkdir(parents=True, exist_ok=True)
    (target / "trainlist01.txt").write_text(f"{CLIPS[0]} 1\r\n")
    (target / "testlist01.txt").write_text(f"{CLIPS[1]}\n{CLIPS[2]}\n\n")
    return folder


@pytest.mark.parametrize(
    ("lists", "clips", "opened"),
    [("ucfTrainTestlist", "UCF-101", "."), (".", ".", "."), ("ucfTrainTestlist", "UCF-101", "UCF-101")],
)
def test_official_layouts(tmp_path, lists, clips, opened):
    collection = load_ucf101(official(tmp_path, lists, clips) / opened)
    assert collection.ids == ["v_Archery_g08_c01", "v_HorseRace_g01_c02", "v_YoYo_g02_c01"]
    assert collection.column("text") == ["archery", "horse race", "yo yo"]
    assert collection.labels == ["Archery", "HorseRace", "YoYo"]
    assert collection.column("split") == ["train", "test", "test"]
    assert collection.column("group") == [8, 1, 2]
    assert all(path.is_file() for path in collection.column("video"))


def test_all_clips_side_by_side(tmp_path):
    official(tmp_path)
    (tmp_path / "UCF101").mkdir()
    for name in CLIPS:
        (tmp_path / "UCF-101" / name).rename(tmp_path / "UCF101" / name.split("/")[1])
        (tmp_path / "UCF-101" / name).parent.rmdir()
    (tmp_path / "UCF-101").rmdir()
    collection = load_ucf101(tmp_path)
    assert collection.labels == ["Archery", "HorseRace", "YoYo"]
    assert all(path.is_file() for path in collection.column("video"))


def test_a_missing_clip_stops_or_is_reported(tmp_path):
    (official(tmp_path) / "UCF-101" / CLIPS[1]).unlink()
    with pytest.raises(CollectionError, match=r"testlist01\.txt: line 1: clip 'HorseRace/.*' does not exist"):
        load_ucf101(tmp_path)
    collection = load_ucf101(tmp_path, on_error="skip")
    assert len(collection) == 2
    assert [problem.item for problem in collection.problems] == [CLIPS[1]]


def test_a_line_that_names_no_clip(tmp_path):
    official(tmp_path)
    (tmp_path / "ucfTrainTestlist" / "testlist01.txt").write_text("Archery.avi\n")
    with pytest.raises(CollectionError, match=r"line 1: 'Archery\.avi' is no clip name"):
        load_ucf101(tmp_path)


def test_missing_split_files_are_named(tmp_path):
    official(tmp_path)
    with pytest.raises(CollectionError, match=r"neither manifest\.jsonl nor .* trainlist02\.txt"):
        load_ucf101(tmp_path, fold=2)
    (tmp_path / "ucfTrainTestlist" / "testlist01.txt").unlink()
    with pytest.raises(CollectionError, match=r"testlist01\.txt cannot be read"):
        load_ucf101(tmp_path)


@pytest.mark.parametrize("lines", ["", "YoYo/v_YoYo_g03_c01.avi 2\n"])
def test_no_clips_at_all(tmp_path, lines):
    lists = official(tmp_path) / "ucfTrainTestlist"
    (lists / "trainlist01.txt").write_text(lines)
    (lists / "testlist01.txt").write_text("")
    with pytest.raises(CollectionError, match="names no clip"):
        load_ucf101(tmp_path, on_error="skip")


def test_parameters(tmp_path):
    with pytest.raises(ValueError, match="fold must be one of 1, 2, 3, got 4"):
        load_ucf101(tmp_path, fold=4)
    with pytest.raises(ValueError, match="on_error must be 'raise' or 'skip', got 'zero'"):
        load_ucf101(tmp_path, on_error="zero")


@pytest.mark.data
def test_the_stored_clips(shared_data):
    collection = load_ucf101(shared_data("ucf101"))
    assert Counter(collection.column("split")) == {"train": 72, "test": 48}
    assert len(set(collection.labels)) == 6
    sides = {split: set(collection.split(split).column("group")) for split in ("train", "test")}
    assert not sides["train"] & sides["test"]
