"""What all descriptions of sound frames share."""

import numpy as np
import pytest

from classicxm.audio import SpectralStatistics
from classicxm.audio.frame_extractor import check_band
from classicxm.media.audio import Audio


def tone(n, rate=8000):
    return Audio(np.sin(2 * np.pi * 440 * np.arange(n) / rate).astype(np.float32), rate)


def test_positions_are_the_middles_of_frames():
    extractor = SpectralStatistics(frame_length=0.1, frame_step=0.1).fit()
    descriptors, positions = extractor.describe_located(tone(4000))
    assert len(descriptors) == 5
    np.testing.assert_allclose(positions[:, 0], [0.1, 0.3, 0.5, 0.7, 0.9], atol=1e-6)


def test_short_sounds_are_one_frame_and_silence_none():
    extractor = SpectralStatistics().fit()
    descriptors, positions = extractor.describe_located(tone(10))
    assert len(descriptors) == 1 and positions[0, 0] == 1
    nothing = extractor.describe_located(Audio(np.zeros(8000, np.float32), 8000))
    assert [part.shape[0] for part in nothing] == [0, 0] and nothing[0].shape[1] == descriptors.shape[1]


def test_deltas_widen_descriptors():
    plain, twice = (SpectralStatistics(deltas=d).fit().describe_located(tone(4000))[0] for d in (0, 2))
    assert twice.shape == (len(plain), 3 * plain.shape[1])
    np.testing.assert_allclose(twice[:, : plain.shape[1]], plain)


def test_other_rates_are_resampled():
    same, half = SpectralStatistics(sample_rate=8000).fit(), SpectralStatistics(sample_rate=4000).fit()
    assert len(same.describe_located(tone(4000))[0]) == len(half.describe_located(tone(4000))[0])


def test_bands():
    assert check_band(0, None, 8000) == (0.0, 4000.0)
    with pytest.raises(ValueError, match="high_frequency 5000 Hz lies above half the sample rate, 4000 Hz"):
        check_band(0, 5000, 8000)
    with pytest.raises(ValueError, match="low_frequency must lie between 0 and 100 Hz, got 100"):
        check_band(100, 100, 8000)
