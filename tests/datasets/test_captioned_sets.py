"""Sets of photos, sounds and clips with captions, in miniature and in their official layout."""

import csv
import json

import pytest

from classicxm.datasets import (
    load_clotho,
    load_coco,
    load_flickr8k,
    load_flickr30k,
    load_iaprtc12,
    load_msvd,
    load_pascal_sentence,
)
from classicxm.errors import CollectionError


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"medium")


def by_split(collection):
    found = {}
    for record in collection:
        found.setdefault(record.get("split"), []).append(record["id"])
    return found


@pytest.fixture
def flickr8k(tmp_path):
    touch(tmp_path, *(f"Flicker8k_Dataset/{name}.jpg" for name in ("10_a", "20_b", "30_c", "40_d")))
    lines = [
        f"{name}.jpg#{number}\tCaption {number} of {name} ."
        for name in ("10_a", "20_b", "30_c")
        for number in range(5)
    ]
    odd = "2258277193_586949ec62.jpg.1#0\tthe one odd name of the published file"
    (tmp_path / "Flickr8k.token.txt").write_text("\n".join([*lines[::-1], odd]) + "\n")
    for called, name in (("train", "10_a"), ("dev", "20_b"), ("test", "30_c")):
        (tmp_path / f"Flickr_8k.{called}Images.txt").write_text(f"{name}.jpg\n")
    return tmp_path


def test_flickr8k(flickr8k):
    found = load_flickr8k(flickr8k)
    assert by_split(found) == {"train": ["10_a"], "val": ["20_b"], "test": ["30_c"]}
    assert found[0]["text"] == [f"Caption {number} of 10_a ." for number in range(5)], (
        "in the order of their numbers"
    )
    assert found[0]["image"] == flickr8k / "Flicker8k_Dataset" / "10_a.jpg"
    with pytest.raises(ValueError, match="on_error must be"):
        load_flickr8k(flickr8k, on_error="zero")


def test_flickr8k_texts_in_their_own_folder(flickr8k):
    (flickr8k / "Flickr8k_text").mkdir()
    for path in flickr8k.glob("*.txt"):
        path.rename(flickr8k / "Flickr8k_text" / path.name)
    assert len(load_flickr8k(flickr8k)) == 3


def test_flickr8k_what_is_wrong(flickr8k):
    (flickr8k / "Flicker8k_Dataset" / "20_b.jpg").unlink()
    with pytest.raises(CollectionError, match=r"devImages.txt: line 1: image .*20_b.jpg does not exist"):
        load_flickr8k(flickr8k)
    assert [str(problem.item) for problem in load_flickr8k(flickr8k, on_error="skip").problems] == ["20_b"]
    (flickr8k / "Flickr_8k.testImages.txt").write_text("40_d.jpg\n")
    assert "40_d.jpg has no caption" in load_flickr8k(flickr8k, on_error="skip").problems[1].reason
    (flickr8k / "Flickr8k.token.txt").write_text("10_a.jpg,A caption\n")
    with pytest.raises(CollectionError, match=r"Flickr8k.token.txt: line 1: expected PHOTO.jpg#0"):
        load_flickr8k(flickr8k)
    (flickr8k / "Flickr8k.token.txt").unlink()
    with pytest.raises(
        CollectionError, match=r"has no Flickr8k.token.txt or Flickr8k_text/Flickr8k.token.txt"
    ):
        load_flickr8k(flickr8k)


def test_a_list_that_leads_out_of_the_set(flickr8k, tmp_path_factory):
    touch(tmp_path_factory.getbasetemp(), "secret.jpg")
    with open(flickr8k / "Flickr8k.token.txt", "a") as file:
        file.write("../../secret.jpg#0\tA caption\n")
    (flickr8k / "Flickr_8k.testImages.txt").write_text("../../secret.jpg\n")
    with pytest.raises(CollectionError, match="leads out of"):
        load_flickr8k(flickr8k)


@pytest.mark.data
def test_flickr8k_as_it_lies_here(shared_data):
    found = load_flickr8k(shared_data("flickr8k_dev"))
    assert {split: len(ids) for split, ids in by_split(found).items()} == {"train": 2500, "test": 500}
    assert {len(record["text"]) for record in found} == {5}


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


