"""Program and transport streams that stop before their end, also between two packets."""

import io
import warnings

import numpy as np
import pytest

from classicxm.media.mpeg_ends import packet_layout, program_is_cut, transport_is_cut
from classicxm.media.video import Video


def film(container, codec):
    av = pytest.importorskip("av")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 96, 64, "yuv420p", 5
        stream.bit_rate = 4_000_000
        for n in range(8):
            pixels = np.random.default_rng(n).integers(0, 255, (64, 96, 3)).astype(np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def warned(folder, data):
    path = folder / "clip"
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        n_frames = sum(1 for _ in Video(path))
    return n_frames, [str(one.message) for one in found]


@pytest.mark.parametrize("codec", ["mpeg2video", "mpeg4"])
def test_transport_streams(codec, tmp_path):
    data = film("mpegts", codec)
    for whole in (data, data + b"TAG" + bytes(125), data + bytes(5000)):
        assert warned(tmp_path, whole) == (8, [])
    for end in (len(data) - 1, (len(data) // 188 - 1) * 188, (len(data) // 376) * 188):
        assert "truncated" in warned(tmp_path, data[:end])[1][0]


@pytest.mark.parametrize(("container", "codec"), [("vob", "mpeg2video"), ("mpeg", "mpeg1video")])
def test_program_streams(container, codec, tmp_path):
    data = film(container, codec)
    for whole in (data, data + data, data + b"TAG" + bytes(125), data + bytes(5000), data + b"\0\0\1\xb9"):
        assert warned(tmp_path, whole)[1] == []
    starts = [at for at in range(0, len(data), 2048) if data[at : at + 4] == b"\0\0\1\xba"]
    cut = [
        program_is_cut(io.BytesIO(data[:end]), end) for end in (*starts[3:], starts[-1] + 14, len(data) - 1)
    ]
    assert (
        cut[-2:] == [True, True] and sum(cut) > len(cut) / 2
    )  # a pack may be filled up in the middle of a film too


def packet(stream, begins, payload, room=184):
    """A packet of a transport stream; what the payload leaves of it is stuffed."""
    stuffing = room - len(payload)
    field = (
        b"" if not stuffing else bytes([stuffing - 1]) + (b"\0" + b"\xff" * (stuffing - 2))[: stuffing - 1]
    )
    control = 0x30 if stuffing else 0x10
    return bytes([0x47, 0x40 * begins | stream >> 8, stream & 255, control]) + field + payload


def test_announced_lengths_of_sound_in_transport_streams():
    table = packet(0, True, b"\0" * 20)
    frame = b"\0\0\1\xc0" + (300).to_bytes(2, "big") + bytes(300)
    whole = table * 2 + packet(256, True, frame[:184]) + packet(256, False, frame[184:])
    exact = b"\0\0\1\xc0" + (362).to_bytes(2, "big") + bytes(362)
    for data in (whole, table * 2 + packet(256, True, exact[:184]) + packet(256, False, exact[184:])):
        assert packet_layout(data) == (0, 188)
        assert not transport_is_cut(io.BytesIO(data), len(data), 0, 188)
        assert transport_is_cut(io.BytesIO(data[:-188]), len(data) - 188, 0, 188)
