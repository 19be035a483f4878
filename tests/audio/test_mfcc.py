import logging

import numpy as np
import pytest
import python_speech_features
from scipy.fft import dct

from classicxm.audio.mfcc import MFCC, log_energy, mel_energies, mfcc
from classicxm.audio.psf import psf_mfcc

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 20000)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 20000])
@pytest.mark.parametrize("n_samples", [1, 100, 400, 12345])
def test_psf_is_python_speech_features_exactly(rate, n_samples):
    samples = NOISE[:n_samples]
    np.testing.assert_array_equal(psf_mfcc(samples, rate), python_speech_features.mfcc(samples, rate))
    single = samples.astype(np.float32)
    found, _ = MFCC("psf").describe_located((single, rate))
    np.testing.assert_array_equal(
        found, python_speech_features.mfcc(single.astype(float), rate).astype(np.float32)
    )


def test_psf_parameters_reach_it():
    found = MFCC(
        "psf",
        n_mfcc=10,
        n_filters=20,
        low_frequency=100,
        high_frequency=6000,
        pre_emphasis=0.9,
        lifter=0,
        zeroth="c0",
        frame_length=0.02,
        frame_step=0.015,
    ).describe_frames(NOISE, 16000)
    expected = python_speech_features.mfcc(
        NOISE, 16000, 0.02, 0.015, 10, 20, 512, 100, 6000, 0.9, 0, appendEnergy=False
    )
    np.testing.assert_array_equal(found, expected)


def test_psf_is_shielded_from_cut_frames_stereo_and_empty_input(caplog):
    with caplog.at_level(logging.WARNING):
        found = psf_mfcc(NOISE, 44100)
    assert not caplog.records
    np.testing.assert_array_equal(found, python_speech_features.mfcc(NOISE, 44100, nfft=2048))
    assert psf_mfcc(np.zeros(0), 16000).shape == (0, 13)
    stereo = MFCC("psf").describe((np.c_[NOISE, -NOISE], 16000))
    assert stereo.shape == (0, 13)  # the channels cancel to silence


def test_mfcc_is_the_cosine_transform_of_log_energies():
    energies = mel_energies(NOISE, 16000, "slaney", n_filters=30)
    expected = dct(np.log(energies), norm="ortho")[:, :13] * np.r_[1, np.arange(1, 13) ** 0.6]
    np.testing.assert_allclose(mfcc(NOISE, 16000, "slaney", n_filters=30), expected, atol=1e-9)
    htk = mfcc(NOISE, 16000, "htk", lifter_amount=0)
    plain = dct(np.log(mel_energies(NOISE, 16000)), norm="ortho")[:, :13]
    np.testing.assert_allclose(htk, plain * np.r_[np.sqrt(2), np.ones(12)], atol=1e-9)


def test_energy_by_hand():
    samples = np.r_[np.full(4, 0.5), np.zeros(4)]
    found = log_energy(samples, 4, frame_length=1, frame_step=1)
    np.testing.assert_allclose(found, [np.log(4 * 16384.0**2), 0])


@pytest.mark.parametrize("preset", ["htk", "slaney"])
def test_louder_sound_moves_the_zeroth_coefficient_alone(preset):
    quiet, loud = mfcc(NOISE / 4, 16000, preset), mfcc(NOISE, 16000, preset)
    np.testing.assert_allclose(quiet[:, 1:], loud[:, 1:], atol=1e-2)
    n_filters, norm = (26, 2) if preset == "htk" else (40, 1)
    np.testing.assert_allclose(loud[:, 0] - quiet[:, 0], np.log(16) * np.sqrt(norm * n_filters), rtol=1e-3)


def test_a_tone_is_loudest_in_its_own_band():
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    for preset in ("htk", "slaney"):
        energies = mel_energies(tone, 16000, preset, pre_emphasis=0)
        assert len(set(energies.argmax(axis=1))) == 1