CAPTIONS = [f"A plane, number {number} & more" for number in range(5)]


def test_pascal_sentence_in_two_folders(tmp_path):
    for number in range(10):
        for label in ("aeroplane", "dining table"):
            touch(tmp_path, f"dataset/{label}/{label[0]}_{number}.jpg")
            (tmp_path / "sentence" / label).mkdir(parents=True, exist_ok=True)
            (tmp_path / "sentence" / label / f"{label[0]}_{number}.txt").write_text(
                "\n".join(CAPTIONS) + "\n"
            )
    found = load_pascal_sentence(tmp_path)
    assert found[0]["text"] == CAPTIONS and found[0]["label"] == "aeroplane"
    splits = by_split(found)
    assert len(splits["test"]) == 4 and len(splits["train"]) == 16
    assert {item[0] for item in splits["test"]} == {"a", "d"}, "a fifth of every class"
    assert by_split(load_pascal_sentence(tmp_path)) == splits
    (tmp_path / "sentence" / "aeroplane" / "a_0.txt").unlink()
    with pytest.raises(CollectionError, match=r"a_0.jpg has no captions"):
        load_pascal_sentence(tmp_path)
    assert len(load_pascal_sentence(tmp_path, on_error="skip")) == 19


def test_pascal_sentence_as_its_own_page(tmp_path):
    rows = ""
    for label, name in (("aeroplane", "2008_1"), ("bus", "2008_2")):
        touch(tmp_path, f"{label}/{name}.jpg")
        cells = "".join(f"<tr><td> {caption.replace('&', '&amp;')} </td></tr>" for caption in CAPTIONS)
        rows += f'<tr><td><img src="{label}/{name}.jpg"></td><td><table>{cells}</table></td></tr>'
    heading = "<h1>Pascal</h1><td>before</td>"
    (tmp_path / "index.html").write_text(f"<html>{heading}<table>{rows}</table></html>")
    found = load_pascal_sentence(tmp_path)
    assert found.ids == ["2008_1", "2008_2"] and found.labels == ["aeroplane", "bus"]
    assert found[1]["text"] == CAPTIONS


def test_pascal_sentence_nowhere(tmp_path):
    with pytest.raises(CollectionError, match=r"expected manifest.jsonl, index.html, or dataset/CLASS"):
        load_pascal_sentence(tmp_path)


@pytest.mark.data
def test_pascal_sentence_as_it_lies_here(shared_data):
    found = load_pascal_sentence(shared_data("pascal_sentence"))
    assert {split: len(ids) for split, ids in by_split(found).items()} == {"train": 800, "test": 200}
    assert len(set(found.labels)) == 20


@pytest.fixture
def clotho(tmp_path):
    for called, name in (
        ("development", "Distorted AM Radio noise.wav"),
        ("validation", "a.wav"),
        ("evaluation", "a.wav"),
    ):
        touch(tmp_path, f"{called}/{name}")
        with open(tmp_path / f"clotho_captions_{called}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file_name", *(f"caption_{n}" for n in range(1, 6))])
            writer.writerow([name, *(f"A sound, {called}, {n}" for n in range(1, 6))])
    (tmp_path / "clotho_metadata_development.csv").write_bytes(
        "file_name,keywords,sound_id,sound_link,start_end_samples,manufacturer,license\n"
        "Distorted AM Radio noise.wav,noise;radio,372158,https://freesound.org/1,[],José,CC0\n".encode(
            "latin-1"
        )
    )
    return tmp_path


def test_clotho(clotho):
    found = load_clotho(clotho)
    assert by_split(found) == {
        "train": ["development/Distorted AM Radio noise"], "val": ["validation/a"], "test": ["evaluation/a"]
    }  # fmt: skip
    assert found[0]["text"][4] == "A sound, development, 5" and found[0]["keywords"] == "noise;radio"
    assert found[2]["audio"] == clotho / "evaluation" / "a.wav"
    (clotho / "validation" / "a.wav").unlink()
    with pytest.raises(
        CollectionError, match=r"clotho_captions_validation.csv: line 2: audio .* does not exist"
    ):
        load_clotho(clotho)
    (clotho / "clotho_captions_validation.csv").write_text("name,caption_1\nx,y\n")
    with pytest.raises(CollectionError, match="no column 'file_name'"):
        load_clotho(clotho)


