import numpy as np
import pytest
from scipy.fft import dct
from scipy.linalg import solve_toeplitz

from classicxm.audio.cepstra import (
    cosine_basis,
    deltas,
    levinson,
    lifter,
    linear_prediction,
    lpc_cepstra,
    with_deltas,
)

RANDOM = np.random.default_rng(0)


def test_cosine_basis_is_scipys_dct():
    X = RANDOM.normal(size=(4, 23))
    np.testing.assert_allclose(X @ cosine_basis(23, 13), dct(X, norm="ortho")[:, :13], atol=1e-12)
    unscaled = X @ cosine_basis(23, 13, orthonormal=False)
    np.testing.assert_allclose(unscaled[:, 0], np.sqrt(2) * dct(X, norm="ortho")[:, 0])


def test_lifters():
    assert lifter(5, "sine", 0).tolist() == [1] * 5
    assert lifter(12, "sine", 22)[11] == pytest.approx(12)
    np.testing.assert_allclose(lifter(4, "power", 2), [1, 1, 4, 9])


def test_levinson_solves_the_normal_equations():
    spectra = RANDOM.uniform(0.1, 3, size=(5, 20))
    mirrored = np.concatenate([spectra, spectra[:, -2:0:-1]], axis=1)
    autocorrelation = np.fft.ifft(mirrored).real[:, :9]
    coefficients, errors = levinson(autocorrelation)
    for r, a, error in zip(autocorrelation, coefficients, errors, strict=True):
        expected = solve_toeplitz(r[:-1], -r[1:])
        np.testing.assert_allclose(a, [1, *expected])
        assert error == pytest.approx(r @ a)
    again = linear_prediction(spectra, 8)
    np.testing.assert_allclose(again[0], coefficients)
    np.testing.assert_allclose(again[1], errors)


def test_levinson_survives_zero_and_a_pure_tone():
    tone = np.cos(0.3 * np.arange(13))
    coefficients, errors = levinson(np.stack([np.zeros(13), tone]))
    assert np.isfinite(coefficients).all() and (errors > 0).all()


@pytest.mark.parametrize("order", [3, 12])
def test_lpc_cepstra_are_the_cepstra_of_the_model(order):
    coefficients, errors = linear_prediction(RANDOM.uniform(0.5, 2, size=(3, 20)), order)
    log_spectrum = np.log(errors[:, None] / np.abs(np.fft.fft(coefficients, 4096)) ** 2)
    expected = np.fft.ifft(log_spectrum).real[:, :8]
    np.testing.assert_allclose(lpc_cepstra(coefficients, errors, 8), expected, atol=1e-9)


def test_deltas_of_a_line_are_its_slope():
    line = 3.0 * np.arange(20)[:, None]
    np.testing.assert_allclose(deltas(line, 2)[2:-2], 3)
    np.testing.assert_allclose(
        with_deltas(line, 2)[4:-4], np.c_[line[4:-4], np.full(12, 3), np.zeros(12)], atol=1e-12
    )


def test_deltas_by_hand_at_the_ends():
    assert deltas(np.array([[1.0], [2.0], [4.0]]), 2).ravel().tolist() == [0.7, 0.9, 0.8]


@pytest.mark.parametrize("n", [0, 1])
def test_deltas_of_nothing_and_of_one_frame(n):
    assert with_deltas(np.ones((n, 3)), 2).shape == (n, 9)
    assert not with_deltas(np.ones((n, 3)), 2)[:, 3:].any()
