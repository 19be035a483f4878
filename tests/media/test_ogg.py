"""Chained streams of Ogg pages."""

import io

import numpy as np
import pytest
import soundfile

from classicxm.media.ogg import CUT, ends_here, links


def checksum(data):
    """Ogg's CRC-32 bit by bit: polynomial 04c11db7, from 0, not reflected (RFC 3533, section 6)."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register


def page(kind, number, serial=1, body=b"abc"):
    start = b"OggS\0" + bytes([kind]) + bytes(8) + serial.to_bytes(4, "little") + number.to_bytes(4, "little")
    end = bytes([1, len(body)]) + body
    return start + checksum(start + bytes(4) + end).to_bytes(4, "little") + end


ONE = page(2, 0) + page(0, 1) + page(4, 2)
TWO = page(2, 0, serial=2) + page(4, 1, serial=2)


def test_streams_by_hand():
    assert links(ONE) == ([ONE], None)
    assert links(ONE + TWO) == ([ONE, TWO], None)


def test_streams_side_by_side_are_one_link():
    both = page(2, 0, 1) + page(2, 0, 2) + page(0, 1, 1) + page(4, 1, 2) + page(4, 2, 1)
    assert links(both) == ([both], None)


@pytest.mark.parametrize("n", [1, 10, 31])
def test_cut_files(n):
    assert links(ONE[:-n])[1] == CUT


def test_a_stream_that_never_ends_is_cut():
    assert links(page(2, 0) + page(0, 1)) == ([page(2, 0) + page(0, 1)], CUT)
    assert links(b"no pages") == ([b""], None)


def test_pages_that_are_missing_or_altered_are_named():
    assert links(page(2, 0) + page(4, 2))[1] == "lacks the pages before its page 2"
    altered = ONE.replace(b"abc", b"abz")
    assert links(altered)[1] == "is damaged at its page 1"


def test_bytes_between_pages_are_left_out():
    assert links(page(2, 0) + b"junk" + page(0, 1) + page(4, 2) + b"trailer") == ([ONE], None)


def test_a_skeleton_is_left_out():
    bones = b"fishead\0" + bytes(56)
    behind = page(0, 1, 9, b"fisbone\0") + ONE[len(page(2, 0)) :]
    assert links(page(2, 0, 9, bones) + page(2, 0) + behind) == ([ONE], None)
    assert links(page(2, 0, 9, bones) + page(2, 0) + page(4, 1, 9, b"") + page(4, 1))[1] is None


def test_the_last_page_of_a_long_file():
    assert ends_here(b"before" + ONE) and not ends_here(ONE[:-1])
    assert not ends_here(page(2, 0) + page(0, 1)) and not ends_here(b"no pages") and not ends_here(b"")


def test_what_an_encoder_wrote():
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(0).normal(size=8000) / 10, 8000, format="OGG")
    assert links(stream.getvalue()) == ([stream.getvalue()], None)
