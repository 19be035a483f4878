"""What a file holds is decoded whole; what is cut, foreign or without an end is named."""

import io
import os
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
import soundfile
from PIL import Image

from classicxm import media
from classicxm.errors import MediaDecodeError
from classicxm.media import mp3

NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)


def encoded(kind, n=40000, **options):
    buffer = io.BytesIO()
    samples = 0.3 * np.random.default_rng(1).uniform(-1, 1, n)
    soundfile.write(buffer, samples, 16000, format=kind, **options)
    return buffer.getvalue()


def length(data):
    return len(media.decode("audio", data).samples)


def without_count(data):
    return data[mp3.frame_at(data, 0).length :]


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mp3_frames_are_counted(mode):
    whole = without_count(encoded("MP3", bitrate_mode=mode, compression_level=0.5))
    expected = length(whole)
    assert 40000 <= expected < 40000 + 4 * 1152
    tag = b"ID3\4\0\0" + bytes([0, 20, 0, 0]) + bytes(20 << 14)
    for around in (tag + whole, whole + b"TAG" + bytes(125)):
        assert length(around) == expected
    assert length(whole + encoded("MP3")) == expected + 40000
    with pytest.raises(MediaDecodeError, match="stops inside its last frame"):
        length(whole[:-20])


def test_mp3_inside_wav():
    frames = without_count(encoded("MP3"))
    head = struct.pack("<IHHIIHH", 16, 0x55, 1, 16000, 8000, 1, 0)
    body = b"WAVEfmt " + head + b"data" + struct.pack("<I", len(frames)) + frames
    assert length(b"RIFF" + struct.pack("<I", len(body)) + body) >= 40000


@pytest.mark.parametrize("content", [b"", b"not one frame of it" * 50], ids=["empty", "noise"])
def test_wav_that_says_mpeg_and_holds_none(content):
    body = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 0x55, 1, 16000, 4000, 1, 0)
    body += b"data" + struct.pack("<I", len(content)) + content
    with pytest.raises(MediaDecodeError, match="holds no MPEG frame"):
        media.decode("audio", b"RIFF" + struct.pack("<I", len(body)) + body)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_wav_of_a_recorder_that_never_closed_it(size):
    data = bytearray(encoded("WAV"))
    at = data.index(b"data")
    data[at + 4 : at + 8] = size.to_bytes(4, "little")
    assert length(bytes(data)) == 40000


