"""Every official layout with one thing wrong in it: the same items, or one line that names the file; never fewer."""

import csv
import functools
import json

import numpy as np
import pytest
from scipy.io import savemat
from sklearn.utils import Bunch

from classicxm import datasets
from classicxm.datasets.matlab_files import read_mat
from classicxm.errors import CollectionError
from tests.datasets.miniatures import touch

FIVE = [f"caption {n} of it" for n in range(5)]


def clotho(folder):
    for called in ("development", "validation", "evaluation"):
        touch(folder, *(f"{called}/{name}.wav" for name in "abc"))
        with open(folder / f"clotho_captions_{called}.csv", "w", newline="") as file:
            rows = [[f"{name}.wav", *FIVE] for name in "abc"]
            csv.writer(file).writerows([["file_name", *(f"caption_{n}" for n in range(1, 6))], *rows])


def flickr8k(folder):
    names = [f"{n}0_x{n}" for n in range(1, 7)]
    touch(folder, *(f"Flicker8k_Dataset/{name}.jpg" for name in names))
    lines = [f"{name}.jpg#{n}\t{text}" for name in names for n, text in enumerate(FIVE)]
    (folder / "Flickr8k.token.txt").write_text("\n".join(lines) + "\n")
    for place, called in enumerate(("train", "dev", "test")):
        listed = "".join(f"{name}.jpg\n" for name in names[2 * place : 2 * place + 2])
        (folder / f"Flickr_8k.{called}Images.txt").write_text(listed)


def iaprtc12(folder):
    for item in ("00/25", "00/112", "01/1000"):
        touch(folder, f"images/{item}.jpg")
        path = folder / "annotations_complete_eng" / f"{item}.eng"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"<DOC>\n<TITLE>A</TITLE>\n<DESCRIPTION>house {item};</DESCRIPTION>\n<IMAGE>a</IMAGE>\n</DOC>\n"
        )
    (folder / "iaprtc12_train_list.txt").write_text("00/25\n00/112\n")
    (folder / "iaprtc12_test_list.txt").write_text("01/1000\n")


def flickr30k(folder):
    touch(folder, *(f"flickr30k-images/{n}.jpg" for n in range(4)))
    entries = [
        {"filename": f"{n}.jpg", "split": split, "sentences": [{"raw": text} for text in FIVE]}
        for n, split in enumerate(("train", "train", "val", "test"))
    ]
    (folder / "dataset_flickr30k.json").write_text(json.dumps({"images": entries}, indent=0))


def coco(folder):
    touch(folder, *(f"val2014/{n}.jpg" for n in range(4)))
    entries = [
        {
            "filename": f"{n}.jpg",
            "filepath": "val2014",
            "cocoid": n + 1,
            "split": split,
            "sentences": [{"raw": "a"}],
        }
        for n, split in enumerate(("train", "restval", "val", "test"))
    ]
    (folder / "dataset_coco.json").write_text(json.dumps({"images": entries}, indent=0))


def mirflickr(folder):
    for n in range(1, 7):
        touch(folder, f"mirflickr/im{n}.jpg")
        path = folder / "mirflickr" / "meta" / "tags" / f"tags{n}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"sunset\ncanon{n}\n")
    (folder / "mirflickr25k_annotations_v080").mkdir()
    for name, numbers in {"sky": (1, 3, 5), "baby": (1, 2)}.items():
        path = folder / "mirflickr25k_annotations_v080" / f"{name}.txt"
        path.write_text("".join(f"{number}\n" for number in numbers))


def msvd(folder):
    clips = {"aa_1_2": 1, "bb_1_2": 1201, "cc_1_2": 1301, "dd_3_4": 1970}
    touch(folder, *(f"YouTubeClips/{clip}.avi" for clip in clips))
    texts = "".join(f"{clip} a squirrel is eating\n{clip} a chipmunk eats\n" for clip in clips)
    (folder / "AllVideoDescriptions.txt").write_text(texts)
    (folder / "youtube_mapping.txt").write_text("".join(f"{clip} vid{n}\n" for clip, n in clips.items()))


