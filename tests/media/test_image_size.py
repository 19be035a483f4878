"""Sizes are read from headers alone, of pictures that encoders write and of hand-made ones."""

import struct

import cv2
import numpy as np
import pytest

from classicxm.media.image_size import header_size


@pytest.mark.parametrize("kind", ["png", "jpg", "bmp", "webp", "pgm", "ppm", "tiff", "hdr"])
def test_what_encoders_write(kind):
    picture = np.random.default_rng(0).random((23, 41, 3))
    picture = picture.astype(np.float32) if kind == "hdr" else (255 * picture).astype(np.uint8)
    encoded = cv2.imencode(f".{kind}", picture if kind != "pgm" else picture[..., 0])[1].tobytes()
    assert header_size(encoded)[:2] == (41, 23)


def test_bytes_of_a_pixel_bound_what_decoding_takes():
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 70_000, 60_000)
    assert header_size(header + b"\x08\x02") == (70_000, 60_000, 3)
    assert header_size(header + b"\x10\x06") == (70_000, 60_000, 8)
    assert header_size(header + b"\x08\x00") == (70_000, 60_000, 1)
    assert header_size(b"P2 7 5 255\n" + b"0 " * 35) == (7, 5, 64)


def test_bitmaps_of_both_kinds_and_rows_from_the_top():
    head = b"BM" + bytes(12)
    assert header_size(head + struct.pack("<Iii", 40, 9, -8) + bytes(30)) == (9, 8, 4)
    assert header_size(head + struct.pack("<IHH", 12, 9, 8) + bytes(30)) == (9, 8, 4)


def test_what_is_no_picture_has_no_size():
    assert header_size(b"")[:2] == header_size(b"words")[:2] == header_size(b"II*\0")[:2] == (0, 0)
