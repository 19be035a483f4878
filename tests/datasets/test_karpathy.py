"""Karpathy's lists of Flickr30k and COCO, in miniature."""

import json

import pytest

from classicxm.datasets import load_coco, load_flickr30k
from classicxm.errors import CollectionError
from tests.datasets.miniatures import by_split, touch


def karpathy(entries):
    return json.dumps({"dataset": "mini", "images": entries})


def entry(name, split, *captions, **more):
    sentences = [
        {"raw": caption, "tokens": caption.lower().split(), "imgid": 0, "sentid": 0} for caption in captions
    ]
    return {"filename": name, "split": split, "sentences": sentences, "imgid": 0, "sentids": [], **more}


def test_flickr30k(tmp_path):
    touch(tmp_path, "flickr30k-images/1.jpg", "flickr30k-images/2.jpg", "flickr30k-images/3.jpg")
    entries = [
        entry("1.jpg", "train", "A dog.", " A cat. "),
        entry("2.jpg", "val", "B"),
        entry("3.jpg", "test", "C"),
    ]
    (tmp_path / "dataset_flickr30k.json").write_text(karpathy(entries))
    found = load_flickr30k(tmp_path)
    assert by_split(found) == {"train": ["1"], "val": ["2"], "test": ["3"]}
    assert found[0]["text"] == ["A dog.", "A cat."]


@pytest.fixture
def coco(tmp_path):
    touch(
        tmp_path,
        "train2014/COCO_train2014_000000000009.jpg",
        *(f"val2014/COCO_val2014_00000000004{n}.jpg" for n in (2, 3, 4)),
    )
    val = {"filepath": "val2014"}
    entries = [
        entry("COCO_train2014_000000000009.jpg", "train", "A", filepath="train2014", cocoid=9),
        entry("COCO_val2014_000000000042.jpg", "restval", "B", cocoid=42, **val),
        entry("COCO_val2014_000000000043.jpg", "val", "C", cocoid=43, **val),
        entry("COCO_val2014_000000000044.jpg", "test", "D", cocoid=44, **val),
    ]
    (tmp_path / "dataset_coco.json").write_text(karpathy(entries))
    return tmp_path


def test_coco(coco):
    assert by_split(load_coco(coco)) == {"train": ["9", "42"], "val": ["43"], "test": ["44"]}
    assert by_split(load_coco(coco, restval="restval"))["restval"] == ["42"]
    assert by_split(load_coco(coco, restval=None)) == {"train": ["9"], "val": ["43"], "test": ["44"]}
    assert load_coco(coco)[0]["image"] == coco / "train2014" / "COCO_train2014_000000000009.jpg"
    with pytest.raises(ValueError, match="restval must be"):
        load_coco(coco, restval="val")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no list of Karpathy's"),
        ("[]", "is no list of Karpathy's"),
        ('{"images": 3}', "images must be a list"),
        (karpathy([{"filename": "a.jpg"}]), "photo 0 lacks 'split'"),
        (karpathy([entry("a.jpg", "dev", "A")]), "split must be one of train, restval, val, test, got 'dev'"),
        (karpathy([entry("a.jpg", "test", " ")]), "photo 0 has no caption"),
        (karpathy([entry("a.jpg", "test", "A")]), "a.jpg does not exist"),
        (karpathy([]), "holds no items of flickr30k; expected photos that dataset_flickr30k.json names"),
    ],
)
def test_a_list_of_karpathy_that_is_wrong(tmp_path, text, message):
    (tmp_path / "flickr30k-images").mkdir()
    (tmp_path / "dataset_flickr30k.json").write_text(text)
    with pytest.raises(CollectionError, match=message):
        load_flickr30k(tmp_path)