def nus_wide(folder):
    rng = np.random.default_rng(0)
    for name in ("Low_Level_Features", "NUS_WID_Tags", "Groundtruth/TrainTestLabels", "ImageList"):
        (folder / name).mkdir(parents=True)
    for split, n in (("Train", 4), ("Test", 3)):
        dat = folder / "Low_Level_Features" / f"{split}_Normalized_CH.dat"
        np.savetxt(dat, rng.random((n, 64)), fmt="%.4g", newline=" \n")
        np.savetxt(folder / "NUS_WID_Tags" / f"{split}_Tags1k.dat", rng.integers(0, 2, (n, 20)), "%d", "\t")
        for concept in ("sky", "water"):
            path = folder / "Groundtruth/TrainTestLabels" / f"Labels_{concept}_{split}.txt"
            path.write_text("1\n0\n1\n0\n"[: 2 * n])
        lines = "".join(f"actor\\{place:04d}_{1000 + place}.jpg\n" for place in range(n))
        (folder / "ImageList" / f"{split}Imagelist.txt").write_text(lines)


def pascal_sentence(folder):
    for label in ("bus", "cat"):
        for n in range(3):
            touch(folder, f"dataset/{label}/{label}{n}.jpg")
            (folder / "sentence" / label).mkdir(parents=True, exist_ok=True)
            (folder / "sentence" / label / f"{label}{n}.txt").write_text("\n".join(FIVE) + "\n")


def ucf101(folder):
    clips = [f"{name}/v_{name}_g0{n}_c01.avi" for name in ("Archery", "YoYo") for n in (1, 2)]
    touch(folder, *(f"UCF-101/{clip}" for clip in clips))
    (folder / "ucfTrainTestlist").mkdir()
    (folder / "ucfTrainTestlist" / "trainlist01.txt").write_text(f"{clips[0]} 1\n{clips[2]} 2\n")
    (folder / "ucfTrainTestlist" / "testlist01.txt").write_text(f"{clips[1]}\n{clips[3]}\n")


def wikipedia(folder):
    rng = np.random.default_rng(0)
    shapes = {"I_tr": (3, 128), "T_tr": (3, 10), "I_te": (2, 128), "T_te": (2, 10)}
    savemat(folder / "raw_features.mat", {name: rng.random(shape) for name, shape in shapes.items()})
    (folder / "categories.list").write_text("art\nbiology\n")
    (folder / "trainset_txt_img_cat.list").write_text("t1\ti1\t1\nt2\ti2\t2\nt3\ti1\t1\n")
    (folder / "testset_txt_img_cat.list").write_text("t4\ti4\t2\nt5\ti5\t1\n")
    (folder / "texts").mkdir()
    for n in range(1, 6):
        (folder / "texts" / f"t{n}.xml").write_text(
            f"<document>\n<text>\nArticle {n}\n</text>\n</document>\n"
        )


def esc50(folder):
    touch(folder, *(f"audio/{n}-10{n}-A-0.wav" for n in range(1, 6)))
    (folder / "meta").mkdir()
    rows = "".join(f"{n}-10{n}-A-0.wav,{n},0,dog,True,1,A\n" for n in range(1, 6))
    (folder / "meta" / "esc50.csv").write_text("filename,fold,target,category,esc10,src_file,take\n" + rows)


LAYOUTS = {
    "clotho": (clotho, datasets.load_clotho),
    "flickr8k": (flickr8k, datasets.load_flickr8k),
    "iaprtc12": (iaprtc12, datasets.load_iaprtc12),
    "flickr30k": (flickr30k, datasets.load_flickr30k),
    "coco": (coco, datasets.load_coco),
    "mirflickr": (mirflickr, datasets.load_mirflickr),
    "msvd": (msvd, datasets.load_msvd),
    "nus_wide": (nus_wide, lambda folder: datasets.load_nus_wide(folder, ["CH"])),
    "pascal": (pascal_sentence, datasets.load_pascal_sentence),
    "ucf101": (ucf101, datasets.load_ucf101),
    "wikipedia": (wikipedia, datasets.load_wikipedia),
    "wikipedia texts": (wikipedia, datasets.load_wikipedia_texts),
    "esc50": (esc50, datasets.load_esc),
}
MEDIA = (".jpg", ".wav", ".avi", ".mat")


@pytest.fixture(autouse=True)
def matrices_read_once(monkeypatch):
    """A .mat file, which no test here alters, is read by a process of its own."""
    monkeypatch.setattr("classicxm.datasets.wikipedia.read_mat", functools.cache(read_mat))


