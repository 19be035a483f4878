"""Blocks of GIF by hand: the first picture alone, whatever later ones say of transparency."""

import struct

import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.gif import blocks, first_picture, size
from classicxm.media.image import read_image

RED, BLUE = (200, 0, 0), (0, 0, 200)
TRANSPARENT, OPAQUE = b"!\xf9\4\1\0\0\0\0", b"!\xf9\4\0\0\0\0\0"  # of colour 0
PIXEL = b"\2\2D\1\0"  # one pixel of colour 0


def picture(control=b"", left=0, top=0):
    return control + b"," + struct.pack("<HHHHB", left, top, 1, 1, 0) + PIXEL


def film(*pictures, width=1, height=1):
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 1, 0)
        + bytes(RED + BLUE)
        + b"".join(pictures)
        + b";"
    )


@pytest.mark.parametrize(
    ("pictures", "pixel"),
    [
        ([picture()], RED),
        ([picture(TRANSPARENT)], (255, 255, 255)),
        ([picture(TRANSPARENT), picture(OPAQUE)], (255, 255, 255)),
        ([picture(TRANSPARENT), picture()], (255, 255, 255)),
        ([picture(OPAQUE), picture(TRANSPARENT)], RED),
        ([b"!\xfe\3abc\0", picture(TRANSPARENT), picture(OPAQUE)], (255, 255, 255)),
        ([TRANSPARENT, b"!\1\x0c" + bytes(12) + b"\1x\0", picture()], RED),  # of a text, not of the picture
    ],
)
def test_later_pictures_say_nothing_of_the_first(pictures, pixel):
    assert read_image(film(*pictures)).tolist() == [[list(pixel)]]


def test_a_picture_beyond_its_screen_is_whole():
    data = film(picture(TRANSPARENT, left=2, top=1), width=0, height=0)
    assert size(data) == (3, 2)
    assert read_image(data).shape == (2, 3, 3)


def test_blocks():
    data = film(picture(OPAQUE), b"\0\0", picture())
    assert [(kind, data[start]) for kind, start, _ in blocks(data)] == [
        (33, 33),
        (44, 44),
        (44, 44),
        (59, 59),
    ]
    assert first_picture(data) == film(picture(OPAQUE))
    assert first_picture(film()) == "it holds no picture"


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20])
def test_cut(n):
    data = film(picture(OPAQUE), picture())
    assert first_picture(data[:-n]) == "it stops before its end"
    with pytest.raises(MediaDecodeError, match="stops before its end"):
        read_image(data[:-n])


def test_all_beginnings_are_answered():
    data = film(picture(TRANSPARENT), picture())
    for n in range(6, len(data)):
        assert first_picture(data[:n]) == "it stops before its end"
    assert np.array_equal(read_image(data + b"more;"), read_image(data))
