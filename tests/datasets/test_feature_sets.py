"""Sets whose features or tags and topics are given out: NUS-WIDE, MIRFlickr-25K, Multiple Features, in miniature."""

import tarfile

import numpy as np
import pytest

from classicxm.datasets import load_mirflickr, load_multiple_features, load_nus_wide
from classicxm.datasets.mfeat import VIEWS
from classicxm.datasets.number_files import read_matrix
from classicxm.datasets.nus_wide import FEATURES
from classicxm.errors import CollectionError

N = {"Train": 6, "Test": 4}


@pytest.fixture
def nus_wide(tmp_path):
    rng = np.random.default_rng(0)
    for folder in ("Low_Level_Features", "NUS_WID_Tags", "Groundtruth/TrainTestLabels", "ImageList"):
        (tmp_path / folder).mkdir(parents=True)
    for split, n in N.items():
        for name, width in FEATURES.items():
            stem = f"BoW_{split}_int" if name == "BoW" else f"{split}_Normalized_{name}"
            np.savetxt(
                tmp_path / "Low_Level_Features" / f"{stem}.dat",
                rng.random((n, width)),
                fmt="%.4g",
                newline=" \n",
            )
        np.savetxt(
            tmp_path / "NUS_WID_Tags" / f"{split}_Tags1k.dat", rng.integers(0, 2, (n, 1000)), "%d", "\t"
        )
        labels = {"airport": [1] + [0] * (n - 1), "sky": [1] * (n - 1) + [0], "water": [0, 1] * (n // 2)}
        for concept, column in labels.items():
            path = tmp_path / "Groundtruth/TrainTestLabels" / f"Labels_{concept}_{split}.txt"
            path.write_text("".join(f"{value}\n" for value in column))
        lines = "".join(f"actor\\{place:04d}_{1000 + place}.jpg\n" for place in range(n))
        (tmp_path / "ImageList" / f"{split}Imagelist.txt").write_text(lines)
    return tmp_path


def test_nus_wide(nus_wide):
    found = load_nus_wide(nus_wide)
    assert found.train.image.shape == (6, 634) and found.test.text.shape == (4, 1000)
    assert found.train.image.dtype == np.float32 and found.train.labels.dtype == bool
    assert found.concepts == ["airport", "sky", "water"] and found.train.ids[:2] == ["1000", "1001"]
    assert found.train.labels[:, 0].tolist() == [True] + [False] * 5
    wanted = np.loadtxt(nus_wide / "Low_Level_Features" / "Test_Normalized_CH.dat")
    assert np.allclose(found.test.image[:, :64], wanted, atol=1e-6)
    assert set(np.unique(found.train.text)) == {0, 1}


def test_nus_wide_frequent_concepts_and_other_features(nus_wide):
    found = load_nus_wide(nus_wide, features=["BoW", "CM55"], n_concepts=1)
    assert found.concepts == ["sky"] and found.train.image.shape == (5, 725)
    assert len(found.train.ids) == len(found.train.text) == 5 and found.test.labels.shape == (3, 1)
    with pytest.raises(ValueError, match=r"n_concepts must be from 1 to 3, got 4"):
        load_nus_wide(nus_wide, n_concepts=4)
    with pytest.raises(ValueError, match="features must be some of CH"):
        load_nus_wide(nus_wide, features=["SIFT"])


def test_nus_wide_what_is_wrong(nus_wide):
    (nus_wide / "ImageList" / "TestImagelist.txt").write_text("a\\1_2.jpg\n")
    with pytest.raises(CollectionError, match=r"Test_Normalized_CH.dat has 4 rows, expected 1"):
        load_nus_wide(nus_wide)
    (nus_wide / "ImageList" / "TrainImagelist.txt").write_text("nothing\n")
    with pytest.raises(CollectionError, match="line 1: expected CONCEPT"):
        load_nus_wide(nus_wide)
    (nus_wide / "ImageList" / "TrainImagelist.txt").unlink()
    with pytest.raises(CollectionError, match=r"has no ImageList/TrainImagelist.txt"):
        load_nus_wide(nus_wide)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n3 x\n", "holds something that is no number"),
        ("1 2\n3\n", r"holds rows of \[1, 2\] numbers"),
        ("", "holds rows of no numbers"),
        ("1 nan\n", "holds NaN or infinity"),
    ],
)
def test_a_matrix_that_is_wrong(tmp_path, text, message):
    (tmp_path / "x.dat").write_text(text)
    with pytest.raises(CollectionError, match=message):
        read_matrix(tmp_path / "x.dat")
    with pytest.raises(CollectionError, match="cannot be read"):
        read_matrix(tmp_path / "none.dat")