def content(found):
    """What a loader gave, comparable: records, or arrays as lists."""
    if isinstance(found, Bunch):
        return {key: content(value) for key, value in found.items()}
    if isinstance(found, np.ndarray):
        return found.tolist()
    return (
        found if isinstance(found, list) else [{key: str(value) for key, value in r.items()} for r in found]
    )


def middle(data):
    return data.find(b"\n", len(data) // 2) % len(data) or len(data) // 2


DAMAGE = {
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "no last line end": lambda data: data.rstrip(b"\n"),
    "blank lines": lambda data: data.replace(b"\n", b"\n\n", 1) + b"\n\n",
}
FATAL = {
    "nothing in it": lambda data: b"",
    "blanks": lambda data: b" \n \n",
    "zero bytes": lambda data: bytes(len(data)),
    "a zero byte": lambda data: data[: middle(data)] + b"\0" + data[middle(data) :],
    "binary": lambda data: b"\x81\xfe\xfa\xff" * 40,
}


def outcome(load, folder):
    try:
        found = load(folder)
    except CollectionError as error:
        assert "\n" not in str(error) and "\0" not in str(error)
        return str(error)
    return content(found)


def lists(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in MEDIA)


@pytest.mark.parametrize("name", LAYOUTS)
def test_harmless_differences_change_nothing(name, tmp_path):
    build, load = LAYOUTS[name]
    build(tmp_path)
    expected = outcome(load, tmp_path)
    assert not isinstance(expected, str), expected
    for path in lists(tmp_path):
        data = path.read_bytes()
        for kind, damage in DAMAGE.items():
            path.write_bytes(damage(data))
            assert outcome(load, tmp_path) == expected, (path.name, kind)
        path.write_bytes(data)
    touch(tmp_path, "extra.bin", ".DS_Store", "Thumbs.db")
    assert outcome(load, tmp_path) == expected


@pytest.mark.parametrize("name", LAYOUTS)
def test_damaged_lists_are_named(name, tmp_path):
    build, load = LAYOUTS[name]
    build(tmp_path)
    expected, read = outcome(load, tmp_path), 0
    for path in lists(tmp_path):
        data = path.read_bytes()
        path.unlink()
        if outcome(load, tmp_path) == expected:  # not a file of this loader
            path.write_bytes(data)
            continue
        read += 1
        may_be_empty = path.name.startswith("tags")  # a photo without tags
        for kind, damage in list(FATAL.items())[2 * may_be_empty :]:
            path.write_bytes(damage(data))
            said = outcome(load, tmp_path)
            assert isinstance(said, str) and path.stem in said, (path.name, kind, said)
        path.write_bytes(data)
    assert read


@pytest.mark.parametrize("name", LAYOUTS)
def test_items_that_are_missing_are_named(name, tmp_path):
    build, load = LAYOUTS[name]
    build(tmp_path)
    expected = outcome(load, tmp_path)
    for path in lists(tmp_path):
        if path.parent.name == "mirflickr25k_annotations_v080":  # its topics are what lies there
            continue
        data = path.read_bytes()
        path.unlink()
        said = outcome(load, tmp_path)
        assert said == expected or isinstance(said, str), (path.name, "missing", said)
        path.mkdir()
        said = outcome(load, tmp_path)
        assert said == expected or isinstance(said, str), (path.name, "a folder", said)
        path.rmdir()
        path.write_bytes(data)
    for path in sorted(path for path in tmp_path.rglob("*") if path.suffix in MEDIA):
        data = path.read_bytes()
        path.unlink()
        said = outcome(load, tmp_path)
        assert said == expected or isinstance(said, str), (path.name, "missing", said)
        path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "path", "old", "new", "said"),
    [
        ("clotho", "clotho_captions_validation.csv", "b.wav,", "a.wav,", "validation/a"),
        ("clotho", "clotho_captions_validation.csv", ",caption 4 of it\r\nb", "\r\nb", "line 2 has not the 6 cells"),
        ("clotho", "clotho_captions_validation.csv", "a.wav,", "a.wav,x,", "line 2 has not the 6 cells"),
        ("flickr8k", "Flickr8k.token.txt", "10_x1.jpg#1", "10_x1.jpg#0", "line 2 has 10_x1.jpg#0 a second time"),
        ("flickr8k", "Flickr_8k.testImages.txt", "50_x5", "10_x1", "10_x1"),
        ("iaprtc12", "iaprtc12_test_list.txt", "01/1000", "00/25", "line 1 names 00/25 a second time"),
        ("iaprtc12", "iaprtc12_test_list.txt", "01/1000", "01/1001", "01/1001.eng does not exist"),
        ("mirflickr", "mirflickr25k_annotations_v080/sky.txt", "3\n", "1\n", "names photo 1 a second time"),
        ("mirflickr", "mirflickr25k_annotations_v080/sky.txt", "3\n", "99\n", "tags99.txt does not exist"),
        ("msvd", "youtube_mapping.txt", "vid1301", "vid1201", "bb_1_2 is vid1201 already"),
        ("nus_wide", "Groundtruth/TrainTestLabels/Labels_sky_Test.txt", "0", "7", "holds 7, expected 0 and 1"),
        ("nus_wide", "Groundtruth/TrainTestLabels/Labels_sky_Test.txt", "0", "-1", "holds -1, expected 0 and 1"),
        ("wikipedia", "categories.list", "biology", "art", "names a category twice"),
        ("wikipedia", "testset_txt_img_cat.list", "\t2", "\t3", "a class from 1 to 2"),
        ("wikipedia texts", "testset_txt_img_cat.list", "t5", "t1", "t1"),
        ("esc50", "meta/esc50.csv", "dog,True,1,A\n2", "dog,yes,1,A\n2", "esc10 must be True or False, got 'yes'"),
        ("esc50", "meta/esc50.csv", ",0,dog,True,1,A\n2", "\n2", "has not the 7 cells"),
        ("esc50", "meta/esc50.csv", "1-101", "../audio/1-101", "expected the name of a clip"),
        ("esc50", "meta/esc50.csv", "5-105-A-0.wav,5", "5-105-A-0.wav,6", "an integer from 1 to 5, got '6'"),
        ("ucf101", "ucfTrainTestlist/testlist01.txt", "Archery_g02", "Archery_g01", "v_Archery_g01_c01"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_named(name, path, old, new, said, tmp_path):
    build, load = LAYOUTS[name]
    build(tmp_path)
    data = (tmp_path / path).read_bytes().decode()
    assert old in data
    (tmp_path / path).write_bytes(data.replace(old, new, 1).encode())
    found = outcome(load, tmp_path)
    assert isinstance(found, str) and said in found, found


def test_captions_without_a_photo_are_named(tmp_path):
    pascal_sentence(tmp_path)
    (tmp_path / "dataset/bus/bus1.jpg").unlink()
    with pytest.raises(CollectionError, match=r"bus1\.jpg does not exist"):
        datasets.load_pascal_sentence(tmp_path)
    found = datasets.load_pascal_sentence(tmp_path, on_error="skip")
    assert len(found) == 5 and [problem.item for problem in found.problems] == ["bus1"]


def test_photos_and_tags_of_mirflickr_without_one_another(tmp_path):
    mirflickr(tmp_path)
    (tmp_path / "mirflickr/im4.jpg").unlink()
    with pytest.raises(CollectionError, match=r"im4\.jpg does not exist"):
        datasets.load_mirflickr(tmp_path)
    found = datasets.load_mirflickr(tmp_path, on_error="skip")
    assert len(found) == 5 and [problem.item for problem in found.problems] == ["im4"]


def test_file_names_in_decomposed_form_are_found(tmp_path):
    clotho(tmp_path)
    listed = tmp_path / "clotho_captions_validation.csv"
    listed.write_text(listed.read_text(encoding="utf-8").replace("a.wav", "caf\u00e9.wav"), encoding="utf-8")
    (tmp_path / "validation/a.wav").rename(tmp_path / "validation/cafe\u0301.wav")
    found = datasets.load_clotho(tmp_path)
    (one,) = [record for record in found if record["id"] == "validation/caf\u00e9"]
    assert one["audio"].is_file()


def test_articles_without_a_picture_are_named_where_others_have_one(tmp_path):
    wikipedia(tmp_path)
    assert datasets.load_wikipedia_texts(tmp_path).problems == []
    touch(tmp_path, "images/art/i1.jpg", "images/biology/i2.jpg", "images/biology/i4.jpg")
    found = datasets.load_wikipedia_texts(tmp_path)
    assert len(found) == 5 and [problem.item for problem in found.problems] == ["t5"]
