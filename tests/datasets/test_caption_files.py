"""Captions of media files in one file."""

import json

import cv2
import numpy as np
import pytest

from classicxm.datasets.caption_files import captions_of_csv, captions_of_json, records_of_captions
from classicxm.datasets.manifest import load_collection
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
    found = {"a.jpg": {"text": ["a dog", "one dog"]}, "b.jpg": {}, "image id 9": {"text": ["of nothing"]}}
    assert captions_of_json(json.dumps(content).encode()) == found


def coco(image_id, caption, own_id=1):
    image = {"id": own_id, "file_name": "a.jpg"}
    return {"images": [image], "annotations": [{"image_id": image_id, "caption": caption}]}


@pytest.mark.parametrize(
    ("image_id", "own_id"), [(1.0, 1), ("1", 1.0), ("caf\xe9", "cafe\u0301"), (2**60 + 1,) * 2]
)
def test_ids_are_compared_as_text(image_id, own_id):
    assert captions_of_json(json.dumps(coco(image_id, "a dog", own_id)).encode()) == {
        "a.jpg": {"text": ["a dog"]}
    }


@pytest.mark.parametrize("caption", [7, ["a", "b"], {"en": "a"}])
def test_captions_are_texts(caption):
    with pytest.raises(CollectionError, match="a caption of image id 1 must be a text, got"):
        captions_of_json(json.dumps(coco(1, caption)).encode())


def test_captions_without_words_are_none():
    assert captions_of_json(json.dumps(coco(1, " \t")).encode()) is None


def test_lists_in_other_encodings_are_read_or_named(tmp_path):
    text = json.dumps(coco(1, "un caf\xe9"), ensure_ascii=False)
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        assert captions_of_json(text.encode(encoding)) == {"a.jpg": {"text": ["un caf\xe9"]}}
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "captions.json").write_bytes(text.encode("latin-1"))
    for path in (tmp_path, tmp_path / "captions.json"):
        with pytest.raises(CollectionError, match=r"captions.json: the list of captions is not UTF-8 text"):
            load_collection(path)


def test_captions_of_images_that_are_not_listed_are_said(tmp_path):
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((4, 4, 3), np.uint8))
    content = coco(1, "a dog")
    content["annotations"].append({"image_id": 9, "caption": "of nothing"})
    (tmp_path / "captions.json").write_text(json.dumps(content))
    with pytest.raises(CollectionError, match="'image id 9' is no known image, audio or video file"):
        load_collection(tmp_path / "captions.json")
    found = load_collection(tmp_path / "captions.json", on_error="skip")
    assert found.column("text") == ["a dog"] and len(found.problems) == 1
    (problem,) = load_collection(tmp_path).problems
    assert "captions of 1 of 2 names are of no file here, or of several, first 'image id 9'" in str(problem)


def test_rows_of_more_cells_than_the_first_are_not_cut():
    with pytest.raises(
        CollectionError, match="line 3 of the captions has 3 cells where the first has 2; quote"
    ):
        captions_of_csv(b"image,caption\na.jpg,a dog\nb.jpg,a cat, asleep\n")
    assert captions_of_csv(b"image,caption\na.jpg,a dog,\n") == {"a.jpg": {"text": ["a dog"]}}


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"images": []}', b'{"images": [], "annotations": []}', b"[" * 10**5]
)
def test_other_json(content):
    assert captions_of_json(content) is None


