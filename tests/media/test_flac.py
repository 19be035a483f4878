"""The length of a FLAC stream whose writer did not know it."""

import io

import numpy as np
import pytest
import soundfile

from classicxm.media.flac import with_length

SOUND = np.random.default_rng(0).integers(-3000, 3000, 20000).astype(np.int16)


def encoded(samples=SOUND):
    stream = io.BytesIO()
    soundfile.write(stream, samples, 8000, format="FLAC", subtype="PCM_16")
    return stream.getvalue()


def without_length(data):
    packed = int.from_bytes(data[21:26], "big") & ~((1 << 36) - 1)
    return data[:21] + packed.to_bytes(5, "big") + data[26:]


@pytest.mark.parametrize("n", [1, 4096, 12345, 20000])
def test_the_length_is_found_again(n):
    data = encoded(SOUND[:n])
    assert with_length(without_length(data)) == (data[:26] + data[26:], False)


def test_a_tag_behind_the_stream_is_left_out():
    data = encoded()
    assert with_length(without_length(data) + b"TAG" + bytes(125)) == (data, False)


def test_what_is_cut_or_known_or_something_else():
    data = encoded()
    assert with_length(data) == (data, False) and with_length(b"RIFF" + bytes(60)) == (
        b"RIFF" + bytes(60),
        False,
    )
    assert with_length(without_length(data)[:-10])[1] is True
