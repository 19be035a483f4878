"""Frames of MPEG audio, counted one by one."""

import io

import numpy as np
import pytest
import soundfile

from classicxm.media.mp3 import frame_at, looks_like_mpeg, streams

#: MPEG 1 layer 3, 128 kbit/s, 44.1 kHz, stereo: 417 bytes; with padding 418.
HEADER, PADDED = bytes.fromhex("fffb9000"), bytes.fromhex("fffb9200")


def frames(n):
    return (HEADER + bytes(413)) * n


def test_a_header_by_hand():
    frame = frame_at(HEADER, 0)
    assert (frame.length, frame.n_samples, frame.sample_rate, frame.mark) == (
        144 * 128000 // 44100,
        1152,
        44100,
        36,
    )
    assert frame_at(PADDED, 0).length == 418
    mpeg2 = frame_at(bytes.fromhex("fff340c4"), 0)  # MPEG 2 layer 3, 32 kbit/s, 22.05 kHz, mono
    assert (mpeg2.length, mpeg2.n_samples, mpeg2.sample_rate) == (72 * 32000 // 22050, 576, 22050)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfb\x90", b"\x00\xfb\x90\x00", bytes.fromhex("ffebf000"), b"\xff\xfb\xf0\x00"]
)
def test_what_is_no_header(data):
    assert frame_at(data, 0) is None


def test_frames_are_counted():
    (found,) = streams(frames(5))
    assert (found.n_samples, found.problem) == (5 * 1152, None) and b"Xing" in found.data
    (cut,) = streams(frames(5)[:-1])
    assert (cut.n_samples, cut.problem) == (4 * 1152, "stops inside its last frame")
    assert streams(b"no sound")[0].problem == "holds no MPEG frame"


def test_tags_before_and_behind():
    tag = b"ID3\4\0\0\0\0\0\x05hello"
    (found,) = streams(tag + frames(3) + b"TAG" + bytes(125))
    assert (found.n_samples, found.problem) == (3 * 1152, None)
    assert looks_like_mpeg(tag + frames(2)) and not looks_like_mpeg(HEADER + bytes(500))


def test_what_an_encoder_wrote():
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(0).normal(size=44100) / 10, 44100, format="MP3")
    (found,) = streams(stream.getvalue())
    assert found.problem is None and 44100 <= found.n_samples <= 44100 + 4 * 1152
    half = streams(stream.getvalue()[: len(stream.getvalue()) // 2])
    assert half[0].problem is not None
