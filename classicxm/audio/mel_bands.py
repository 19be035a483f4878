"""Logarithms of Mel band energies, frame by frame: what cepstra are made from, for descriptions that want bands."""

from typing import Literal

import numpy as np

from classicxm.audio.frame_extractor import FrameExtractor
from classicxm.audio.mfcc import mel_energies
from classicxm.parameters import Choice, Either, Integer, Real

__all__ = ["LogMelBands"]


class LogMelBands(FrameExtractor):
    """The logarithm of the energy in each of some Mel bands, for every frame.

    Cepstra (`MFCC`) are its cosine transform. Neighbouring bands are correlated, so mixtures and vocabularies are
    better learned on cepstra; `classicxm.encoding.RandomConvolutions` and pictures of a sound take the bands.

    Parameters
    ----------
    preset : {"slaney", "htk"}, default="slaney"
        Window, filters and pre-emphasis, as in `MFCC`.
    n_filters : int, default=40
        Number of bands.
    low_frequency : float, default=0
        Hz.
    high_frequency : float or None, default=None
        Hz; None is half the sample rate.
    frame_length, frame_step, deltas, delta_width, sample_rate
        As in `FrameExtractor`; 0.025 s, 0.01 s, 0, 2 and None.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000), 8000
    >>> bands, positions = LogMelBands().describe_located(tone)
    >>> bands.shape, int(bands[0].argmax())
    ((98, 40), 16)
    """

    parameter_ranges = {
        "preset": Choice("slaney", "htk"),
        "n_filters": Integer(1),
        "low_frequency": Real(0),
        "high_frequency": Either(None, Real(0, above=True)),
    }

    def __init__(
        self,
        preset: Literal["slaney", "htk"] = "slaney",
        *,
        n_filters: int = 40,
        low_frequency: float = 0.0,
        high_frequency: float | None = None,
        frame_length: float = 0.025,
        frame_step: float = 0.01,
        deltas: Literal[0, 1, 2] = 0,
        delta_width: int = 2,
        sample_rate: int | None = None,
    ) -> None:
        self.preset = preset
        self.n_filters = n_filters
        self.low_frequency = low_frequency
        self.high_frequency = high_frequency
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.deltas = deltas
        self.delta_width = delta_width
        self.sample_rate = sample_rate

    def describe_frames(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """Logarithms (n_frames, n_filters), float64; silent bands are at the floor of the preset."""
        energies = mel_energies(
            samples,
            sample_rate,
            self.preset,
            n_filters=self.n_filters,
            low_frequency=self.low_frequency,
            high_frequency=self.high_frequency,
            frame_length=self.frame_length,
            frame_step=self.frame_step,
        )
        return np.log(energies)
