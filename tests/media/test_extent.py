"""Uploads that are too large by what their header announces."""

import cv2
import numpy as np
import pytest
import soundfile

from classicxm.errors import MediaDecodeError
from classicxm.media.extent import Bounds, bounded


def test_pictures(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((10, 20, 3), np.uint8))
    assert bounded("image", tmp_path / "a.png", Bounds(pixels=200)).shape == (10, 20, 3)
    with pytest.raises(MediaDecodeError, match="pixels, more than the limit of 199"):
        bounded("image", tmp_path / "a.png", Bounds(pixels=199))


def test_sounds(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(16000), 8000)
    assert bounded("audio", tmp_path / "a.wav", Bounds(sound_seconds=2)) == tmp_path / "a.wav"
    with pytest.raises(MediaDecodeError, match=r"lasts 2 s, more than the limit of 1\.5 s; cut it"):
        bounded("audio", tmp_path / "a.wav", Bounds(sound_seconds=1.5))


def test_clips(tmp_path):
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), 10, (32, 24))
    for _ in range(20):
        writer.write(np.zeros((24, 32, 3), np.uint8))
    writer.release()
    assert sum(1 for _ in bounded("video", path, Bounds(clip_seconds=3))) == 20
    with pytest.raises(MediaDecodeError, match="lasts 2 s, more than the limit of 1 s"):
        bounded("video", path, Bounds(clip_seconds=1))
    with pytest.raises(MediaDecodeError, match="has frames of 32 x 24 pixels, more than the limit of 100"):
        bounded("video", path, Bounds(pixels=100))


def test_lists_of_other_files_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: pytest.fail("it was opened"))
    for content in (b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", b"ffconcat version 1.0\n#\xff\nfile a.mkv\n"):
        (tmp_path / "a.mp4").write_bytes(content)
        with pytest.raises(MediaDecodeError, match="is not a video"):
            bounded("video", tmp_path / "a.mp4", Bounds())
