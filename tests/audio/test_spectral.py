import numpy as np
import pytest

from classicxm.audio.spectral import STATISTICS, spectral_statistics, zero_crossing_rates

RATE = 16000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, RATE)
COLUMN = {name: i for i, name in enumerate(STATISTICS)}


def tone(hz, seconds=1.0):
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE + 0.1)


def test_zero_crossings_by_hand():
    samples = np.array([1.0, -1, 1, -1, 0, 0, -0.0, 2])
    assert zero_crossing_rates(samples, 4, 4).tolist() == [1, 0]
    assert zero_crossing_rates(samples[:3], 4, 4).tolist() == []
    assert zero_crossing_rates(samples, 1, 4).tolist() == [0, 0]


@pytest.mark.parametrize("hz", [500, 2000, 6000])
def test_a_tone(hz):
    columns = spectral_statistics(tone(hz), RATE)[5:-5]
    np.testing.assert_allclose(columns[:, COLUMN["energy"]], np.log(400 * 16384.0**2 / 2), rtol=1e-3)
    np.testing.assert_allclose(columns[:, COLUMN["zero_crossings"]], 2 * hz / RATE, atol=3e-3)
    np.testing.assert_allclose(columns[:, COLUMN["centroid"]], hz, rtol=0.01)
    np.testing.assert_allclose(columns[:, COLUMN["roll_off"]], hz, atol=2 * RATE / 512)
    assert columns[:, COLUMN["flux"]].max() < 1e-3


def test_white_noise_has_its_centroid_and_roll_off_in_the_middle():
    columns = spectral_statistics(NOISE, RATE).mean(axis=0)
    assert columns[COLUMN["centroid"]] == pytest.approx(4000, rel=0.05)
    assert columns[COLUMN["roll_off"]] == pytest.approx(0.85 * 8000, rel=0.05)
    assert columns[COLUMN["zero_crossings"]] == pytest.approx(0.5, abs=0.02)


def test_flux_marks_the_change_and_only_it():
    flux = spectral_statistics(np.r_[tone(500), tone(3000)], RATE)[:, COLUMN["flux"]]
    assert 97 <= flux.argmax() <= 101
    assert np.delete(flux, np.arange(95, 104)).max() < 0.1 * flux.max()
    assert flux[0] == 0


def test_flux_does_not_depend_on_loudness():
    np.testing.assert_allclose(
        spectral_statistics(NOISE, RATE)[:, COLUMN["flux"]],
        spectral_statistics(NOISE / 8, RATE)[:, COLUMN["flux"]],
        rtol=1e-3,
    )


def test_silent_frames_are_zero():
    columns = spectral_statistics(np.r_[np.zeros(4000), NOISE], RATE)
    assert not columns[:20].any() and columns[40:].all()


def test_all_power_lies_below_a_roll_off_of_one():
    columns = spectral_statistics(NOISE, RATE, roll_off=1.0)
    assert (columns[:, COLUMN["roll_off"]] > 7000).all()
