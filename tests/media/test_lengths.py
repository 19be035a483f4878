"""Lengths that are announced wrongly, and files that are joined, cut, or hold more than their header says."""

import io
import os
import struct
import time

import numpy as np
import pytest
import soundfile

from classicxm import media
from classicxm.errors import MediaDecodeError
from classicxm.media import av_streams
from classicxm.media.video_container import ends_early

N = 40000
SOUND = 0.3 * np.random.default_rng(1).uniform(-1, 1, N)
JUNK = np.random.default_rng(2).bytes(100_000)
ID3 = b"ID3\4\0\x10\0\0\0\5hello3DI\4\0\x10\0\0\0\5"  # with a footer
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0x80000000) + bytes(8)


def encoded(kind, samples=SOUND, **options):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 16000, format=kind, **options)
    return buffer.getvalue()


def length(data):
    return len(media.decode("audio", data).samples)


def replaced(data, at, new):
    return data[:at] + new + data[at + len(new) :]


def chunked(head, *chunks):
    body = head + b"".join(name + struct.pack("<I", len(inside)) + inside for name, inside in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


WAV, AIFF, CAF, W64, AU = (encoded(kind) for kind in ("WAV", "AIFF", "CAF", "W64", "AU"))
SAMPLES = WAV[44:]
FORMAT = WAV[20:36]
FLAC, OGG, MP3 = encoded("FLAC"), encoded("OGG"), encoded("MP3")


@pytest.mark.parametrize(
    "data",
    [
        replaced(WAV, WAV.index(b"data") + 4, struct.pack("<I", 4000)),
        replaced(AIFF, AIFF.index(b"SSND") + 4, struct.pack(">I", 4008)),
        replaced(CAF, CAF.index(b"data") + 4, struct.pack(">q", -1)),
        replaced(CAF, CAF.index(b"data") + 4, struct.pack(">q", 0)),
        replaced(FLAC, 22, struct.pack(">I", 4000)),
        W64 + b"TAG" + bytes(125),
        chunked(
            b"WAVE", (b"fmt ", FORMAT), (b"LIST", b"INFOISFT\3\0\0\0abc"), (b"data", SAMPLES)
        ),  # not padded
        ID3 + WAV,
        ID3 + FLAC,
        ID3 + APE + MP3,
        MP3 + APE + b"TAG" + bytes(125),
    ],
    ids=["wav", "aiff", "caf", "caf0", "flac", "w64", "odd", "id3wav", "id3flac", "id3mp3", "mp3ape"],
)
def test_all_that_is_there_is_decoded(data):
    assert length(data) == N


@pytest.mark.parametrize("between", [b"", b"\0" * 100_000, ID3], ids=["nothing", "zeros", "id3"])
@pytest.mark.parametrize("data", [MP3, OGG], ids=["mp3", "ogg"])
def test_joined_streams_are_all_read(data, between):
    assert length(data + between + data) == 2 * N


def test_joined_flac_and_wav():
    assert length(FLAC + FLAC) == length(WAV + WAV + WAV) - N == 2 * N
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        length(WAV + WAV[:-2])


def test_frames_behind_damage_are_found_and_the_damage_is_named():
    with pytest.warns(UserWarning, match=r"100,\d+ bytes before or between its frames"):
        assert length(MP3 + JUNK + MP3) == 2 * N
    with pytest.warns(UserWarning, match="bytes before or between its frames"):
        assert N <= length(JUNK[:5000] + MP3[200:]) < N + 4 * 1152  # cut out of a stream
    assert length(OGG + JUNK + OGG) == 2 * N


def test_one_channel_after_two():
    both = encoded("MP3", np.stack([SOUND, SOUND], 1), bitrate_mode="CONSTANT", compression_level=0.5)
    assert length(both + MP3) == length(MP3 + both) == 2 * N


@pytest.mark.parametrize(
    "data",
    [
        replaced(AU, 8, struct.pack(">I", 4000)),
        replaced(replaced(WAV, 4, struct.pack("<I", 4036)), 40, struct.pack("<I", 4000)),
        CAF + JUNK,
    ],
    ids=["au", "wav", "caf"],
)
def test_bytes_that_nothing_announces_are_named(data):
    with pytest.warns(UserWarning, match="bytes behind the samples that its header announces"):
        length(data)


def pages(data):
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"OggS"]
    return [data[start:stop] for start, stop in zip(starts, [*starts[1:], None], strict=True)]


