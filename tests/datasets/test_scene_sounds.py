"""Tones of drawn scenes: pitch says colour, timbre and length say shape."""

import numpy as np
import pytest

from classicxm.datasets.scene_sounds import PITCHES, SAMPLE_RATE, SECONDS, tone, tones


@pytest.mark.parametrize("colour", PITCHES)
def test_pitch(colour):
    wave = tone(colour, "circle")
    spectrum = np.abs(np.fft.rfft(wave))
    assert spectrum.argmax() * SAMPLE_RATE / len(wave) == pytest.approx(PITCHES[colour], rel=0.02)


@pytest.mark.parametrize("shape", SECONDS)
def test_length_peak_and_fades(shape):
    wave = tone("red", shape)
    assert len(wave) == round(SECONDS[shape] * SAMPLE_RATE) and wave[0] == wave[-1] == 0
    assert 0.9 < np.abs(wave).max() <= 1


def test_larger_shapes_are_louder_and_one_follows_another():
    shapes = [{"colour": "red", "shape": "circle", "radius": r} for r in (0.3, 0.1)]
    wave = tones(shapes, np.random.default_rng(0))
    n = round(SECONDS["circle"] * SAMPLE_RATE)
    first, second = wave[1000 : 1000 + n - 1000], wave[-n - 900 : -1000]
    assert np.abs(first).max() > 2 * np.abs(second).max() > 0.1 and wave.dtype == np.float32
    np.testing.assert_array_equal(wave, tones(shapes, np.random.default_rng(0)))
