"""Media as browsers show them: made once, dropped when there are many, and gone in the end."""

import cv2
import numpy as np
import pytest
import soundfile

from classicxm.errors import MediaDecodeError
from classicxm.web import previews as module
from classicxm.web.previews import Previews, stored_file
from tests.retrieval.plain_vectors import plain_retriever


@pytest.fixture
def previews():
    made = Previews()
    yield made
    made.close()


def picture(path, value=200):
    cv2.imwrite(str(path), np.full((40, 80, 3), value, np.uint8))
    return path


def test_thumbnails_are_made_once_and_anew_when_the_file_changes(previews, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(module, "jpeg", lambda source, side: calls.append(side) or b"jpeg")
    path = picture(tmp_path / "a.png")
    for side in (32, 32, 64):
        assert previews.thumbnail(path, "image", side) == b"jpeg"
    path.write_bytes(path.read_bytes() + b"more")
    previews.thumbnail(path, "image", 32)
    assert calls == [32, 64, 32]


def test_the_oldest_are_dropped(previews, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_THUMBNAILS", 1)
    for n in range(3):
        previews.thumbnail(picture(tmp_path / f"{n}.png"), "image", 16)
    assert len(previews.pictures) == 1


def test_files_that_browsers_know_are_left_as_they_are(previews, tmp_path):
    path = picture(tmp_path / "a.PNG")
    assert previews.playable(path, "image") == (path, "image/png") and previews.folder is None


def test_others_are_written_anew_into_a_folder_that_goes(previews, tmp_path):
    soundfile.write(tmp_path / "a.aiff", np.zeros(800), 8000)
    path, kind = previews.playable(tmp_path / "a.aiff", "audio")
    assert kind == "audio/wav" and soundfile.info(path).frames == 800
    assert previews.playable(tmp_path / "a.aiff", "audio")[0] == path
    previews.close()
    assert not path.exists()


def test_files_of_items(tmp_path, previews):
    retriever = plain_retriever(images={"a": [1, 0]})
    with pytest.raises(KeyError, match="item 'a' has no image file"):
        stored_file(retriever, "a", "image")
    with pytest.raises(MediaDecodeError, match="cannot be read"):
        previews.thumbnail(tmp_path / "none.png", "image", 16)
