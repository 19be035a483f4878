"""Sun raster files by hand: depths with and without a map of colours."""

import struct

import numpy as np
import pytest

from classicxm.media.image import read_image
from classicxm.media.sun import MARK, mended

MAP = bytes([10, 20, 30, 40, 50, 60])  # reds, greens, blues of two colours


def raster(bits, rows, width, table=b""):
    head = struct.pack(">7I", width, len(rows), bits, sum(map(len, rows)), 1, bool(table), len(table))
    return MARK + head + table + b"".join(rows)


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (raster(1, [b"\xa0\0"], 3), [[0] * 3, [255] * 3, [0] * 3]),
        (raster(1, [b"\x40\0"], 2, MAP), [[10, 30, 50], [20, 40, 60]]),
        (raster(8, [b"\0\1"], 2, MAP), [[10, 30, 50], [20, 40, 60]]),
        (raster(8, [b"\7\x09"], 2), [[7] * 3, [9] * 3]),
        (raster(24, [b"\3\2\1\6\5\4"], 2), [[1, 2, 3], [4, 5, 6]]),
        (raster(32, [b"\0\3\2\1\0\6\5\4"], 2), [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_colours(data, row):
    assert read_image(data).tolist() == [row]


def test_what_needs_no_mending_is_left():
    pixels = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    assert mended(pixels, raster(24, [bytes(6)], 2)) is pixels