@pytest.mark.parametrize("kind", ["AU", "W64", "RF64", "AIFF", "OGG"])
def test_cut_files_are_named(kind):
    data = encoded(kind)
    assert length(data) == 40000
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        length(data[: len(data) // 2])


def test_chained_ogg():
    data = encoded("OGG")
    assert length(data + data) == 80000 == length(data + data + b"trailer" * 9)
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        length(data + data[: data.rindex(b"OggS")])


def test_flac_of_unknown_length():
    data = bytearray(encoded("FLAC"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    assert length(bytes(data)) == 40000
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        length(bytes(data[:-5]))


def test_m4a_says_how_to_convert_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)  # as where the extra is not installed
    with pytest.raises(MediaDecodeError, match="convert it: ffmpeg -i INPUT"):
        length(b"\0\0\0\x20ftypM4A " + bytes(99))


@pytest.mark.parametrize("modality", media.MODALITIES)
def test_pipes_and_devices_are_refused(tmp_path, modality):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", type(tmp_path)("/dev/zero")):
        with pytest.raises(MediaDecodeError, match="a pipe, socket or device"):
            media.decode(modality, path)


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_what_lies_behind_a_picture_is_ignored(extension):
    data = cv2.imencode(extension, NOISE)[1].tobytes()
    expected = media.decode("image", data)
    for seed in range(20):
        trailer = np.random.default_rng(seed).bytes(70000)
        np.testing.assert_array_equal(media.decode("image", data + trailer), expected)
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        media.decode("image", data[: len(data) // 2])


def tiff(pixels, extra):
    """An uncompressed tiff of one strip: grey or RGB, uint8, with the tag of extra samples."""
    height, width, n = pixels.shape
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1 if n < 3 else 2), (273, 0), (277, n)]
    tags += [(278, height), (279, pixels.size), (338, extra)]
    start = 8 + 2 + 12 * len(tags) + 4
    if n > 2:
        tags[2] = (258, None)
    rows = b""
    for tag, value in tags:
        value = start + 2 * n if tag == 273 else value
        rows += (
            struct.pack("<HHII", tag, 3, n, start)
            if value is None
            else struct.pack("<HHII", tag, 4, 1, value)
        )
    depths = struct.pack(f"<{n}H", *[8] * n)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + rows + bytes(4) + depths + pixels.tobytes()


@pytest.mark.parametrize(
    ("pixel", "extra", "expected"),
    [
        ((160, 10, 84, 160), 2, (195, 101, 148)),
        ((100, 6, 53, 160), 1, (195, 101, 148)),
        ((160, 10, 84, 3), 0, (160, 10, 84)),
        ((76, 0), 2, (255, 255, 255)),
        ((76, 0), 0, (76, 76, 76)),
    ],
)
def test_tiff_alpha_is_what_its_tag_says(pixel, extra, expected):
    data = tiff(np.full((4, 6, len(pixel)), pixel, np.uint8), extra)
    assert media.decode("image", data)[2, 3].tolist() == list(expected)


def test_one_grey_of_a_png_is_transparent():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 1, 8, 0, 0, 0, 0)) + chunk(b"tRNS", b"\0\2")
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\1\2\3")) + chunk(b"IEND", b"")
    assert media.decode("image", data)[0, :, 0].tolist() == [1, 255, 3]


@pytest.mark.parametrize("value", [0.0, 0.25, 0.5, 1.0])
def test_floats_mean_the_same_by_file_and_by_array(value):
    pixels = np.full((4, 4), value, np.float32)
    data = cv2.imencode(".tiff", pixels)[1].tobytes()
    np.testing.assert_array_equal(media.decode("image", data), media.decode("image", pixels))
    with pytest.raises(MediaDecodeError, match=r"must lie in \[0, 1\]"):
        media.decode("image", cv2.imencode(".tiff", pixels - 9999)[1].tobytes())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P5\n2 1\n15\n\0\x0f", [0, 255]),
        (b"P5\n2 1\n1023\n\0\0\3\xff", [0, 255]),
        (b"P2\n# note\n2 1\n100\n50 100", [128, 255]),
    ],
)
def test_netpbm_is_scaled_by_its_largest_value(data, expected):
    assert media.decode("image", data)[0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("header", "pixel", "expected"),
    [
        ("DEPTH 3\nMAXVAL 31\nTUPLTYPE RGB", b"\x1f\0\x0f", [255, 0, 123]),
        ("DEPTH 3\nMAXVAL 1000\n# note\nTUPLTYPE RGB", b"\x03\xe8\0\0\x01\xf4", [255, 0, 128]),
        ("DEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA", b"\xa0\x0a\x54\xa0", [195, 101, 148]),
        ("DEPTH 2\nMAXVAL 100\nTUPLTYPE GRAYSCALE_ALPHA", b"\x32\0", [255, 255, 255]),
        ("DEPTH 4\nMAXVAL 255\nTUPLTYPE RGB", b"\xa0\x0a\x54\xa0", [160, 10, 84]),
        ("DEPTH 2\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE", b"\1\0", [255, 255, 255]),
    ],
)
def test_channels_of_pam_are_what_its_header_names(header, pixel, expected):
    data = f"P7\nWIDTH 2\nHEIGHT 1\n{header}\nENDHDR\n".encode() + pixel * 2
    assert media.decode("image", data)[0, 1].tolist() == expected
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        media.decode("image", data[:-1])


@pytest.mark.parametrize(
    ("mode", "value", "expected"), [("I;16", 0x1234, 0x12), ("F", 0.5, 128), ("L", 76, 76)]
)
def test_wide_pictures_of_pil_mean_what_arrays_mean(mode, value, expected):
    picture = Image.new(mode, (3, 2), value)
    assert (media.decode("image", picture) == expected).all()
    assert (media.decode("image", np.asarray(picture)) == expected).all()


def test_grey_of_pil_that_is_multiplied_by_alpha():
    picture = Image.new("LA", (3, 2), (200, 128)).convert("La")
    assert (media.decode("image", picture) == media.decode("image", picture.convert("LA"))).all()


def test_byte_order_is_no_matter():
    wide = np.array([[0x1234, 0xFF00]], ">u2")
    assert media.decode("image", wide)[0, :, 0].tolist() == [0x12, 0xFF]
    samples = media.decode("audio", (np.array([16384, -32768], ">i2"), 8000)).samples
    assert samples.tolist() == [0.5, -1]


@pytest.mark.parametrize(
    ("modality", "item"),
    [
        ("image", np.ma.array(np.zeros((2, 2), np.uint8), mask=np.eye(2))),
        ("audio", (np.ma.array(np.zeros(4), mask=[0, 1, 0, 0]), 8000)),
        ("video", np.ma.array(np.zeros((2, 2, 2, 3), np.uint8), mask=np.ones((2, 2, 2, 3)))),
    ],
)
def test_masked_samples_are_no_values(modality, item):
    with pytest.raises(ValueError, match="masked entries, which are no values"):
        media.decode(modality, item)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_text_with_and_without_a_mark(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes("A café by the lake.\n".encode(encoding))
    assert media.decode("text", path) == "A café by the lake.\n"


def test_codecs_print_nothing(capfd):
    data = cv2.imencode(".jpg", NOISE)[1].tobytes()
    media.decode("image", data[:1500] + bytes(50) + data[1600:])
    assert capfd.readouterr().err == ""