def test_missing_and_damaged_pages_are_named():
    data = encoded("OGG", np.tile(SOUND, 3))
    found = pages(data)
    assert len(found) > 5
    with pytest.raises(MediaDecodeError, match=r"lacks the pages before its page 4"):
        length(b"".join(found[:3] + found[4:]))
    at = data.index(found[3]) + len(found[3]) // 2
    with pytest.raises(MediaDecodeError, match="is damaged at its page 3"):
        length(replaced(data, at, bytes([data[at] ^ 1])))


def test_cut_caf_is_named():
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        length(CAF[:-10])


def by_av(name, codec):
    av = pytest.importorskip("av")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=name) as container:
        stream = container.add_stream(codec, rate=48000)
        for start in range(0, 96000, 960):
            part = (8000 * np.sin(np.arange(start, start + 960) / 9)).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "codec"),
    [("webm", "libopus"), ("matroska", "flac"), ("mp4", "aac"), ("wv", "wavpack"), ("ogg", "flac")],
)
def test_other_containers_are_whole_or_named(name, codec):
    data = by_av(name, codec)
    for whole in (data, data + b"TAG" + bytes(125)):
        assert abs(length(whole) - 96000) < 2500
    with pytest.raises(MediaDecodeError, match=r"stops before its end|is not readable audio"):
        length(data[: len(data) * 2 // 3])


EBML = bytes.fromhex(
    "1a45dfa384428100ff 1853806701ffffffffffffff 1f43b67501ffffffffffffff e78100".replace(" ", "")
)


@pytest.mark.parametrize(
    "whole",
    [
        EBML + b"\xa3\x85" + bytes(5),  # blocks of a cluster of unknown length
        EBML[:9] + b"\x18\x53\x80\x67\x85" + bytes(5),
        b"RIFF\0\0\0\0AVI LIST\xff\xff\xff\xffmovi00dc\4\0\0\0abcd",
        b"FLV\1\1" + struct.pack(">II", 9, 0) + b"\x09\0\0\4" + bytes(11 + 4),
        b"\0\0\1\xba\x44" + bytes(9) + b"\0\0\1\xe0\0\4abcd",
        (b"\x47" + bytes(187)) * 4,
        b"GIF89a\2\0\2\0\0\0\0\x21\xf9\4" + bytes(4) + b"\0\x2c" + bytes(9) + b"\2\3abc\0\x3b",
        b"\0\0\0\x0cftypisom\0\0\0\x0bmdatabc",
    ],
    ids=["clusters", "segment", "avi", "flv", "mpeg", "ts", "gif", "mp4"],
)
def test_films_end_where_their_parts_do(whole):
    def early(data):
        return ends_early(io.BytesIO(data), len(data))

    assert not early(whole) and early(whole[:-1])
    if whole[:1] != b"\x47":
        assert not early(whole + b"TAG" + bytes(125)) and not early(whole + b"\0" * 5000)


def test_containers_without_an_end_are_given_up(tmp_path, monkeypatch):
    pytest.importorskip("av")
    path = tmp_path / "sparse.avi"
    path.write_bytes(b"RIFF\xf0\xff\xff\x7fAVI LIST")
    os.truncate(path, 6 << 30)
    monkeypatch.setattr(av_streams, "SECONDS", (0.2, 0.2))
    began = time.monotonic()
    with pytest.raises(MediaDecodeError, match="is not a readable video"):
        av_streams.AvCapture(path, b"RIFF\xf0\xff\xff\x7fAVI LIST")
    assert time.monotonic() - began < 20
