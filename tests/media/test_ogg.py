"""Chained streams of Ogg pages."""

import io

import numpy as np
import pytest
import soundfile

from classicxm.media.ogg import links


def page(kind, serial=1, body=b"abc"):
    return (
        b"OggS\0"
        + bytes([kind])
        + bytes(8)
        + serial.to_bytes(4, "little")
        + bytes(8)
        + bytes([1, len(body)])
        + body
    )


ONE = page(2) + page(0) + page(4)


def test_streams_by_hand():
    assert links(ONE) == ([ONE], False)
    assert links(ONE + page(2, 2) + page(4, 2)) == ([ONE, page(2, 2) + page(4, 2)], False)


def test_streams_side_by_side_are_one_link():
    both = page(2, 1) + page(2, 2) + page(0, 1) + page(4, 2) + page(4, 1)
    assert links(both) == ([both], False)


@pytest.mark.parametrize("n", [1, 10, 31])
def test_cut_files(n):
    assert links(ONE[:-n])[1] is True


def test_a_stream_that_never_ends_is_cut():
    assert links(page(2) + page(0)) == ([page(2) + page(0)], True)
    assert links(b"no pages") == ([b""], False)


def test_what_an_encoder_wrote():
    stream = io.BytesIO()
    soundfile.write(stream, np.random.default_rng(0).normal(size=8000) / 10, 8000, format="OGG")
    assert links(stream.getvalue()) == ([stream.getvalue()], False)
