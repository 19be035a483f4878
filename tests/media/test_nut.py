"""Lengths of the parts of a NUT file, written by hand."""

import io

import pytest

from classicxm.media.joined import walk
from classicxm.media.nut import NAME, begins, length_of_parts


def number(value):
    parts = [value & 127]
    while value := value >> 7:
        parts.append(value & 127 | 128)
    return bytes(reversed(parts))


def numbers(*values):
    return b"".join(map(number, values))


def packet(code, content):
    return code + number(len(content) + 4) + content + bytes(4)


MAIN = bytes.fromhex("4e4d7a561f5f04ad")
SYNC = bytes.fromhex("4e4be4adeeca4569")
FLAG_SIZE, FLAG_CODED, FLAG_CHECKSUM = 32, 4096, 64
#: Codes 0 to 99: size 200 and more by a number; the rest: flags follow; beginning 1 omits 3 bytes.
TABLE = (
    numbers(FLAG_SIZE, 6, 0, 10, 0, 200, 0, 1) + numbers(FLAG_SIZE, 6, 0, 1, 0, 7, 0, 99)
    + numbers(FLAG_CODED, 8, 0, 1, 0, 0, 0, 155, 0, 1)
)  # fmt: skip
HEADER = NAME + packet(MAIN, numbers(3, 1, 65536, 1, 1, 25) + TABLE + numbers(1, 3) + b"abc")


@pytest.fixture
def length():
    return length_of_parts(HEADER.ljust(512, b"\0"))


def test_packets(length):
    sync = packet(SYNC, b"123456")
    assert length(sync + bytes(40)) == len(sync)
    assert length(HEADER[len(NAME) :][:64]) == len(HEADER) - len(NAME)
    assert length(SYNC + numbers(5000)) == 8 + 2 + 4 + 5000  # a long one has a checksum in front


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (bytes([0]) + numbers(3), 2 + 200 + 30),
        (bytes([1]) + numbers(2), 2 + 7 + 2),
        (bytes([121]) + numbers(0), 2 + 20 - 3),
        (bytes([200]) + numbers(FLAG_CHECKSUM), 2 + 4 + 99 - 3),
        (bytes([0, 129]), 1 << 62),
    ],
)
def test_frames(length, frame, expected):
    assert length(frame) == expected


def test_another_file_and_other_kinds():
    assert begins(HEADER) and walk(io.BytesIO(HEADER * 2), 0, 2 * len(HEADER)) == (len(HEADER), True, False)
    assert length_of_parts(b"other") is None and length_of_parts(NAME + MAIN + b"\x80") is None
