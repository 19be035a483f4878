"""Gammatone cepstra (Valero and Alias 2012; cube root: Shao, Jin, Wang and Srinivasan 2009)."""

import functools
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from classicxm.audio.cepstra import cosine_basis
from classicxm.audio.frame_extractor import FrameExtractor, check_band
from classicxm.audio.frames import FULL_SCALE, Framing, band_energies, fft_length, samples_in
from classicxm.parameters import Choice, Either, Integer, Real

__all__ = ["GammatoneCepstra", "erb_bandwidth", "erb_centres", "gammatone_energies", "gammatone_filterbank"]

ORDER = 4
BANDWIDTH = 1.019  # of a filter of order 4, in equivalent rectangular bandwidths


def erb_bandwidth(hz: ArrayLike) -> np.ndarray:
    """Equivalent rectangular bandwidth in Hz of the ear's filter at a frequency (Glasberg and Moore 1990).

    >>> round(float(erb_bandwidth(1000)), 1)
    132.6
    """
    return 24.7 * (4.37e-3 * np.asarray(hz, float) + 1)


def erb_centres(n_filters: int, low: float, high: float) -> np.ndarray:
    """Frequencies (n_filters,) in Hz from ``low`` to ``high``, even on the ERB-rate scale.

    >>> erb_centres(3, 100, 4000).round().tolist()
    [100.0, 950.0, 4000.0]
    """
    rates = np.linspace(np.log1p(4.37e-3 * low), np.log1p(4.37e-3 * high), n_filters)
    return np.expm1(rates) / 4.37e-3


@functools.lru_cache(maxsize=64)
def gammatone_filterbank(n_filters: int, n_fft: int, sample_rate: int, low: float, high: float) -> np.ndarray:
    """Power responses of gammatone filters of order 4 at the bins of an FFT, 1 at the centre of each.

    |H(f)|^2 = (1 + ((f - centre) / (1.019 ERB))^2)^-4.

    Returns
    -------
    read-only float64 array (n_filters, n_fft // 2 + 1)
    """
    bins = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    centres = erb_centres(n_filters, low, high)[:, None]
    weights = (1 + ((bins - centres) / (BANDWIDTH * erb_bandwidth(centres))) ** 2) ** -ORDER
    weights.setflags(write=False)
    return weights


def gammatone_energies(
    samples: np.ndarray,
    sample_rate: int,
    *,
    n_filters: int = 40,
    low_frequency: float = 50.0,
    high_frequency: float | None = None,
    frame_length: float = 0.025,
    frame_step: float = 0.01,
) -> np.ndarray:
    """Energy in gammatone bands of every frame (n_frames, n_filters), of 16-bit samples and at least 1."""
    low, high = check_band(low_frequency, high_frequency, sample_rate)
    length, step = samples_in(frame_length, sample_rate), samples_in(frame_step, sample_rate)
    n_fft = fft_length(length)
    framing = Framing(length, step, "hamming", n_fft, scale=FULL_SCALE, precision=np.float32)
    weights = gammatone_filterbank(n_filters, n_fft, sample_rate, low, high)
    return np.maximum(band_energies(samples, framing, weights), 1)


class GammatoneCepstra(FrameExtractor):
    """Cosine transform of each frame's compressed energies in gammatone bands.

    Parameters
    ----------
    n_cepstra : int, default=13
        The zeroth among them; at most the filters.
    n_filters : int, default=40
    low_frequency : float, default=50
        Centre of the lowest filter, Hz.
    high_frequency : float or None
        Centre of the highest; None is half the sample rate.
    compression : {"log", "cube-root"}, default="log"
    frame_length, frame_step, deltas, delta_width, sample_rate
        As in `FrameExtractor`; 0.025 s, 0.01 s, 0, 2 and None.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 10), 16000
    >>> GammatoneCepstra(n_cepstra=20).describe_located(tone)[0].shape
    (98, 20)
    """

    parameter_ranges = {
        "n_cepstra": Integer(1),
        "n_filters": Integer(1),
        "low_frequency": Real(0),
        "high_frequency": Either(None, Real(0, above=True)),
        "compression": Choice("log", "cube-root"),
    }

    def __init__(
        self,
        *,
        n_cepstra: int = 13,
        n_filters: int = 40,
        low_frequency: float = 50.0,
        high_frequency: float | None = None,
        compression: Literal["log", "cube-root"] = "log",
        frame_length: float = 0.025,
        frame_step: float = 0.01,
        deltas: Literal[0, 1, 2] = 0,
        delta_width: int = 2,
        sample_rate: int | None = None,
    ) -> None:
        self.n_cepstra = n_cepstra
        self.n_filters = n_filters
        self.low_frequency = low_frequency
        self.high_frequency = high_frequency
        self.compression = compression
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.deltas = deltas
        self.delta_width = delta_width
        self.sample_rate = sample_rate

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters; nothing is learned."""
        super().fit(items, y)
        if self.n_cepstra > self.n_filters:
            raise ValueError(
                f"GammatoneCepstra: n_cepstra must be at most n_filters ({self.n_filters}), got {self.n_cepstra}"
            )
        return self

    def describe_frames(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """Cepstra (n_frames, n_cepstra), float64."""
        energies = gammatone_energies(
            samples,
            sample_rate,
            n_filters=self.n_filters,
            low_frequency=self.low_frequency,
            high_frequency=self.high_frequency,
            frame_length=self.frame_length,
            frame_step=self.frame_step,
        )
        compressed = np.log(energies) if self.compression == "log" else np.cbrt(energies)
        return compressed @ cosine_basis(self.n_filters, self.n_cepstra)