@pytest.fixture
def mirflickr(tmp_path):
    photos = tmp_path / "mirflickr"
    (photos / "meta" / "tags").mkdir(parents=True)
    for number in range(1, 11):
        (photos / f"im{number}.jpg").write_bytes(b"photo")
        (photos / "meta" / "tags" / f"tags{number}.txt").write_text(
            "" if number == 2 else f"sunset\ncanon{number}\n"
        )
    topics = tmp_path / "mirflickr25k_annotations_v080"
    topics.mkdir()
    for name, numbers in {"sky": [1, 3, 10], "baby": [1], "baby_r1": [1], "README": ["some words"]}.items():
        (topics / f"{name}.txt").write_text("".join(f"{number}\n" for number in numbers))
    return tmp_path


def test_mirflickr(mirflickr):
    found = load_mirflickr(mirflickr)
    assert found.ids[-1] == "im10" and len(found) == 10
    assert found[0]["text"] == "sunset canon1" and found[0]["label"] == ["baby", "sky"]
    assert "text" not in found[1] and "label" not in found[1]
    splits = found.column("split")
    assert splits == ["train"] * 3 + ["test"] * 2 + ["train"] * 3 + ["test"] * 2
    assert load_mirflickr(mirflickr, relevant=True).labels[:2] == [["baby"], None]
    assert load_mirflickr(mirflickr / "mirflickr").ids == found.ids
    (mirflickr / "mirflickr/meta/tags/tags3.txt").unlink()
    with pytest.raises(CollectionError, match=r"tags3.txt does not exist"):
        load_mirflickr(mirflickr)
    assert len(load_mirflickr(mirflickr, on_error="skip")) == 9
    (mirflickr / "mirflickr25k_annotations_v080" / "sky.txt").write_text("one\n")
    with pytest.raises(CollectionError, match=r"sky.txt: line 1: expected the number of a photo, got 'one'"):
        load_mirflickr(mirflickr)


def test_mirflickr_without_topics(mirflickr):
    for path in (mirflickr / "mirflickr25k_annotations_v080").iterdir():
        path.unlink()
    with pytest.raises(CollectionError, match="has no mirflickr25k_annotations_v080 with topics"):
        load_mirflickr(mirflickr)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mfeat")
    for name, width in VIEWS.items():
        numbers = np.arange(2000)[:, None] + np.arange(width) / 1000
        np.savetxt(folder / f"mfeat-{name}", numbers, fmt="%9.3f")
    return folder


def test_multiple_features(digits):
    found = load_multiple_features(digits)
    assert {name: view.shape for name, view in found.train.views.items()} == {
        n: (1500, w) for n, w in VIEWS.items()
    }
    assert np.bincount(found.test.labels).tolist() == [50] * 10
    assert found.test.views["mor"][0, 0] == 150 and found.train.views["fou"][150, 0] == 200
    assert found.train.labels[[0, 149, 150]].tolist() == [0, 0, 1]
    assert len(load_multiple_features(digits, n_test=100).test.labels) == 1000
    with pytest.raises(ValueError, match="n_test must be from 1 to 199"):
        load_multiple_features(digits, n_test=200)


def test_multiple_features_in_their_archive(digits, tmp_path):
    with tarfile.open(tmp_path / "mfeat.tar", "w") as archive:
        for path in digits.iterdir():
            archive.add(path, f"mfeat/{path.name}")
    assert len(load_multiple_features(tmp_path).train.labels) == 1500
    (tmp_path / "mfeat.tar").write_bytes(b"no archive")
    with pytest.raises(CollectionError, match=r"mfeat.tar is no whole archive"):
        load_multiple_features(tmp_path)
    (tmp_path / "mfeat.tar").unlink()
    with pytest.raises(CollectionError, match="has no mfeat-fac"):
        load_multiple_features(tmp_path)
    (tmp_path / "mfeat-fac").write_text("1 2\n")
    with pytest.raises(CollectionError, match="mfeat-fac has 1 rows, expected 2000"):
        load_multiple_features(tmp_path)
