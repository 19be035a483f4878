"""Log mel bands: those that cepstra are made from."""

import numpy as np
import pytest
from scipy.fft import dct

from classicxm.audio import MFCC, LogMelBands

RATE = 8000
SOUND = np.random.default_rng(0).uniform(-0.5, 0.5, RATE).astype(np.float32), RATE


@pytest.mark.parametrize("preset", ["slaney", "htk"])
def test_cepstra_are_their_cosine_transform(preset):
    bands = LogMelBands(preset, n_filters=26).describe_located(SOUND)[0]
    cepstra = MFCC(preset, n_filters=26, n_mfcc=13, lifter=0).describe_located(SOUND)[0]
    own = dct(bands, axis=1, norm="ortho")[:, 1:13]
    factors = np.median(own / cepstra[:, 1:13], axis=0)
    np.testing.assert_allclose(own, cepstra[:, 1:13] * factors, atol=1e-3)


def test_a_louder_sound_is_higher_by_one_number():
    samples = SOUND[0] * np.float32(0.5)
    soft, loud = (LogMelBands().describe_located((s, RATE))[0] for s in (samples, 2 * samples))
    np.testing.assert_allclose(loud - soft, np.log(4), atol=1e-4)


def test_silence_has_no_frames_and_bands_stay_below_half_the_rate():
    assert LogMelBands().describe_located((np.zeros(RATE, np.float32), RATE))[0].shape == (0, 40)
    with pytest.raises(ValueError, match="5000 Hz lies above half the sample rate, 4000 Hz"):
        LogMelBands(high_frequency=5000).describe_located(SOUND)
