"""What all descriptions of sound frames share: sample rate, silence, short sounds, deltas, positions."""

from abc import abstractmethod
from typing import Any

import numpy as np

from classicxm.audio.cepstra import with_deltas
from classicxm.audio.frames import padded_to_frame, samples_in
from classicxm.base import LocalExtractor
from classicxm.media.audio import resampled
from classicxm.parameters import Choice, Either, Integer, Real

__all__ = ["FrameExtractor", "check_band"]


class FrameExtractor(LocalExtractor):
    """One descriptor per frame of sound.

    A subclass writes ``describe_frames(samples, sample_rate) -> (n_frames, d)``. A sound shorter than a frame is
    filled up with zeros to one; a sound of zeros alone has no descriptors. Subclasses take these parameters:

    frame_length, frame_step : float
        Seconds in a frame, and from the start of one to the start of the next.
    deltas : {0, 1, 2}
        How many slopes over time follow each descriptor: none, deltas, deltas and accelerations.
    delta_width : int
        Frames on either side that a slope is fitted to.
    sample_rate : int or None
        Hz to which every recording is brought; None leaves each at its own, so that descriptors of recordings
        made at different rates cannot be compared.
    """

    modality = "audio"
    parameter_ranges = {
        "frame_length": Real(0, above=True),
        "frame_step": Real(0, above=True),
        "deltas": Choice(0, 1, 2),
        "delta_width": Integer(1),
        "sample_rate": Either(None, Integer(1)),
    }

    @abstractmethod
    def describe_frames(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """Descriptors (n_frames, d) of samples (n,) that hold at least one frame."""

    def at_least_a_frame(self, samples: np.ndarray, length: int) -> np.ndarray:
        """The samples, filled up with zeros where they are fewer than ``length``."""
        return padded_to_frame(samples, length)

    def describe_located(self, item: Any) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n_frames, d) of a recording, and the middle of each frame as a fraction of the whole."""
        audio = self.decode(item)
        if self.sample_rate is not None:
            audio = resampled(audio, self.sample_rate)
        rate, n_samples = audio.sample_rate, len(audio.samples)
        length, step = samples_in(self.frame_length, rate), samples_in(self.frame_step, rate)
        samples = self.at_least_a_frame(audio.samples, length)
        descriptors = with_deltas(self.describe_frames(samples, rate), self.deltas, self.delta_width)
        middles = (np.arange(len(descriptors)) * step + length / 2) / max(n_samples, 1)
        positions = np.minimum(middles, 1)[:, None].astype(np.float32)
        if not samples.any():
            return descriptors[:0].astype(np.float32), positions[:0]
        return descriptors.astype(np.float32), positions


def check_band(low: float, high: float | None, sample_rate: int) -> tuple[float, float]:
    """The band as two floats; ``high`` None is half the sample rate.

    Raises
    ------
    ValueError
        If the band is empty or reaches beyond half the sample rate.
    """
    nyquist = sample_rate / 2
    high = nyquist if high is None else high
    if high > nyquist:
        raise ValueError(
            f"high_frequency {high:g} Hz lies above half the sample rate, {nyquist:g} Hz; "
            "lower it or set sample_rate"
        )
    if not 0 <= low < high:
        raise ValueError(f"low_frequency must lie between 0 and {high:g} Hz, got {low:g}")
    return float(low), float(high)