@pytest.mark.parametrize(
    ("content", "captions"),
    [
        (
            "image,caption\na.jpg,a dog\na.jpg,one dog\nb.jpg,\n",
            {"a.jpg": {"text": ["a dog", "one dog"]}, "b.jpg": {}},
        ),
        (
            "\ufefffile_name;comment_number;comment\na.jpg;0;a; b\n".replace("a; b", '"a; b"'),
            {"a.jpg": {"text": ["a; b"]}},
        ),
        ("image_name| caption\na.jpg| a dog\n", {"a.jpg": {"text": ["a dog"]}}),
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
        {"a.jpg": {"text": ["a dog"]}, "b.jpg": {"text": ["x", "y"]}, "c.doc": {"text": ["z"]}},
        tmp_path / "captions.csv",
    )
    base, records, problems = found
    assert base == tmp_path / "images"
    assert [(record["id"], record["text"]) for record in records] == [("a", "a dog"), ("b", ["x", "y"])]
    assert "'c.doc' is no known image, audio or video file" in str(problems[0])


def test_stems_that_occur_twice_keep_their_endings(tmp_path):
    for name in ("a.jpg", "a.png", "b.jpg"):
        (tmp_path / name).write_bytes(b"x")
    captions = {name: {"text": ["x"]} for name in ("a.jpg", "a.png", "b.jpg")}
    _, records, _ = records_of_captions(captions, tmp_path / "c.csv")
    assert [record["id"] for record in records] == ["a.jpg", "a.png", "b"]


NFC, NFD = "caf\u00e9", "cafe\u0301"


def collection_of(folder, table, names, content):
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(PICTURE)
    (folder / table).write_bytes(content)
    return load_collection(folder)


PICTURE = cv2.imencode(".png", np.full((4, 4, 3), 90, np.uint8))[1].tobytes()
COCO = '{"images": [{"id": %s, "file_name": "%s.png"}], "annotations": [{"image_id": 2, "caption": "a cup"}]}'


@pytest.mark.parametrize(("written", "stored"), [(NFC, NFD), (NFD, NFC), (NFD, NFD)])
@pytest.mark.parametrize(
    ("table", "content"),
    [("c.csv", "image,caption\n%s.png,a cup\n"), ("c.json", COCO.replace("%s", "2", 1))],
)
def test_names_in_any_composition_meet(tmp_path, written, stored, table, content):
    content = (content % written).encode()
    found = collection_of(tmp_path / "a", table, [f"{stored}.png"], content)
    assert [(item["id"], item["text"]) for item in found] == [(NFC, "a cup")] and not found.problems
    alone = load_collection(tmp_path / "a" / table)
    assert [(item["id"], item["text"], item["image"].name) for item in alone] == [
        (NFC, "a cup", f"{stored}.png")
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_tables_in_unicode_of_any_width(encoding):
    assert captions_of_csv("image,caption\na.jpg,a cup\n".encode(encoding)) == {"a.jpg": {"text": ["a cup"]}}


def test_tables_in_other_encodings_are_named_and_not_passed_over():
    with pytest.raises(CollectionError, match="the table of captions is not UTF-8 text"):
        captions_of_csv(b"image,caption\na.jpg,caf\xe9\n")
    assert captions_of_csv(b"a,b\nc,caf\xe9\n") is None


def test_ids_of_coco_may_be_texts_and_must_be_told_apart():
    assert captions_of_json((COCO % ('"2"', "a")).encode()) == {"a.png": {"text": ["a cup"]}}
    images = [{"id": 2, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}]
    annotations = [{"image_id": 2, "caption": "a cup"}]
    with pytest.raises(CollectionError, match="image id 2 is that of two images"):
        captions_of_json(json.dumps({"images": images, "annotations": annotations}).encode())


def test_a_name_of_two_files_is_no_guess_and_of_none_is_said(tmp_path):
    found = collection_of(
        tmp_path / "a",
        "c.csv",
        ["d/a.png", "e/a.png", "e/b.png"],
        b"image,caption\na.png,x\nb.png,y\nc.png,z\n",
    )
    assert {item["id"]: item.get("text") for item in found} == {"d/a": None, "e/a": None, "e/b": "y"}
    assert "captions of 2 of 3 names are of no file here, or of several, first 'a.png'" in str(found.problems)


def test_captions_of_two_tables_are_joined(tmp_path):
    (tmp_path / "a.png").write_bytes(PICTURE)
    for name, caption in (("x.csv", "one"), ("y.csv", "two"), ("z.csv", "one")):
        (tmp_path / name).write_text(f"image,caption\na.png,{caption}\n")
    assert load_collection(tmp_path)[0]["text"] == ["one", "two"]


LABELLED = (
    b"image,caption,label,split\na.png,a cup,cup,train\na.png,one cup,cup,train\nb.png,a dog,pet,test\n"
)


def test_labels_and_splits_of_tables_are_read(tmp_path):
    found = collection_of(tmp_path / "x", "captions.csv", ["a.png", "b.png"], LABELLED)
    for collection in (found, load_collection(tmp_path / "x" / "captions.csv")):
        facts = [(item["text"], item["label"], item["split"]) for item in collection]
        assert facts == [(["a cup", "one cup"], "cup", "train"), ("a dog", "pet", "test")]
    assert not found.problems


def test_labels_of_tables_come_before_those_of_folders_and_may_be_several(tmp_path):
    content = b"image,caption,class\nd/a.png,a cup,cup\nd/a.png,a red cup,red\n"
    found = collection_of(tmp_path / "x", "captions.csv", ["d/a.png", "e/b.png"], content)
    assert found.labels == [["cup", "red"], "e"]


@pytest.mark.parametrize("splits", [("dev", "dev"), ("train", "test")])
def test_wrong_splits_of_tables_are_no_training_items(tmp_path, splits):
    rows = "".join(f"a.png,a cup,{split}\n" for split in splits)
    content = f"image,caption,split\n{rows}b.png,a dog,test\n".encode()
    with pytest.raises(CollectionError, match=r"a.*: .*split must be one of train, val, test, got"):
        collection_of(tmp_path / "x", "captions.csv", ["a.png", "b.png"], content)
    for path in (tmp_path / "x", tmp_path / "x" / "captions.csv"):
        found = load_collection(path, on_error="skip")
        assert found.ids == ["b"] and "split must be one of" in str(found.problems[0])
