"""Strips and tiles that hold less than the rows they stand for, by every method whose samples can be counted."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media import tiff, tiff_parts
from classicxm.media.image import read_image
from tests.media.test_tiff_samples import assert_shows

H, W, ROWS = 12, 9, 4
GREY = (np.arange(H)[:, None] * 20 + np.arange(W)).astype(np.uint8)[..., None]
RGB = np.concatenate([GREY, 255 - GREY, GREY // 2], axis=2)


def pack_bits(content):
    pieces = [content[at : at + 128] for at in range(0, len(content), 128)]
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)


def lzw(content):
    """As codes of 9 bits that never repeat anything: the table is cleared before codes grow wider."""
    codes = []
    for at in range(0, len(content), 200):
        codes += [256, *content[at : at + 200]]
    bits = "".join(f"{code:09b}" for code in [*codes, 257])
    bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def jpeg(content):
    block = np.frombuffer(content, np.uint8).reshape(-1, W)
    return cv2.imencode(".jpg", block, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()


METHODS = {1: bytes, 5: lzw, 8: zlib.compress, 32773: pack_bits}


def tiff_of(parts, n_samples, method, rows=ROWS):
    """Strips as they are given."""
    tags = [
        *((256, [W]), (257, [H]), (258, [8]), (259, [method]), (262, [2 if n_samples == 3 else 1])),
        *((277, [n_samples]), (278, [rows]), (279, [*map(len, parts)])),
    ]
    at = 8 + 2 + 12 * (len(tags) + 1) + 4
    begins = np.cumsum([at + 8 * len(parts), *map(len, parts)])[:-1].tolist()
    entries, rest = b"", b""
    for tag, numbers in sorted([*tags, (273, begins)]):
        content = struct.pack(f"<{len(numbers)}I", *numbers)
        if len(numbers) > 1:
            rest, content = rest + content, struct.pack("<I", at + len(rest))
        entries += struct.pack("<HHI", tag, 4, len(numbers)) + content
    head = b"II" + struct.pack("<HIH", 42, 8, len(tags) + 1) + entries + bytes(4)
    return (head + rest).ljust(at + 8 * len(parts), b"\0") + b"".join(parts)


def strips(samples, rows=ROWS):
    return [samples[at : at + rows].tobytes() for at in range(0, H, rows)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("samples", [GREY, RGB], ids=["grey", "rgb"])
@pytest.mark.parametrize("rows", [ROWS, 5])
def test_rows_that_are_missing_inside_the_file(method, samples, rows):
    whole = strips(samples, rows)
    assert_shows(tiff_of([*map(METHODS[method], whole)], samples.shape[2], method, rows), samples)
    for short in range(len(whole)):
        for n_missing in (2, W * samples.shape[2], len(whole[short]) - 2):
            parts = [
                METHODS[method](part[: len(part) - n_missing * (number == short)])
                for number, part in enumerate(whole)
            ]
            with pytest.raises(MediaDecodeError, match=r"stops before its end|contents are damaged"):
                read_image(tiff_of(parts, samples.shape[2], method, rows))


def test_jpeg_inside_that_is_cut():
    parts = [jpeg(part) for part in strips(GREY)]
    assert_shows(tiff_of(parts, 1, 7), GREY, 6)
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        read_image(tiff_of([parts[0], parts[1][:-2], parts[2]], 1, 7))


def test_one_strip_whose_length_was_never_filled_in_is_whole():
    data = tiff_of([RGB.tobytes()], 3, 1, H)
    empty = data.replace(struct.pack("<HHII", 279, 4, 1, RGB.size), struct.pack("<HHII", 279, 4, 1, 0))
    assert empty != data
    assert_shows(empty, RGB)


def test_layout():
    data = tiff_of(strips(RGB, 5), 3, 1, 5)
    tags = tiff.read_tags(data)
    found = tiff_parts.layout(data, tags)
    assert (found.n_across, found.n_down, found.row_bytes(tags)) == (1, 3, 27)
    assert [found.n_rows(number, tags) for number in range(3)] == [5, 5, 2]
    assert tiff_parts.places(data, tags)[1] == (135, 135, 54)
    assert tiff_parts.problem(data, tags) is None
    assert tiff_parts.problem(data[:-1], tags) == "it stops before its end"


def test_parts_that_lie_upon_each_other_have_a_bound():
    parts = strips(GREY, 1)
    data = bytearray(tiff_of(parts, 1, 1, 1))
    tags = tiff.read_tags(bytes(data))
    assert tiff_parts.problem(bytes(data), tags) is None
    n, where = struct.unpack_from("<II", data, tags.entries[279] + 4)
    data += bytes(1 << 20)
    begins = struct.unpack_from("<I", data, tags.entries[273] + 8)[0]
    struct.pack_into(f"<{n}I", data, begins, *[0] * n)
    struct.pack_into(f"<{n}I", data, where, *[len(data)] * n)
    assert tiff_parts.problem(bytes(data), tags) is None
    many = tags._replace(height=600)
    wide = bytes(data) + struct.pack("<600I", *[0] * 600) + struct.pack("<600I", *[len(data)] * 600)
    wide = bytearray(wide)
    struct.pack_into("<II", wide, tags.entries[273] + 4, 600, len(data))
    struct.pack_into("<II", wide, tags.entries[279] + 4, 600, len(data) + 2400)
    assert tiff_parts.problem(bytes(wide), many) == "its header is damaged"
