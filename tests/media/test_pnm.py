"""Netpbm by hand: six kinds, comments, and samples of any largest value."""

import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.image import read_image
from classicxm.media.pnm import decode, lacks_floats, scaled, size


@pytest.mark.parametrize(
    ("data", "pixels"),
    [
        (b"P1 3 1\n1 0 1", [[0, 255, 0]]),
        (b"P1\n# a comment\n3 1\n101", [[0, 255, 0]]),
        (b"P4 3 1\n\xa0", [[0, 255, 0]]),
        (b"P2 2 1 4\n0 2", [[[0], [128]]]),
        (b"P5 2 1 255\n\x00\x80", [[[0], [128]]]),
        (b"P5 1 1 65535\n\x80\x00", [[[128]]]),
        (b"P3 1 1 15\n15 0 5", [[[255, 0, 85]]]),
        (b"P6 1 1 255\n\x01\x02\x03", [[[1, 2, 3]]]),
    ],
)
def test_kinds(data, pixels):
    found = decode(data)
    assert found.tolist() == pixels and found.dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"P6 1 1 255\n\x01\x02", "it stops before its end"),
        (b"P2 2 1 4\n0", "it stops before its end"),
        (b"P4 9 1\n\xa0", "it stops before its end"),
        (b"P5 2 1 0\n\x00\x00", "its header is damaged"),
        (b"P5 0 1 255\n", "its header is damaged"),
        (b"P7 1 1", "its header is damaged"),
    ],
)
def test_problems(data, problem):
    assert decode(data) == problem


def test_lines_that_end_as_on_windows():
    header = b"P7\r\nWIDTH 1\r\nHEIGHT 1\r\nDEPTH 3\r\nMAXVAL 255\r\nTUPLTYPE RGB\r\nENDHDR\r\n"
    assert decode(header + b"\1\2\3").tolist() == [[[1, 2, 3]]] and size(header) == (1, 1)
    assert decode(b"P5\r\n1 1\r\n255\n\7").tolist() == [[[7]]]


def test_maps_of_floats_that_are_cut():
    for kind, n in ((b"PF", 3), (b"Pf", 1)):
        data = kind + b"\n2 1\n-1.0\n" + bytes(8 * n)
        assert not lacks_floats(data) and lacks_floats(data[:-1])
        with pytest.raises(MediaDecodeError, match="it stops before its end"):
            read_image(data[:-1])
    assert not lacks_floats(b"P6 1 1 255 ")


def test_sizes():
    assert size(b"P5 12 34 255\n") == (12, 34) and size(b"\x89PNG") is None


def test_scaling_rounds_and_bounds():
    assert scaled(np.array([0, 1, 2, 3, 9], np.uint8), 3).tolist() == [0, 85, 170, 255, 255]
    assert scaled(np.array([0, 256, 65535], np.uint16), 65535).tolist() == [0, 1, 255]
