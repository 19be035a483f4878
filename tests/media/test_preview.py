"""Previews: sounds and clips as small files that read back as what they were."""

import io

import cv2
import numpy as np
import soundfile

from classicxm.media.audio import as_audio
from classicxm.media.preview import clip_preview, data_uri, first_frame, sound_preview
from classicxm.media.video import Video

CLIP = np.repeat(np.linspace(0, 250, 12, dtype=np.uint8), 41 * 31 * 3).reshape(12, 31, 41, 3)


def test_a_sound_reads_back():
    samples = np.sin(np.arange(800) / 5).astype(np.float32)
    found, rate = soundfile.read(io.BytesIO(sound_preview(as_audio(samples, 8000))))
    assert rate == 8000
    np.testing.assert_allclose(found, samples, atol=1e-4)


def test_a_clip_reads_back_in_even_sides(tmp_path, capfd):
    (tmp_path / "clip.webm").write_bytes(clip_preview(CLIP))
    frames = list(Video(tmp_path / "clip.webm"))
    assert len(frames) == 12 and frames[0].shape == (30, 40, 3)
    np.testing.assert_allclose([frame.mean() for frame in frames], CLIP[:, 0, 0, 0], atol=12)
    assert np.all(np.diff([frame.mean() for frame in frames]) > 0)
    assert capfd.readouterr().err == ""


def test_a_long_and_large_clip_is_bounded(tmp_path):
    long = np.broadcast_to(np.zeros((1, 200, 400, 3), np.uint8), (260, 200, 400, 3))
    (tmp_path / "clip.webm").write_bytes(clip_preview(Video(long, stride=1)))
    capture = cv2.VideoCapture(str(tmp_path / "clip.webm"))
    assert (capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (320, 160)
    n = 0
    while capture.grab():
        n += 1
    assert n == 250


def test_first_frame_and_uri():
    assert first_frame(CLIP).tolist() == CLIP[0].tolist()
    assert data_uri(b"", "video/webm") == "data:video/webm;base64,"
