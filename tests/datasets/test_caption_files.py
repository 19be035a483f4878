"""Captions of media files in one file."""

import json

import pytest

from classicxm.datasets.caption_files import captions_of_csv, captions_of_json, records_of_captions
from classicxm.errors import CollectionError


def test_coco():
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
        "annotations": [
            {"image_id": 1, "caption": " a dog "},
            {"image_id": 9, "caption": "of nothing"},
            {"image_id": 1, "caption": "one dog"},
        ],
    }
    assert captions_of_json(json.dumps(content).encode()) == {"a.jpg": ["a dog", "one dog"], "b.jpg": []}


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"images": []}', b'{"images": [], "annotations": []}', b"[" * 10**5]
)
def test_other_json(content):
    assert captions_of_json(content) is None


@pytest.mark.parametrize(
    ("content", "captions"),
    [
        ("image,caption\na.jpg,a dog\na.jpg,one dog\nb.jpg,\n", {"a.jpg": ["a dog", "one dog"], "b.jpg": []}),
        (
            "\ufefffile_name;comment_number;comment\na.jpg;0;a; b\n".replace("a; b", '"a; b"'),
            {"a.jpg": ["a; b"]},
        ),
        ("image_name| caption\na.jpg| a dog\n", {"a.jpg": ["a dog"]}),
        ("id,text,image\n1,a,b.jpg\n", None),  # a manifest
        ("name,caption\nnothing,a\n", None),
        ("a,b\n1,2\n", None),
    ],
)
def test_tables(content, captions):
    assert captions_of_csv(content.encode()) == captions


def test_tables_that_are_none():
    assert captions_of_csv(b"\xff\xfe") is None
    with pytest.raises(CollectionError, match="line 2 of the captions names no file and caption"):
        captions_of_csv(b"image,caption\nalone\n")
    with pytest.raises(CollectionError, match="quote the cells"):
        captions_of_csv(b'image,caption\na.jpg,"open\n')


def test_records_lie_where_most_files_are(tmp_path):
    for name in ("images/a.jpg", "images/b.jpg", "other/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = records_of_captions(
        {"a.jpg": ["a dog"], "b.jpg": ["x", "y"], "c.doc": ["z"]}, tmp_path / "captions.csv"
    )
    base, records, problems = found
    assert base == tmp_path / "images"
    assert [(record["id"], record["text"]) for record in records] == [("a", "a dog"), ("b", ["x", "y"])]
    assert "'c.doc' is no known image, audio or video file" in str(problems[0])


def test_stems_that_occur_twice_keep_their_endings(tmp_path):
    for name in ("a.jpg", "a.png", "b.jpg"):
        (tmp_path / name).write_bytes(b"x")
    records = records_of_captions({name: ["x"] for name in ("a.jpg", "a.png", "b.jpg")}, tmp_path / "c.csv")[
        1
    ]
    assert [record["id"] for record in records] == ["a.jpg", "a.png", "b"]
