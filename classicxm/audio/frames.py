"""Sound cut into overlapping frames, and their power spectra: what every description of sound starts from."""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.fft

__all__ = [
    "FULL_SCALE",
    "Framing",
    "band_energies",
    "fft_length",
    "frame_views",
    "frames_in",
    "padded_to_frame",
    "power_spectra",
    "samples_in",
    "window",
]

#: HTK and rastamat see 16-bit integers; samples in [-1, 1] times this are the same numbers.
FULL_SCALE = 32768.0

CACHED_BYTES = 1 << 18  # a block of padded frames of this size stays in the processor's cache


class Framing(NamedTuple):
    """How sound is cut into frames and each frame made ready for its spectrum.

    length, step : int
        Samples in a frame, and from the start of one to the start of the next.
    window : {"hamming", "hann", "rectangular"}
    n_fft : int
        Samples transformed; frames are filled up with zeros, never cut.
    pre_emphasis : float
        c in y[i] = x[i] - c x[i-1].
    per_frame : bool
        Whether a frame's first sample is emphasised as if itself came before it (HTK).
    scale : float
        Factor of the samples.
    offset : float
        Added to every value of the power spectrum.
    precision : dtype
        float64, or float32 for nearly twice the speed, which is what HTK computes in.
    """

    length: int
    step: int
    window: str
    n_fft: int
    pre_emphasis: float = 0.0
    per_frame: bool = False
    scale: float = 1.0
    offset: float = 0.0
    precision: type[np.float32] | type[np.float64] = np.float64


def samples_in(seconds: float, sample_rate: int) -> int:
    """The whole number of samples nearest to a time, at least 1; halves are rounded up.

    >>> samples_in(0.025, 44100)
    1103
    """
    return max(1, math.floor(seconds * sample_rate + 0.5))


def fft_length(length: int) -> int:
    """The smallest power of two that holds a frame of ``length`` samples.

    >>> fft_length(400), fft_length(1103)
    (512, 2048)
    """
    return 1 << (length - 1).bit_length()


def frames_in(n_samples: int, length: int, step: int) -> int:
    """Number of whole frames in a sound; a last part shorter than a frame is left out.

    >>> frames_in(1000, 400, 160), frames_in(399, 400, 160)
    (4, 0)
    """
    return 0 if n_samples < length else 1 + (n_samples - length) // step


def padded_to_frame(samples: np.ndarray, length: int) -> np.ndarray:
    """The samples, filled up with zeros to one frame where they are fewer; none stay none."""
    return np.pad(samples, (0, length - len(samples))) if 0 < len(samples) < length else samples


def frame_views(samples: np.ndarray, length: int, step: int) -> np.ndarray:
    """Overlapping frames (n_frames, length) of the samples, without copying them."""
    if len(samples) < length:
        return np.zeros((0, length), samples.dtype)
    return np.lib.stride_tricks.sliding_window_view(samples, length)[::step]


@functools.lru_cache(maxsize=64)
def window(name: str, length: int) -> np.ndarray:
    """A symmetric window (length,), read-only.

    >>> window("hann", 3).round(3).tolist(), window("hamming", 3).round(3).tolist()
    ([0.0, 1.0, 0.0], [0.08, 1.0, 0.08])
    """
    if name == "rectangular":
        values = np.ones(length)
    elif name == "hann":
        values = np.hanning(length)
    elif name == "hamming":
        values = np.hamming(length)
    else:
        raise ValueError(f"window must be 'hamming', 'hann' or 'rectangular', got {name!r}")
    values.setflags(write=False)
    return values


def power_spectra(samples: np.ndarray, framing: Framing) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (first frame, power spectra) of a few frames at a time.

    Parameters
    ----------
    samples : float array (n,)
    framing : Framing

    Yields
    ------
    first : int
    power : array (n_frames_in_block, n_fft // 2 + 1) of the framing's precision
        |DFT|^2 of the frames plus the offset; the array is reused for the next block.
    """
    frames, heads = _emphasised_frames(samples, framing)
    weights = window(framing.window, framing.length).astype(framing.precision)
    block = max(1, CACHED_BYTES // (framing.n_fft * np.dtype(framing.precision).itemsize))
    padded = np.zeros((min(block, len(frames)), framing.n_fft), framing.precision)
    power = np.empty((len(padded), framing.n_fft // 2 + 1), framing.precision)
    for first in range(0, len(frames), block):
        part = frames[first : first + block]
        rows = slice(len(part))
        np.multiply(part, weights, out=padded[rows, : framing.length])
        if framing.per_frame:
            padded[rows, 0] = heads[first : first + block] * weights[0]
        parts = scipy.fft.rfft(padded[rows], axis=1).view(framing.precision)  # real, imaginary, real, ...
        np.multiply(parts, parts, out=parts)
        np.add(parts[:, ::2], parts[:, 1::2], out=power[rows])
        if framing.offset:
            power[rows] += framing.offset
        yield first, power[rows]


def _emphasised_frames(samples: np.ndarray, framing: Framing) -> tuple[np.ndarray, np.ndarray]:
    """Views (n_frames, length) of the scaled and emphasised samples, and each frame's first sample on its own."""
    scaled = np.multiply(samples, framing.scale, dtype=framing.precision)
    if framing.pre_emphasis:
        emphasised = scaled.copy()
        emphasised[1:] -= framing.precision(framing.pre_emphasis) * scaled[:-1]
    else:
        emphasised = scaled
    frames = frame_views(emphasised, framing.length, framing.step)
    heads = scaled[:: framing.step][: len(frames)] * framing.precision(1 - framing.pre_emphasis)
    return frames, heads


def band_energies(samples: np.ndarray, framing: Framing, weights: np.ndarray) -> np.ndarray:
    """Weighted sums of each frame's power spectrum.

    Parameters
    ----------
    samples : float array (n,)
    framing : Framing
    weights : array (n_bands, n_fft // 2 + 1)

    Returns
    -------
    float64 array (n_frames, n_bands)

    Examples
    --------
    >>> tone = np.cos(2 * np.pi * np.arange(80) / 8)
    >>> framing = Framing(length=16, step=8, window="rectangular", n_fft=16)
    >>> band_energies(tone, framing, np.eye(9))[0].round(6).tolist()
    [0.0, 0.0, 64.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    energies = np.empty((frames_in(len(samples), framing.length, framing.step), len(weights)))
    used = np.flatnonzero(weights.any(axis=0))
    bins = slice(used[0], used[-1] + 1) if len(used) else slice(0, 0)
    columns = weights[:, bins].T.astype(framing.precision)
    for first, power in power_spectra(samples, framing):
        energies[first : first + len(power)] = power[:, bins] @ columns
    return energies
