"""Collections become training and test features, by a split that is said in words."""

import json

import numpy as np
import pytest

from classicxm.comparison.data import find_material
from classicxm.datasets import make_scenes
from classicxm.errors import CollectionError


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return make_scenes(24, folder=tmp_path_factory.mktemp("scenes"), modalities=("text", "image"))


@pytest.fixture(scope="module")
def material(scenes):
    return find_material(scenes.root, modalities=["text", "image"], n_jobs=1)


@pytest.mark.slow
def test_splits_and_rows(material, scenes):
    assert [record["id"] for record in material.train] == list(scenes.split("train").ids)
    assert [record["id"] for record in material.test] == list(scenes.split("test").ids)
    (features,) = material.features.values()
    assert len(features.train["text"]) == len(material.train) and len(features.test["image"]) == len(
        material.test
    )
    assert "text: " in features.note and "\n" not in features.note
    assert len(material.order) == 24 and all(np.isfinite(X).all() for X in features.train.values())


@pytest.mark.slow
def test_a_column_may_be_the_split(scenes):
    material = find_material(scenes.root, test="split=train", modalities=["text", "image"], n_jobs=1)
    assert {record["split"] for record in material.test} == {"train"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"test": "split=test", "holdout": 0.2}, "give one of the two"),
        ({"test": "split"}, "COLUMN=VALUE"),
        ({"test": "split=nothing"}, "--test must be COLUMN=VALUE of some items of scenes"),
        ({"modalities": ["text", "video"]}, "video"),
        ({"features": ["nothing"]}, "nothing"),
    ],
)
def test_what_cannot_be_compared(asked, message, scenes):
    with pytest.raises(ValueError, match=message):
        find_material(scenes.root, **{"n_jobs": 1, "modalities": ["text", "image"], **asked})


def test_embeddings_that_are_not_there_are_named_before_anything_is_described(scenes, monkeypatch):
    monkeypatch.setattr(
        "classicxm.comparison.data.load_collection", lambda *given: pytest.fail("read already")
    )
    for entry, message in (
        ("clip=none.npz", "none.npz does not exist"),
        (f"clip={scenes.root}", "is no regular file"),
        ("none.npz", "--embeddings must be NAME=FILE"),
    ):
        with pytest.raises((ValueError, CollectionError), match=message):
            find_material(scenes.root, embeddings=[entry], n_jobs=1)


@pytest.mark.slow
def test_items_without_a_modality_are_counted(scenes, tmp_path):
    lines = [json.loads(line) for line in (scenes.root / "manifest.jsonl").read_text().splitlines()]
    del lines[0]["text"]
    for line in lines:
        line["image"] = str(scenes.root / line["image"])
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    material = find_material(tmp_path, modalities=["text", "image"], n_jobs=1, allow_outside=True)
    assert any(
        "1 of 24 items" in str(note) and "lack text or image" in str(note) for note in material.skipped
    )
