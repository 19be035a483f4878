"""Chunks of a PNG, checked; what is behind or beside the picture is left out."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from classicxm.media.png import checked, is_animated, with_alpha

PICTURE = cv2.imencode(".png", np.random.default_rng(0).integers(0, 255, (6, 5, 3), np.uint8))[1].tobytes()


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_what_a_picture_is():
    png = checked(PICTURE)
    assert (png.width, png.height, png.depth, png.colour, png.transparent) == (5, 6, 8, 2, None)
    assert png.data == PICTURE == checked(PICTURE + b"trailer").data


def test_notes_are_left_out_and_transparent_colours_kept():
    head = PICTURE[:33]
    noted = head + chunk(b"tEXt", b"Comment\0x") + chunk(b"tRNS", b"\0\1\0\2\0\3") + PICTURE[33:]
    png = checked(noted)
    assert b"tEXt" not in png.data and b"tRNS" in png.data and png.transparent == b"\0\1\0\2\0\3"


@pytest.mark.parametrize("n", [20, 40, 60])
def test_cut_pictures(n):
    assert checked(PICTURE[:n]) == "it stops before its end"


def test_further_frames_are_announced_before_the_first(tmp_path):
    announced = chunk(b"acTL", struct.pack(">II", 2, 0))
    profile, where = chunk(b"iCCP", bytes(3000)), PICTURE.index(b"IDAT") - 4
    for data, expected in (
        (PICTURE, False),
        (PICTURE[:where] + profile + announced + PICTURE[where:], True),
        (PICTURE[:-12] + announced + PICTURE[-12:], False),
        (PICTURE[:20], False),
    ):
        (tmp_path / "a.png").write_bytes(data)
        assert is_animated(tmp_path / "a.png") is expected


def test_damage_is_seen_by_checksums():
    at = PICTURE.index(b"IDAT") + 8
    damaged = PICTURE[:at] + bytes([PICTURE[at] ^ 1]) + PICTURE[at + 1 :]
    assert checked(damaged) == "its header is an image's, its contents are damaged: wrong checksum"
    nameless = PICTURE[:12] + b"IH\0R" + PICTURE[16:]
    assert checked(nameless) == "its header is an image's, its contents are damaged"


def test_one_grey_that_is_transparent():
    png = checked(cv2.imencode(".png", np.array([[7, 9]], np.uint8))[1].tobytes())._replace(
        transparent=b"\0\7"
    )
    assert with_alpha(np.array([[7, 9]], np.uint8), png).tolist() == [[[7, 0], [9, 255]]]
