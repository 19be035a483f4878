import numpy as np
import pytest
from scipy.signal import gammatone

from classicxm.audio.gammatone import (
    GammatoneCepstra,
    erb_bandwidth,
    erb_centres,
    gammatone_energies,
    gammatone_filterbank,
)


def test_centres_span_the_band_a_constant_number_of_bandwidths_apart():
    centres = erb_centres(200, 50, 8000)
    assert centres[0] == pytest.approx(50) and centres[-1] == pytest.approx(8000)
    steps = np.diff(centres) / erb_bandwidth((centres[1:] + centres[:-1]) / 2)
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-3)


def test_responses_are_those_of_the_gammatone_filter_in_time():
    weights = gammatone_filterbank(5, 4096, 16000, 500.0, 4000.0)
    for row, centre in zip(weights, erb_centres(5, 500, 4000), strict=True):
        impulse = gammatone(centre, "fir", order=4, numtaps=4096, fs=16000)[0]
        response = np.abs(np.fft.rfft(impulse, 4096)) ** 2
        near = row > 0.1
        np.testing.assert_allclose(row[near], (response / response.max())[near], atol=0.03)


def test_a_tone_is_loudest_in_its_own_band():
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    energies = gammatone_energies(tone, 16000, n_filters=40)
    centre = erb_centres(40, 50, 8000)[energies[10].argmax()]
    assert abs(centre - 1000) < erb_bandwidth(1000)


def test_compressions_differ_and_agree_about_silence():
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8000)
    samples = np.r_[np.zeros(8000), noise]
    log = GammatoneCepstra(compression="log").describe_frames(samples, 16000)
    root = GammatoneCepstra(compression="cube-root").describe_frames(samples, 16000)
    np.testing.assert_allclose(log[0], 0, atol=1e-9)
    np.testing.assert_allclose(root[0], [np.sqrt(40), *[0] * 12], atol=1e-9)
    assert root[-1, 0] > 10 * log[-1, 0]
