import numpy as np
import pytest

from classicxm.audio.frames import (
    Framing,
    band_energies,
    fft_length,
    frame_views,
    frames_in,
    padded_to_frame,
    power_spectra,
    samples_in,
    window,
)

NOISE = np.random.default_rng(0).normal(size=5000)


@pytest.mark.parametrize(
    ("seconds", "rate", "samples"),
    [(0.025, 16000, 400), (0.025, 44100, 1103), (0.01, 11025, 110), (0.025, 8000, 200), (1e-9, 8000, 1)],
)
def test_samples_in(seconds, rate, samples):
    assert samples_in(seconds, rate) == samples


@pytest.mark.parametrize(
    ("length", "expected"), [(1, 1), (2, 2), (400, 512), (512, 512), (513, 1024), (1103, 2048)]
)
def test_fft_length_never_cuts(length, expected):
    assert fft_length(length) == expected


def test_whole_frames_only():
    assert [frames_in(n, 4, 2) for n in (0, 3, 4, 5, 6, 7, 8)] == [0, 0, 1, 1, 2, 2, 3]
    assert frame_views(np.arange(7), 4, 2).tolist() == [[0, 1, 2, 3], [2, 3, 4, 5]]
    assert frame_views(np.arange(3), 4, 2).shape == (0, 4)


def test_short_sounds_are_filled_up_to_a_frame():
    assert padded_to_frame(np.array([1, 2]), 4).tolist() == [1, 2, 0, 0]
    assert padded_to_frame(np.arange(5), 4).tolist() == [0, 1, 2, 3, 4]
    assert len(padded_to_frame(np.zeros(0), 4)) == 0


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("per_frame", [False, True])
@pytest.mark.parametrize("n_samples", [0, 63, 64, 65, 5000])
def test_power_spectra_against_frame_by_frame(precision, per_frame, n_samples):
    samples = NOISE[:n_samples]
    framing = Framing(64, 24, "hamming", 128, 0.9, per_frame, 3.0, 0.5, precision)
    emphasised = samples - 0.9 * np.concatenate([[0], samples])[:n_samples]
    expected = []
    for start in range(0, n_samples - 63, 24):
        frame = emphasised[start : start + 64].copy()
        if per_frame:
            frame[0] = 0.1 * samples[start]
        expected.append(np.abs(np.fft.fft(3 * frame * np.hamming(64), 128)[:65]) ** 2 + 0.5)
    blocks = [(first, power.copy()) for first, power in power_spectra(samples, framing)]
    assert sum(len(power) for _, power in blocks) == len(expected) == frames_in(n_samples, 64, 24)
    for first, power in blocks:
        np.testing.assert_allclose(power, expected[first : first + len(power)], rtol=1e-3, atol=1e-2)
        if precision is np.float64:
            np.testing.assert_allclose(power, expected[first : first + len(power)], rtol=1e-9, atol=1e-9)


def test_band_energies_are_weighted_sums():
    framing = Framing(64, 24, "hann", 64)
    weights = np.random.default_rng(1).random((3, 33)) * (np.arange(33) > 4)
    power = np.concatenate([power.copy() for _, power in power_spectra(NOISE, framing)])
    np.testing.assert_allclose(band_energies(NOISE, framing, weights), power @ weights.T)
    np.testing.assert_array_equal(band_energies(NOISE, framing, 0 * weights), np.zeros((len(power), 3)))


def test_parseval():
    framing = Framing(64, 64, "rectangular", 64)
    both_halves = np.r_[1, np.full(31, 2), 1][None] / 64
    energies = band_energies(NOISE, framing, both_halves)[:, 0]
    np.testing.assert_allclose(energies, (frame_views(NOISE, 64, 64) ** 2).sum(axis=1))


def test_windows_are_symmetric_read_only_and_named():
    for name in ("hamming", "hann", "rectangular"):
        np.testing.assert_allclose(window(name, 9), window(name, 9)[::-1])
        assert not window(name, 9).flags.writeable
    with pytest.raises(ValueError, match="window must be 'hamming', 'hann' or 'rectangular', got 'kaiser'"):
        window("kaiser", 9)
