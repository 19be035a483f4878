"""Pixels turned as EXIF counts, found in PNG, WebP and TIFF content."""

import struct

import numpy as np
import pytest

from classicxm.media.orientation import orientation_of, turned

#: What each orientation makes of [[1, 2, 3], [4, 5, 6]], by Exif 2.32: where row 0 and column 0 of the file are seen.
SEEN = {
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],
    3: [[6, 5, 4], [3, 2, 1]],
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[4, 1], [5, 2], [6, 3]],
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[3, 6], [2, 5], [1, 4]],
}


def tiff(value, order="<"):
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HIHHHIHHI", 42, 8, 1, 274, 3, 1, value, 0, 0)


def png(block):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(block)) + b"eXIf" + block + bytes(4)


def webp(block):
    odd = b"VP8 " + struct.pack("<I", 3) + b"abc\0"  # chunks are padded to even lengths
    body = b"WEBP" + odd + b"EXIF" + struct.pack("<I", len(block)) + block
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("value", SEEN)
def test_pixels_are_turned(value):
    assert turned(np.array(SEEN[1]), value).tolist() == SEEN[value]
    colours = turned(np.zeros((2, 3, 4)), value)
    assert colours.shape == (*np.array(SEEN[value]).shape, 4) and colours.flags.c_contiguous


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wrap", [png, webp, lambda block: block, lambda block: png(b"Exif\0\0" + block)])
def test_orientations_are_found(order, wrap):
    assert orientation_of(wrap(tiff(6, order))) == 6


@pytest.mark.parametrize(
    "data", [b"", b"II", tiff(0), tiff(9), tiff(6)[:12], png(b""), b"RIFF0000WEBP", b"\xff\xd8"]
)
def test_what_does_not_say_is_upright(data):
    assert orientation_of(data) == 1
