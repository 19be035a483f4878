"""RASTA's filter by hand, and what it is for: a constant colouring is forgotten."""

import numpy as np

from classicxm.audio import PLP, RastaPLP
from classicxm.audio.rasta import rasta_filter
from classicxm.media.audio import Audio


def test_an_impulse_by_hand():
    logarithms = np.zeros((8, 1))
    logarithms[5] = 1.0
    found = rasta_filter(logarithms)[:, 0]
    # 0.2, 0.1, 0, ... passed on by the pole 0.94
    np.testing.assert_allclose(found, [0, 0, 0, 0, 0, 0.2, 0.1 + 0.94 * 0.2, 0.94 * (0.1 + 0.94 * 0.2)])


def test_a_constant_is_forgotten():
    steady = np.full((400, 2), 5.0)
    np.testing.assert_allclose(rasta_filter(steady), 0, atol=1e-12)
    assert rasta_filter(np.ones((3, 2))).tolist() == np.zeros((3, 2)).tolist()


def test_a_louder_recording_is_described_alike():
    sound = np.random.default_rng(0).normal(size=16000).astype(np.float32) / 100

    def moved(extractor):
        one, other = (extractor.fit().describe_located(Audio(sound * gain, 16000))[0] for gain in (1, 8))
        return np.abs(one - other).max()

    assert moved(RastaPLP()) < 0.1 * moved(PLP())
