"""Auditory scales and their filterbanks: Mel (HTK, Slaney) and Bark, as weights of FFT bins."""

import functools

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "bark_filterbank",
    "bark_to_hz",
    "hz_to_bark",
    "hz_to_mel",
    "hz_to_slaney_mel",
    "mel_centres",
    "mel_filterbank",
    "mel_to_hz",
    "slaney_filterbank",
    "slaney_mel_to_hz",
    "warped",
]

WARP_CUTOFFS = (100.0, 7500.0)


def hz_to_mel(hz: ArrayLike) -> np.ndarray:
    """Mel of a frequency as in HTK: 1127 ln(1 + f / 700).

    >>> round(float(hz_to_mel(1000)), 1)
    1000.0
    """
    return 1127 * np.log1p(np.asarray(hz, float) / 700)


def mel_to_hz(mel: ArrayLike) -> np.ndarray:
    """Frequency of a Mel value, the inverse of `hz_to_mel`."""
    return 700 * np.expm1(np.asarray(mel, float) / 1127)


def hz_to_slaney_mel(hz: ArrayLike) -> np.ndarray:
    """Mel of Slaney's Auditory Toolbox (1998): linear below 1 kHz, 15 per kHz, then 27 per factor of 6.4.

    >>> hz_to_slaney_mel([500, 1000, 6400]).tolist()
    [7.5, 15.0, 42.0]
    """
    hz = np.asarray(hz, float)
    return np.where(hz < 1000, hz * 0.015, 15 + 27 * np.log(np.maximum(hz, 1000) / 1000) / np.log(6.4))


def slaney_mel_to_hz(mel: ArrayLike) -> np.ndarray:
    """Frequency of a Mel value, the inverse of `hz_to_slaney_mel`."""
    mel = np.asarray(mel, float)
    return np.where(mel < 15, mel / 0.015, 1000 * 6.4 ** ((np.maximum(mel, 15) - 15) / 27))


def hz_to_bark(hz: ArrayLike) -> np.ndarray:
    """Bark of a frequency (Schroeder; Hermansky 1990, eq. 3): 6 asinh(f / 600)."""
    return 6 * np.arcsinh(np.asarray(hz, float) / 600)


def bark_to_hz(bark: ArrayLike) -> np.ndarray:
    """Frequency of a Bark value, the inverse of `hz_to_bark`."""
    return 600 * np.sinh(np.asarray(bark, float) / 6)


def warped(
    hz: ArrayLike, low: float, high: float, warp: float = 1.0, cutoffs: tuple[float, float] = WARP_CUTOFFS
) -> np.ndarray:
    """Frequencies between ``low`` and ``high`` bent by vocal tract length, piecewise linear as in HTK.

    Between the cut-offs frequencies are divided by ``warp``; beyond them a straight line leads to the fixed ends.

    Raises
    ------
    ValueError
        If a cut-off, once warped, is not inside the band.

    >>> warped([100, 1100, 8000], 0, 8000, warp=1.1).round().tolist()
    [91.0, 1000.0, 8000.0]
    """
    hz = np.asarray(hz, float)
    if warp == 1:
        return hz
    lower, upper = (2 * cutoff / (1 + 1 / warp) for cutoff in cutoffs)
    bends = np.array([low, lower, upper, high]), np.array([low, lower / warp, upper / warp, high])
    if (np.diff(bends) <= 0).any():
        raise ValueError(
            f"warp_cutoffs {tuple(cutoffs)} with warp={warp:g} must bend inside the band from {low:g} to {high:g} Hz; "
            "move them inwards"
        )
    return np.interp(hz, *bends)


def mel_centres(
    n_filters: int, low: float, high: float, warp: float = 1.0, cutoffs: tuple[float, float] = WARP_CUTOFFS
) -> np.ndarray:
    """Centre frequencies (n_filters,) in Hz of HTK's Mel filters between ``low`` and ``high``."""
    return mel_to_hz(_mel_edges(n_filters, low, high, warp, cutoffs)[1:-1])


