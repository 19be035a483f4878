"""Features that come as embedding files, in the order of the ids or of the source."""

import numpy as np
import pytest

from classicxm.comparison.embedded import with_embeddings
from classicxm.comparison.material import Material
from classicxm.comparison.trials import FeatureSet
from classicxm.errors import CollectionError, UnpairedViewsError

RECORDS = [{"id": name} for name in "abcd"]


@pytest.fixture
def material():
    features = FeatureSet(
        {"text": np.ones((2, 2)), "image": np.ones((2, 3))},
        {"text": np.zeros((2, 2)), "image": np.zeros((2, 3))},
    )
    # training items are c and a, in this order
    a, b, c, d = records = [dict(record) for record in RECORDS]
    return Material("set", [c, a], [b, d], ["text", "image"], {"own": features}, "own", records)


def test_rows_follow_the_source_where_there_are_no_ids(material, tmp_path):
    np.savez(tmp_path / "e.npz", text=np.arange(4.0)[:, None] + 1)
    found = with_embeddings(material, [f"deep={tmp_path / 'e.npz'}"]).features["deep"]
    assert found.train["text"].ravel().tolist() == [3, 1] and found.test["text"].ravel().tolist() == [2, 4]
    assert found.train["image"].shape == (2, 3)  # of the first set
    assert found.note == "text from e.npz; image as in own"


def test_rows_follow_their_ids(material, tmp_path):
    np.savez(tmp_path / "e.npz", image=np.arange(4.0)[:, None] + 1, image_ids=np.array(list("dcba")))
    found = with_embeddings(material, [f"deep:image={tmp_path / 'e.npz'}"]).features["deep"]
    assert found.train["image"].ravel().tolist() == [2, 4] and found.test["image"].ravel().tolist() == [3, 1]


def test_rows_that_are_named_by_files_are_found_by_the_files_of_items(material, tmp_path):
    for record in (*material.train, *material.test):
        record["image"] = tmp_path / f"{ord(record['id'])}.png"
    names = [f"{ord(name)}.png" for name in "dcba"]
    np.savez(tmp_path / "e.npz", image=np.arange(4.0)[:, None] + 1, ids=names)
    found = with_embeddings(material, [f"deep:image={tmp_path / 'e.npz'}"]).features["deep"]
    assert found.train["image"].ravel().tolist() == [2, 4] and found.test["image"].ravel().tolist() == [3, 1]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("deep", "must be NAME=FILE or NAME:MODALITY=FILE, got 'deep'"),
        ("a/b={file}", "must be NAME=FILE"),
        ("deep:audio={file}", "'audio' is not compared here; choose one of text, image"),
        ("own={file}", "features of that name exist already"),
    ],
)
def test_entries_that_are_wrong(entry, message, material, tmp_path):
    np.savez(tmp_path / "e.npz", text=np.eye(4))
    with pytest.raises(ValueError, match=message):
        with_embeddings(material, [entry.format(file=tmp_path / "e.npz")])


def test_files_that_say_nothing(material, tmp_path):
    np.savez(tmp_path / "other.npz", other=np.eye(4))
    with pytest.raises(CollectionError, match="holds no array named after text or image; write deep:text="):
        with_embeddings(material, [f"deep={tmp_path / 'other.npz'}"])
    np.savez(tmp_path / "zero.npz", text=np.zeros((4, 2)))
    with pytest.raises(UnpairedViewsError, match="all embeddings of text are zero"):
        with_embeddings(material, [f"deep={tmp_path / 'zero.npz'}"])
    np.savez(tmp_path / "e.npz", text=np.eye(4))
    with pytest.raises(ValueError, match="text was given twice"):
        with_embeddings(material, [f"deep:text={tmp_path / 'e.npz'}"] * 2)
