"""python_speech_features called so that it cuts no frame."""

import numpy as np
import python_speech_features

from classicxm.audio.psf import psf_mfcc

SOUND = np.random.default_rng(0).normal(size=8000)


def test_as_the_package_itself_where_its_own_defaults_fit():
    theirs = python_speech_features.mfcc(SOUND, 16000, nfft=512)
    np.testing.assert_array_equal(psf_mfcc(SOUND, 16000), theirs)
    first = python_speech_features.mfcc(SOUND, 16000, nfft=512, appendEnergy=False)
    np.testing.assert_array_equal(psf_mfcc(SOUND, 16000, zeroth="c0"), first)


def test_frames_longer_than_512_samples_are_whole():
    rate = 44100  # a frame of 25 ms has 1103 samples
    theirs = python_speech_features.mfcc(SOUND, rate, nfft=2048)
    np.testing.assert_allclose(psf_mfcc(SOUND, rate), theirs)
    assert not np.allclose(psf_mfcc(SOUND, rate), python_speech_features.mfcc(SOUND, rate, nfft=512))


def test_no_samples():
    assert psf_mfcc(np.zeros(0), 16000, n_mfcc=5).shape == (0, 5)