def _mel_edges(
    n_filters: int, low: float, high: float, warp: float, cutoffs: tuple[float, float]
) -> np.ndarray:
    evenly = np.linspace(hz_to_mel(low), hz_to_mel(high), n_filters + 2)
    return hz_to_mel(warped(mel_to_hz(evenly), low, high, warp, cutoffs))


@functools.lru_cache(maxsize=64)
def mel_filterbank(
    n_filters: int,
    n_fft: int,
    sample_rate: int,
    low: float,
    high: float,
    warp: float = 1.0,
    cutoffs: tuple[float, float] = WARP_CUTOFFS,
) -> np.ndarray:
    """HTK's filters: triangles of height 1 on the Mel scale, each reaching to its neighbours' centres.

    Parameters
    ----------
    n_filters, n_fft, sample_rate : int
    low, high : float
        Where the first filter begins and the last one ends, Hz.
    warp : float
        See `warped`.
    cutoffs : tuple of two floats, Hz

    Returns
    -------
    read-only float64 array (n_filters, n_fft // 2 + 1)

    >>> mel_filterbank(3, 16, 8000, 0.0, 4000.0).round(2)[0].tolist()
    [0.0, 0.87, 0.14, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    bins = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    weights = _triangles(hz_to_mel(bins), _mel_edges(n_filters, low, high, warp, cutoffs))
    # HTK rounds the band to whole bins and leaves out the first and the last of the spectrum.
    first = max(1, int(low * n_fft / sample_rate + 1.5))
    last = n_fft // 2 - 1 if high >= sample_rate / 2 else int(high * n_fft / sample_rate - 0.5)
    weights[:, :first] = 0
    weights[:, last + 1 :] = 0
    return _read_only(weights)


@functools.lru_cache(maxsize=64)
def slaney_filterbank(n_filters: int, n_fft: int, sample_rate: int, low: float, high: float) -> np.ndarray:
    """Slaney's filters: triangles in Hz between points even on his Mel scale, each of area 1 (twice 1/Hz).

    Returns
    -------
    read-only float64 array (n_filters, n_fft // 2 + 1)
    """
    points = slaney_mel_to_hz(np.linspace(hz_to_slaney_mel(low), hz_to_slaney_mel(high), n_filters + 2))
    weights = _triangles(np.arange(n_fft // 2 + 1) * sample_rate / n_fft, points)
    weights *= (2 / (points[2:] - points[:-2]))[:, None]
    return _read_only(weights)


@functools.lru_cache(maxsize=64)
def bark_filterbank(n_filters: int, n_fft: int, sample_rate: int) -> np.ndarray:
    """Critical bands of PLP: flat for one Bark, falling by 10 dB per Bark below and 25 dB per Bark above.

    Centres are even on the Bark scale from 0 Hz to half the sample rate.

    Returns
    -------
    read-only float64 array (n_filters, n_fft // 2 + 1)
    """
    bins = hz_to_bark(np.arange(n_fft // 2 + 1) * sample_rate / n_fft)
    centres = np.linspace(0, hz_to_bark(sample_rate / 2), n_filters)
    distance = bins - centres[:, None]
    # The exponent is 0 within half a Bark of the centre and falls by 1 per Bark below it and by 2.5 above it.
    weights = 10 ** np.minimum(0, np.minimum(distance + 0.5, -2.5 * (distance - 0.5)))
    return _read_only(weights)


def _triangles(positions: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Triangles (n_points - 2, n_positions): 1 at their middle point, 0 at the points either side."""
    left, middle, right = points[:-2, None], points[1:-1, None], points[2:, None]
    rising = (positions - left) / (middle - left)
    falling = (right - positions) / (right - middle)
    return np.maximum(0, np.minimum(rising, falling))


def _read_only(weights: np.ndarray) -> np.ndarray:
    weights.setflags(write=False)
    return weights
