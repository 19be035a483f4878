import numpy as np
import pytest

from classicxm.audio.filterbanks import (
    bark_filterbank,
    bark_to_hz,
    hz_to_bark,
    hz_to_mel,
    hz_to_slaney_mel,
    mel_centres,
    mel_filterbank,
    mel_to_hz,
    slaney_filterbank,
    slaney_mel_to_hz,
    warped,
)

HZ = np.array([0.0, 20, 500, 999, 1000, 1001, 4000, 22050])


@pytest.mark.parametrize(
    ("forth", "back"),
    [(hz_to_mel, mel_to_hz), (hz_to_slaney_mel, slaney_mel_to_hz), (hz_to_bark, bark_to_hz)],
)
def test_scales_invert_and_rise(forth, back):
    np.testing.assert_allclose(back(forth(HZ)), HZ, atol=1e-9)
    assert (np.diff(forth(HZ)) > 0).all()


def test_mel_filters_overlap_to_one_between_the_first_and_last_centre():
    weights = mel_filterbank(10, 512, 16000, 0.0, 8000.0)
    bins = np.arange(257) * 16000 / 512
    centres = mel_centres(10, 0.0, 8000.0)
    inside = (bins > centres[0]) & (bins < centres[-1])
    np.testing.assert_allclose(weights.sum(axis=0)[inside], 1)
    assert (np.abs(bins[weights.argmax(axis=1)] - centres) <= 16000 / 512).all()


def test_mel_filters_stay_in_their_band():
    weights = mel_filterbank(5, 512, 16000, 1000.0, 3000.0)
    used = np.flatnonzero(weights.any(axis=0)) * 16000 / 512
    assert used.min() >= 1000 and used.max() <= 3000


def test_slaney_filters_have_equal_areas():
    weights = slaney_filterbank(40, 65536, 16000, 0.0, 8000.0)
    np.testing.assert_allclose(weights.sum(axis=1) * 16000 / 65536, 1, rtol=1e-3)


def test_bark_filters_fall_by_ten_and_twenty_five_decibels():
    weights = bark_filterbank(21, 512, 16000)
    bins = hz_to_bark(np.arange(257) * 16000 / 512)
    centres = np.linspace(0, hz_to_bark(8000), 21)
    for above, slope in ((False, 10), (True, -25)):
        side = [
            np.interp(centres[10] + (d if above else -d), bins, np.log10(weights[10])) for d in (1.5, 2.5)
        ]
        assert 10 * (side[1] - side[0]) * (1 if above else -1) == pytest.approx(slope, abs=0.3)
    assert weights.max() == 1


def test_warp_bends_between_the_cutoffs_and_keeps_the_ends():
    assert warped([0, 8000], 0, 8000, 1.1).tolist() == [0, 8000]
    assert warped(1100.0, 0, 8000, 1.1) == pytest.approx(1000)
    assert warped(1234.5, 0, 8000, 1.0) == 1234.5
    hz = np.linspace(0, 8000, 200)
    assert (np.diff(warped(hz, 0, 8000, 0.9)) > 0).all()


@pytest.mark.parametrize(("high", "warp"), [(8000, 1.2), (4000, 0.9)])
def test_warp_that_bends_outside_the_band(high, warp):
    with pytest.raises(ValueError, match=r"must bend inside the band from 0 to \d000 Hz; move them inwards"):
        warped([1000], 0, high, warp)


def test_filterbanks_are_computed_once_and_read_only():
    weights = mel_filterbank(7, 256, 8000, 0.0, 4000.0)
    assert mel_filterbank(7, 256, 8000, 0.0, 4000.0) is weights
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1
