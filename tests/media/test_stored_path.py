"""Files that a model names are opened inside its collection's folder only, and only if they are regular."""

import json
import os

import cv2
import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.datasets import load_collection, make_scenes
from classicxm.errors import ItemError, OutsideRootError
from classicxm.image import ColorHistogram
from classicxm.media.stored_path import stored_path
from classicxm.reports import Answer, answers_html
from classicxm.retrieval import CrossModalRetriever, Hit
from classicxm.text import TfidfText


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    rows = []
    for scene in make_scenes(24, modalities=("text", "image")):
        cv2.imwrite(str(folder / f"{scene['id']}.png"), scene["image"])
        rows.append({"id": scene["id"], "text": scene["text"], "image": f"{scene['id']}.png"})
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture
def model(collection, tmp_path):
    retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(3))
    return retriever.fit_collection(load_collection(collection)).save(tmp_path / "model")


def test_the_root_is_stored_once_and_can_be_given_anew(model, collection, tmp_path):
    assert str(collection) not in (model / "items.jsonl").read_text()
    key = "scene-0000"
    loaded = CrossModalRetriever.load(model)
    assert loaded.payload_[key]["image"] == "scene-0000.png"
    assert loaded.payload_of(key)["image"] == str(collection / "scene-0000.png")
    os.rename(collection, tmp_path / "moved")
    with pytest.raises(ItemError, match="cannot be opened"):
        CrossModalRetriever.load(model).explain({"text": "red"}, key, "image")
    retriever = CrossModalRetriever.load(model, root=tmp_path / "moved")
    assert retriever.explain({"text": "red"}, key, "image").id == key


def test_a_root_from_here_means_the_same_from_elsewhere(model, collection, tmp_path, monkeypatch):
    os.rename(collection, tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    retriever = CrossModalRetriever.load(model, root="moved")
    hits = retriever.search({"text": "red"}, "image", 1)
    page = answers_html(
        "t", "n", [Answer("a", {"text": "red"}, "image", hits)], opened=retriever.stored_media
    )
    assert "data:image" in page and "cannot be shown" not in page
    retriever.save(model)
    monkeypatch.chdir("/")
    assert CrossModalRetriever.load(model).explain({"text": "red"}, hits[0].id, "image").id == hits[0].id


@pytest.mark.parametrize("named", ["../secret.png", "ABSOLUTE", "link.png", "linked/secret.png"])
def test_what_lies_outside_is_refused_by_name(model, collection, tmp_path, named):
    secret = tmp_path / "secret.png"
    cv2.imwrite(str(secret), np.full((9, 9, 3), 7, np.uint8))
    (collection / "link.png").symlink_to(secret)
    (collection / "linked").symlink_to(tmp_path)
    named = str(secret) if named == "ABSOLUTE" else named
    for allowed in (False, True):
        retriever = CrossModalRetriever.load(model, allow_outside=allowed)
        path = os.path.join(retriever.root_, named)
        retriever.payload_["scene-0000"]["image"] = path
        hit = Hit("scene-0000", 1.0, retriever.payload_["scene-0000"])
        answer = Answer("a", {"text": "red"}, "image", [hit])
        page = answers_html("t", "n", [answer], opened=retriever.stored_media)
        assert ("data:image/jpeg" in page) == allowed and ("cannot be shown" in page) != allowed
        if allowed:
            retriever.explain({"text": "red"}, "scene-0000", "image")
        else:
            with pytest.raises(ItemError, match=r"secret.png|link.png") as caught:
                retriever.explain({"text": "red"}, "scene-0000", "image")
            assert "lies outside" in str(caught.value)


def test_fifos_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", "/dev/zero", tmp_path):
        with pytest.raises(OutsideRootError, match="is not a regular file"):
            stored_path(str(path), tmp_path, allow_outside=True)
        hit = Hit("a", 1.0, {"image": str(path)})
        answers = [Answer("a", {"image": path}, "image", [hit])]
        assert answers_html("t", "n", answers).count("cannot be shown") >= 2
