"""Audio: wav, flac, ogg, mp3 and other files that libsndfile reads, as one channel of samples."""

import io
import numbers
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy.signal import resample_poly

from classicxm.errors import MediaDecodeError

__all__ = ["MAX_SAMPLES", "Audio", "as_audio", "decode", "read_audio", "resampled"]

#: Longer recordings are refused before they are decoded (over an hour at 48 kHz).
MAX_SAMPLES = 200_000_000

LARGEST_PEAK = 4.0  # lossy codecs overshoot full scale a little; more is another scale
MOST_CHANNELS = 64
BLOCK = 1 << 20  # samples of each channel decoded at once
FINEST_RATIO = 2000  # largest factor of a resampling ratio, off by less than 1e-6


class Audio(NamedTuple):
    """Decoded sound: float32 ``samples`` (n,) in [-1, 1] and ``sample_rate`` in Hz."""

    samples: np.ndarray
    sample_rate: int


def decode(item):
    """One recording as `Audio`: a path or bytes are read, (samples, sample_rate) go through `as_audio`."""
    if isinstance(item, Audio):
        return item
    if isinstance(item, (str, PathLike, bytes)):
        return read_audio(item)
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return as_audio(*item)
    raise TypeError(
        f"audio must be a path, bytes or a pair (samples, sample_rate), got {type(item).__name__}; "
        "samples alone do not tell their sample rate"
    )


def as_audio(samples, sample_rate):
    """Samples of any number of channels as `Audio`.

    Parameters
    ----------
    samples : array (n,) or (n, n_channels)
        Channels are averaged. Integers are divided by their full scale, floats must lie in [-1, 1].
    sample_rate : int
        In Hz.

    Raises
    ------
    ValueError, TypeError
        For samples that are none, not finite, out of range or of an unknown kind.

    >>> as_audio(np.array([[16384, 0], [0, 0]], np.int16), 8000)
    Audio(samples=array([0.25, 0.  ], dtype=float32), sample_rate=8000)
    """
    if not isinstance(sample_rate, numbers.Real) or sample_rate < 1 or sample_rate % 1:
        given = sample_rate if isinstance(sample_rate, numbers.Real) else type(sample_rate).__name__
        raise ValueError(
            f"sample_rate must be a positive integer (Hz), second after the samples, got {given}"
        )
    samples = np.asarray(samples)
    if samples.ndim == 2 and not 1 <= samples.shape[1] <= MOST_CHANNELS:
        raise ValueError(
            f"samples must have shape (n,) or (n, n_channels), got {samples.shape}; transpose them"
        )
    if samples.ndim not in (1, 2) or not samples.size:
        raise ValueError(f"samples must have shape (n,) or (n, n_channels) with n > 0, got {samples.shape}")
    samples = _mixed_down(_as_float(samples)).astype(np.float32)
    problem = _problem(samples, largest=1.0 + 1e-6)
    if problem:
        raise ValueError(problem)
    return Audio(np.clip(samples, -1, 1), int(sample_rate))


def read_audio(source):
    """Decode an audio file or the bytes of one; channels are averaged.

    Parameters
    ----------
    source : path or bytes

    Returns
    -------
    Audio
        At the file's own sample rate; `resampled` gives another. Overshoots beyond [-1, 1] are clipped.

    Raises
    ------
    MediaDecodeError
        If the file is missing, empty, cut off, too long, not audio, or holds NaN.
    """
    name, data = _contents(source)
    if _is_cut_off(data):
        raise MediaDecodeError(name, "stops before its end, samples are missing; replace the file")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate = file.samplerate
            samples = _read_blocks(file, name)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise MediaDecodeError(
            name, f"is not readable audio ({_guess(data, error)}); replace the file"
        ) from None
    if not len(samples):
        raise MediaDecodeError(name, "holds no samples; replace the file")
    problem = _problem(samples, largest=LARGEST_PEAK)
    if problem:
        raise MediaDecodeError(name, problem)
    return Audio(np.clip(samples, -1, 1, out=samples), rate)


