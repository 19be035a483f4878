"""Containers by their first bytes, and what PyAV reads of them."""

import io

import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.av_streams import AvCapture, format_of, read_sound


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypM4A ", "mov"),
        (b"\x1aE\xdf\xa3", "matroska"),
        (b"RIFF\0\0\0\0AVI ", "avi"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"\xff\xf1\x50", "aac"),
        (b"\xff\xfb\x90", None),
        (b"#EXTM3U\nfile:///etc/passwd", None),
        (b"", None),
    ],
)
def test_formats(head, name):
    assert format_of(head) == name


def encoded(n=8000, rate=16000):
    av = pytest.importorskip("av")
    stream = io.BytesIO()
    with av.open(stream, "w", format="adts") as container:
        out = container.add_stream("aac", rate=rate, layout="mono")
        samples = np.sin(np.arange(n) / 10).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = rate
        for packet in [*out.encode(frame), *out.encode(None)]:
            container.mux(packet)
    return stream.getvalue()


def test_sounds():
    samples, rate = read_sound(encoded(), "a.aac", 10**6)
    assert rate == 16000 and 8000 <= len(samples) < 12000 and np.abs(samples).max() > 0.5
    with pytest.raises(MediaDecodeError, match="has more samples than the limit of 100; cut it"):
        read_sound(encoded(), "a.aac", 100)
    with pytest.raises(MediaDecodeError, match=r"a\.mka: is not readable audio"):
        read_sound(b"\x1aE\xdf\xa3" + bytes(200), "a.mka", 100)


@pytest.mark.parametrize("container", ["webm", "mp4"])
@pytest.mark.parametrize("rate", [16000, 48000])
def test_the_delay_of_opus_is_left_out_whatever_the_rate_was(container, rate):
    av = pytest.importorskip("av")
    stream, click = io.BytesIO(), np.zeros((1, rate), np.int16)
    click[0, rate // 2 : rate // 2 + rate // 400] = 20_000  # 2.5 ms in the middle of a second
    with av.open(stream, "w", format=container) as out:
        sound = out.add_stream("libopus", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(click, format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        out.mux([*sound.encode(frame), *sound.encode(None)])
    samples, found_rate = read_sound(stream.getvalue(), "a", 10**6)
    loudest = np.convolve(np.abs(samples), np.ones(120), "same").argmax()
    assert found_rate == 48000 and abs(loudest - 24060) < 100


def sound_in_mp4():
    av = pytest.importorskip("av")
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as out:
        sound = out.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        out.mux([*sound.encode(frame), *sound.encode(None)])
    return stream.getvalue()


def test_what_is_no_film(tmp_path):
    pytest.importorskip("av")
    (tmp_path / "a.webm").write_bytes(b"\x1aE\xdf\xa3" + bytes(200))
    with pytest.raises(MediaDecodeError, match="is not a readable video"):
        AvCapture(tmp_path / "a.webm", b"\x1aE\xdf\xa3")
    (tmp_path / "a.m4a").write_bytes(data := sound_in_mp4())
    with pytest.raises(MediaDecodeError, match=r"\(no film in it\)"):
        AvCapture(tmp_path / "a.m4a", data[:64])
