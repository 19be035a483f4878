import csv
import json

import pytest

from classicxm.datasets import load_esc
from classicxm.errors import CollectionError

COLUMNS = ["filename", "fold", "target", "category", "esc10", "src_file", "take"]
CLIPS = [
    ("1-100032-A-0.wav", "1", "dog", "True"),
    ("2-100038-A-14.wav", "2", "chirping_birds", "False"),
    ("5-9032-A-0.wav", "5", "dog", "True"),
]


@pytest.fixture
def official(tmp_path):
    """ESC-50's layout with three clips."""
    (tmp_path / "meta").mkdir()
    (tmp_path / "audio").mkdir()
    with (tmp_path / "meta" / "esc50.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for name, fold, category, esc10 in CLIPS:
            writer.writerow([name, fold, name.split("-")[-1][:-4], category, esc10, name.split("-")[1], "A"])
            (tmp_path / "audio" / name).write_bytes(b"sound")
    return tmp_path


@pytest.fixture
def class_folders(tmp_path):
    """ESC-10's layout with three clips and things that are none."""
    for name in ("001 - Dog bark/1-100032-A.ogg", "002_Rain/5-1-A.ogg", "002_Rain/3-2-B.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"sound")
    (tmp_path / "002_Rain" / "notes.txt").write_text("no clip")
    (tmp_path / "images").mkdir()
    return tmp_path


def test_official_layout_of_esc50(official):
    clips = load_esc(official, fold=2)
    assert clips.ids == ["1-100032-A-0", "2-100038-A-14", "5-9032-A-0"]
    assert clips.column("text") == clips.labels == ["dog", "chirping birds", "dog"]
    assert clips.column("split") == ["train", "test", "train"]
    assert clips.column("fold") == [1, 2, 5]
    assert all(path.is_file() for path in clips.column("audio"))
    assert load_esc(official, subset="esc10").labels == ["dog", "dog"]


def test_layout_of_class_folders(class_folders):
    clips = load_esc(class_folders)
    assert clips.ids == ["1-100032-A", "3-2-B", "5-1-A"]
    assert clips.labels == ["Dog bark", "Rain", "Rain"] and clips.column("text")[0] == "dog bark"
    assert clips.column("split") == ["train", "train", "test"] and clips.name == "esc10"


def test_manifest(class_folders):
    rows = [
        {"id": "a", "audio": "002_Rain/5-1-A.ogg", "text": "on the roof", "label": "Rain", "fold": fold}
        for fold in (3, 5)
    ]
    rows[1]["id"] = "b"
    manifest = class_folders / "manifest.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)))
    clips = load_esc(class_folders, fold=3)
    assert clips.column("split") == ["test", "train"] and clips.column("text") == ["on the roof"] * 2
    manifest.write_text(json.dumps(rows[0] | {"fold": 6}))
    with pytest.raises(CollectionError, match="item 'a': fold must be an integer from 1 to 5"):
        load_esc(class_folders)


def test_missing_clips(official):
    (official / "audio" / CLIPS[1][0]).unlink()
    with pytest.raises(
        CollectionError, match=r"esc50\.csv: line 3: clip '2-100038-A-14\.wav' does not exist"
    ):
        load_esc(official)
    clips = load_esc(official, on_error="skip")
    assert len(clips) == 2 and [problem.item for problem in clips.problems] == [CLIPS[1][0]]


def test_damaged_lists(official):
    path = official / "meta" / "esc50.csv"
    good = path.read_text()
    path.write_text(good.replace(",2,14,", ",nine,14,"))
    with pytest.raises(CollectionError, match="line 3: fold must be an integer from 1 to 5, got 'nine'"):
        load_esc(official)
    path.write_text(good.replace("category", "class"))
    with pytest.raises(CollectionError, match="no column 'category'"):
        load_esc(official)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CollectionError, match=r"esc50\.csv is not UTF-16 text"):
        load_esc(official)


@pytest.mark.parametrize("folder", ["", "none"])
def test_no_layout_at_all(tmp_path, folder):
    with pytest.raises(CollectionError, match=r"holds no clips; expected manifest\.jsonl, meta/esc50\.csv"):
        load_esc(tmp_path / folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fold": 0}, "fold must be one of 1, 2, 3, 4, 5, got 0"),
        ({"subset": "esc20"}, "subset must be 'esc10', 'esc50' or None, got 'esc20'"),
        ({"on_error": "zero"}, "on_error must be 'raise' or 'skip', got 'zero'"),
        ({"subset": "esc50"}, "holds 2 classes, which is not esc50"),
    ],
)
def test_bad_arguments(class_folders, settings, message):
    with pytest.raises(ValueError, match=message):
        load_esc(class_folders, **settings)


@pytest.mark.data
def test_real_esc10(shared_data):
    clips = load_esc(shared_data("esc10"), fold=1)
    assert len(clips) == 400 and len(set(clips.labels)) == 10
    assert len(clips.split("test")) == 80 and clips.modalities == ("text", "audio")