def resampled(audio, sample_rate):
    """The same sound at another sample rate, by a polyphase low-pass filter.

    >>> sound = Audio(np.zeros(441, np.float32), 44100)
    >>> resampled(sound, 16000).samples.shape
    (160,)
    """
    if audio.sample_rate == sample_rate:
        return audio
    ratio = Fraction(sample_rate, audio.sample_rate).limit_denominator(FINEST_RATIO)
    if not ratio:
        raise ValueError(
            f"cannot resample from {audio.sample_rate} Hz to {sample_rate} Hz; give a nearer rate"
        )
    samples = resample_poly(audio.samples, ratio.numerator, ratio.denominator).astype(np.float32)
    return Audio(np.clip(samples, -1, 1, out=samples), sample_rate)


def _contents(source):
    if isinstance(source, bytes):
        name, data = f"{len(source)} bytes", source
    else:
        name = str(source)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise MediaDecodeError(name, f"cannot be read ({error.strerror})") from None
    if not data:
        raise MediaDecodeError(name, "is empty (0 bytes); replace the file")
    return name, data


def _read_blocks(file, name):
    """All samples of an open file, channels averaged: float32 (n,)."""
    unknown = file.frames > 1 << 60
    if file.frames > MAX_SAMPLES and not unknown:
        raise MediaDecodeError(
            name, f"has {file.frames:,} samples, over the limit of {MAX_SAMPLES:,}; cut it"
        )
    blocks, total = [], 0
    while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
        blocks.append(_mixed_down(block))
        total += len(block)
        if total > MAX_SAMPLES:
            raise MediaDecodeError(name, f"has more samples than the limit of {MAX_SAMPLES:,}; cut it")
    if not unknown and total < file.frames:
        raise MediaDecodeError(
            name, f"stops before its end, at sample {total:,} of {file.frames:,}; replace the file"
        )
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _mixed_down(samples):
    if samples.ndim == 1:
        return samples
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)


def _as_float(samples):
    if samples.dtype.kind == "f":
        return samples
    if samples.dtype == np.uint8:  # 8-bit sound alone is unsigned
        return samples.astype(np.float64) / 128 - 1
    if samples.dtype in (np.int8, np.int16, np.int32):
        return samples / -float(np.iinfo(samples.dtype).min)
    raise TypeError(f"samples must be float, int16, int32, int8 or uint8, got {samples.dtype}; convert them")


def _problem(samples, largest):
    """What is wrong with sample values, or None."""
    low, high = samples.min(), samples.max()
    if not np.isfinite(low + high):
        first = int(np.argmin(np.isfinite(samples)))
        return f"its samples hold NaN or infinity, first at sample {first}; repair the recording"
    if max(-low, high) > largest:
        peak = max(-low, high)
        return f"its samples reach {peak:.4g} where full scale is 1; divide by the largest, or by 32768 if 16-bit"
    return None


def _is_cut_off(data):
    """Whether a wav, aiff or ogg file ends inside a part whose length it has announced."""
    if data[:4] in (b"RIFF", b"FORM"):
        announced = int.from_bytes(data[4:8], "little" if data[:4] == b"RIFF" else "big")
        streamed = announced == 0 or announced >= 0x7FFFFF00  # written before the length was known
        return not streamed and len(data) < announced
    if data[:4] == b"OggS":
        page = data.rfind(b"OggS")
        n_segments = data[page + 26] if page + 26 < len(data) else 255
        lengths = data[page + 27 : page + 27 + n_segments]
        return len(lengths) < n_segments or page + 27 + n_segments + sum(lengths) > len(data)
    return False


def _guess(data, error):
    known = (b"RIFF", b"FORM", b"OggS", b"fLaC", b"ID3", b".snd")
    if data.startswith(known):
        reason = " ".join(str(error).split()).rpartition(": ")[2].rstrip(".")
        return f"its header is audio's, its contents are damaged: {reason}"
    try:
        data[:512].decode("utf-8")
    except UnicodeDecodeError:
        return "its header is no audio format that libsndfile knows"
    return "it holds text"
