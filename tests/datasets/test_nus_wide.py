"""NUS-WIDE in its official layout, in miniature."""

import numpy as np
import pytest

from classicxm.datasets import load_nus_wide
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
