"""Pixels turned as EXIF counts, found in JPEG, PNG, WebP and TIFF content."""

import struct

import cv2
import numpy as np
import pytest

from classicxm.media.image import read_image
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


def jpeg(block, behind=b""):
    segment = b"Exif\0\0" + block
    comment = b"\xff\xfe\0\x0eExif\0\0no tag"
    return (
        b"\xff\xd8"
        + comment
        + b"\xff\xe1"
        + struct.pack(">H", len(segment) + 2)
        + segment
        + behind
        + b"\xff\xda"
    )


@pytest.mark.parametrize("value", SEEN)
def test_pixels_are_turned(value):
    assert turned(np.array(SEEN[1]), value).tolist() == SEEN[value]
    colours = turned(np.zeros((2, 3, 4)), value)
    assert colours.shape == (*np.array(SEEN[value]).shape, 4) and colours.flags.c_contiguous


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "wrap", [png, webp, jpeg, lambda block: block, lambda block: png(b"Exif\0\0" + block)]
)
def test_orientations_are_found(order, wrap):
    assert orientation_of(wrap(tiff(6, order))) == 6


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4, 8, 9])
def test_orientations_of_big_tiff_and_of_every_whole_number(order, kind):
    value = struct.pack(order + ("H" if kind in (3, 8) else "I"), 6).ljust(4, b"\0")
    mark = b"II" if order == "<" else b"MM"
    small = mark + struct.pack(order + "HIHHHI", 42, 8, 1, 274, kind, 1) + value
    big = mark + struct.pack(order + "HHHQQHHQ", 43, 8, 0, 16, 1, 274, kind, 1) + value + bytes(4)
    assert [orientation_of(data) for data in (small, jpeg(small), big)] == [6, 6, 6]
    assert orientation_of(big[:8] + b"\xff" * 8 + big[16:]) == 1


@pytest.mark.parametrize(
    "data", [b"", b"II", tiff(0), tiff(9), tiff(6)[:12], png(b""), b"RIFF0000WEBP", b"\xff\xd8"]
)
def test_what_does_not_say_is_upright(data):
    assert orientation_of(data) == 1


def test_a_broken_tag_hides_no_orientation():
    maker = struct.pack("<HHII", 271, 2, 0xFFFFFFFF, 0xFFFFFFF0)
    turn = struct.pack("<HHII", 274, 4, 1, 8)  # a long number, as some write
    block = (
        b"II" + struct.pack("<HIH", 42, 8, 2) + maker + turn + struct.pack("<I", 8)
    )  # and the next directory is this
    assert orientation_of(jpeg(block)) == 8
    pixels = np.random.default_rng(0).integers(0, 255, (8, 16, 3), np.uint8)
    whole = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    upright = read_image(whole)
    np.testing.assert_array_equal(read_image(jpeg(block)[:-2] + whole[2:]), np.rot90(upright))


def test_the_first_of_two_and_none_behind_the_samples():
    second = jpeg(tiff(3))[2:-2]
    assert orientation_of(jpeg(tiff(6), second)) == 6
    assert orientation_of(b"\xff\xd8\xff\xda" + second) == 1