@pytest.fixture
def msvd(tmp_path):
    clips = {
        "-4wsuPCjDBc_5_15": 1,
        "0hyZ__3YhZc_283_285": 1200,
        "bb_1_2": 1201,
        "cc_1_2": 1300,
        "dd_1_2": 1301,
        "ee_1_2": 1970,
    }
    touch(tmp_path, *(f"YouTubeClips/{clip}.avi" for clip in clips))
    texts = "".join(f"{clip} a squirrel is eating\n{clip} a chipmunk eats\n" for clip in clips)
    (tmp_path / "AllVideoDescriptions.txt").write_text(f"# a comment\n\n{texts}")
    (tmp_path / "youtube_mapping.txt").write_text(
        "".join(f"{clip} vid{n}\n" for clip, n in reversed(clips.items()))
    )
    return tmp_path


def test_msvd(msvd):
    found = load_msvd(msvd)
    assert by_split(found) == {
        "train": ["-4wsuPCjDBc_5_15", "0hyZ__3YhZc_283_285"], "val": ["bb_1_2", "cc_1_2"], "test": ["dd_1_2", "ee_1_2"]
    }  # fmt: skip
    assert found[0]["text"] == ["a squirrel is eating", "a chipmunk eats"]
    assert found[1]["film"] == "0hyZ__3YhZc" and found.column("number") == [1, 1200, 1201, 1300, 1301, 1970]
    (msvd / "youtube_mapping.txt").write_text("aa_1_2 vid1971\n")
    with pytest.raises(CollectionError, match="line 1: expected a clip and vid1 to vid1970"):
        load_msvd(msvd)
    (msvd / "AllVideoDescriptions.txt").write_text("nonsense\n")
    with pytest.raises(CollectionError, match="line 1: expected CLIP_FIRST_LAST and a description"):
        load_msvd(msvd)
    (msvd / "youtube_mapping.txt").unlink()
    with pytest.raises(CollectionError, match=r"has no youtube_mapping.txt"):
        load_msvd(msvd)


@pytest.fixture
def iaprtc12(tmp_path):
    for item in ("00/25", "00/112", "01/1000"):
        touch(tmp_path, f"images/{item}.jpg")
        path = tmp_path / "annotations_complete_eng" / f"{item}.eng"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            f"<DOC>\n<DOCNO>annotations/{item}.eng</DOCNO>\n<TITLE>Plaza & más</TITLE>\n<DESCRIPTION>a yellow "
            f"building;\ntwo palm trees &amp; {item};</DESCRIPTION>\n<NOTES></NOTES>\n"
            f"<LOCATION>Quito, Ecuador</LOCATION>\n<IMAGE>images/{item}.jpg</IMAGE>\n</DOC>\n".encode(
                "latin-1"
            )
        )
    return tmp_path


def test_iaprtc12(iaprtc12):
    found = load_iaprtc12(iaprtc12)
    assert found.ids == ["00/25", "00/112", "01/1000"] and set(found.column("split")) <= {"train", "test"}
    assert (
        found[0]["text"] == "a yellow building; two palm trees & 00/25;"
        and found[0]["title"] == "Plaza & más"
    )
    (iaprtc12 / "iaprtc12_train_list.txt").write_text("00/25\n")
    (iaprtc12 / "iaprtc12_test_list.txt").write_text("images/01/1000.jpg\n")
    assert by_split(load_iaprtc12(iaprtc12)) == {"train": ["00/25"], None: ["00/112"], "test": ["01/1000"]}
    (iaprtc12 / "annotations_complete_eng/00/25.eng").write_text("<DOC></DOC>")
    with pytest.raises(CollectionError, match=r"25.eng has no <DESCRIPTION>"):
        load_iaprtc12(iaprtc12)
    with pytest.raises(CollectionError, match="has no annotations_complete_ger"):
        load_iaprtc12(iaprtc12, language="ger")
    with pytest.raises(ValueError, match="language must be one of eng, ger"):
        load_iaprtc12(iaprtc12, language="fra")
