"""Forms of the page: what a file is, and what is searched for unless somebody says."""

from pathlib import Path

import pytest
from fastapi import HTTPException

from classicxm.web.forms import _modality, default_target, served_of
from classicxm.web.uploads import Upload


class Model:
    def __init__(self, *names):
        self.retriever = type("Retriever", (), {"extractors_": dict.fromkeys(names)})()


@pytest.mark.parametrize(
    ("names", "target"),
    [(("text", "image"), "image"), (("text", "audio", "video"), "audio"), (("text",), "text")],
)
def test_default_targets(names, target):
    assert default_target(Model(*names)) == target


@pytest.mark.parametrize(
    ("name", "kind", "modality"),
    [
        ("a.png", "image", "image"),
        ("a.wav", "", "audio"),
        ("a.MP4", "application", "video"),
        ("a", "audio", "audio"),
    ],
)
def test_what_a_file_is(name, kind, modality):
    assert _modality(Model("text", "image", "audio", "video"), Upload(name, Path(name)), kind) == modality


def test_an_animated_picture_may_be_a_clip():
    assert _modality(Model("text", "video"), Upload("a.gif", Path("a.gif")), "") == "video"
    assert _modality(Model("image", "video"), Upload("a.gif", Path("a.gif")), "") == "image"


@pytest.mark.parametrize("name", ["a.txt", "a.wav", "a", "a.exe"])
def test_files_that_a_model_does_not_take(name):
    with pytest.raises(HTTPException, match=f"{name} is no file that this model takes: image") as caught:
        _modality(Model("text", "image"), Upload(name, Path(name)), "")
    assert caught.value.status_code == 415


def test_a_file_becomes_an_address_and_the_folder_is_gone(client, scenes, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    picture = Path(scenes[0]["image"]).read_bytes()
    answer = client.post(
        "/", data={"text": "red"}, files={"file": ("a.png", picture, "image/png")}, follow_redirects=False
    )
    assert answer.status_code == 303 and "vector=image." in answer.headers["location"]
    assert list(tmp_path.iterdir()) == [] and client.get(answer.headers["location"]).status_code == 200


def test_models_by_name():
    class Context:
        def served(self, name):
            return name

    assert served_of(Context(), [("text", "x"), ("model", "two")]) == "two"
    assert served_of(Context(), [("model", "")]) is None
