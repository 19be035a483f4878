"""Loudness, noisiness and brightness of sound frames (Tzanetakis and Cook 2002)."""

from typing import Literal

import numpy as np

from classicxm.audio.frame_extractor import FrameExtractor
from classicxm.audio.frames import (
    FULL_SCALE,
    Framing,
    fft_length,
    frame_views,
    frames_in,
    power_spectra,
    samples_in,
)
from classicxm.parameters import Real

__all__ = ["STATISTICS", "SpectralStatistics", "spectral_statistics", "zero_crossing_rates"]

#: The columns, in order.
STATISTICS = ("energy", "zero_crossings", "centroid", "flux", "roll_off")


def zero_crossing_rates(samples: np.ndarray, length: int, step: int) -> np.ndarray:
    """Share of neighbouring samples in each frame that differ in sign (n_frames,); zero counts as positive.

    >>> zero_crossing_rates(np.array([1.0, -1.0, 1.0, 1.0, 1.0]), 3, 2).tolist()
    [1.0, 0.0]
    """
    changes = np.diff(np.signbit(samples + 0.0))
    if length < 2:
        return np.zeros(frames_in(len(samples), length, step))
    return (
        frame_views(np.concatenate([[0], np.cumsum(changes)]), length, step)[:, [0, -1]]
        @ [-1, 1]
        / (length - 1)
    )


def spectral_statistics(
    samples: np.ndarray,
    sample_rate: int,
    *,
    roll_off: float = 0.85,
    frame_length: float = 0.025,
    frame_step: float = 0.01,
) -> np.ndarray:
    """Five numbers per frame.

    Parameters
    ----------
    samples : array (n,) in [-1, 1]
    roll_off : float
        Share of the power below the roll-off frequency.

    Returns
    -------
    float64 array (n_frames, 5)
        Logarithm of the energy of 16-bit samples, at least 0; rate of zero crossings from 0 to 1; centroid of the
        power spectrum, Hz; flux, the squared distance between the magnitude spectra of this frame and the one
        before, each divided by its sum; roll-off, Hz. Silent frames are zero throughout.

    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> spectral_statistics(tone, 8000)[5].round(2).tolist()
    [25.4, 0.25, 999.96, 0.0, 1031.25]
    """
    length, step = samples_in(frame_length, sample_rate), samples_in(frame_step, sample_rate)
    framing = Framing(length, step, "hamming", fft_length(length), scale=FULL_SCALE, precision=np.float32)
    hertz = np.arange(framing.n_fft // 2 + 1) * sample_rate / framing.n_fft
    columns = np.zeros((frames_in(len(samples), length, step), len(STATISTICS)))
    frames = frame_views(np.multiply(samples, FULL_SCALE, dtype=np.float64), length, step)
    columns[:, 0] = np.log(np.maximum(np.einsum("ij,ij->i", frames, frames), 1))
    columns[:, 1] = zero_crossing_rates(samples, length, step)
    before = None
    for first, power in power_spectra(samples, framing):
        rows = slice(first, first + len(power))
        total = power.sum(axis=1)
        sound = total > 0
        share = power / np.where(sound, total, 1)[:, None]
        below = (share.cumsum(axis=1) < roll_off).sum(axis=1)
        columns[rows, 2] = share @ hertz
        columns[rows, 4] = hertz[np.minimum(below, len(hertz) - 1)] * sound
        magnitude = np.sqrt(power)
        magnitude /= np.where(sound, magnitude.sum(axis=1), 1)[:, None]
        # The first frame has none before it and is compared with itself: no flux.
        previous = np.vstack([magnitude[:1] if before is None else before, magnitude[:-1]])
        columns[rows, 3] = ((magnitude - previous) ** 2).sum(axis=1)
        before = magnitude[-1:]
    return columns


class SpectralStatistics(FrameExtractor):
    """Energy, zero crossings, spectral centroid, flux and roll-off of every frame, in this order.

    Units are those of `spectral_statistics`; they differ widely, so standardise before distances are taken.

    Parameters
    ----------
    roll_off : float, default=0.85
        Share of the power below the roll-off frequency.
    frame_length, frame_step, deltas, delta_width, sample_rate
        As in `FrameExtractor`; 0.025 s, 0.01 s, 0, 2 and None.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 10), 16000
    >>> SpectralStatistics().describe_located(tone)[0].shape
    (98, 5)
    """

    parameter_ranges = {"roll_off": Real(0, 1)}

    def __init__(
        self,
        *,
        roll_off: float = 0.85,
        frame_length: float = 0.025,
        frame_step: float = 0.01,
        deltas: Literal[0, 1, 2] = 0,
        delta_width: int = 2,
        sample_rate: int | None = None,
    ) -> None:
        self.roll_off = roll_off
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.deltas = deltas
        self.delta_width = delta_width
        self.sample_rate = sample_rate

    def describe_frames(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """The statistics (n_frames, 5), float64."""
        return spectral_statistics(
            samples,
            sample_rate,
            roll_off=self.roll_off,
            frame_length=self.frame_length,
            frame_step=self.frame_step,
        )
