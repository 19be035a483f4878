"""Audio: wav, flac, ogg, mp3 and other files that libsndfile reads, as one channel of samples."""

import io
import math
import numbers
import re
import warnings
from collections.abc import Sequence
from fractions import Fraction
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import ArrayLike

from classicxm.errors import MediaDecodeError, MissingExtraError
from classicxm.media import flac, mp3, ogg, riff
from classicxm.media.av_streams import read_sound
from classicxm.media.contents import contents, silent_stderr
from classicxm.media.sound_kinds import kind_for_av, refusal
from classicxm.sequences import native, plain_array

__all__ = ["MAX_SAMPLES", "Audio", "as_audio", "decode", "read_audio", "resampled"]

#: Longer recordings are refused (at 16 kHz over an hour, at 48 kHz over 20 minutes): 240 MB once decoded.
MAX_SAMPLES = 60_000_000

LARGEST_PEAK = 4.0  # lossy codecs overshoot full scale a little; more is another scale
MOST_CHANNELS = 64
BLOCK = 1 << 20  # samples of each channel decoded at once
LOWEST_RATE, HIGHEST_RATE = 100, 1_000_000  # Hz; beyond, a file's header is wrong or it is no sound
ENCODER_SILENCE = 4 * 1152  # samples by which mpeg frames may hold more than the sound
#: What libsndfile reads and is checked here for missing samples; of its other formats it gives what is left.
CHECKED = frozenset(
    ["WAV", "WAVEX", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3", "MPEG", "RF64", "W64", "NIST"]
)
SPHERE_FIELD = re.compile(rb"(sample_count|channel_count|sample_n_bytes) -(?:i|s\d+) (\d{1,12})")
FINEST_RATIO = 2000  # largest factor of a resampling ratio, off by less than 1e-6


class Audio(NamedTuple):
    """Decoded sound: float32 ``samples`` (n,) in [-1, 1] and ``sample_rate`` in Hz."""

    samples: np.ndarray
    sample_rate: int


def decode(item: Any) -> Audio:
    """One recording as `Audio`: a path or bytes are read, (samples, sample_rate) go through `as_audio`."""
    if isinstance(item, Audio):
        return item
    if isinstance(item, (str, PathLike, bytes)):
        return read_audio(item)
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return as_audio(*item)
    raise TypeError(
        f"audio must be a path, bytes or a pair (samples, sample_rate), got {type(item).__name__}; "
        "samples alone have no sample rate"
    )


def as_audio(samples: ArrayLike, sample_rate: int) -> Audio:
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
    samples = native(plain_array("samples", samples))
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


def read_audio(source: str | PathLike[str] | bytes) -> Audio:
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
    name, data = contents(source)
    if not (data := mp3.behind_tags(data)):
        raise MediaDecodeError(name, "stops inside the tag that it starts with; replace the file")
    try:
        if kind_for_av(data):
            samples, rate = read_sound(data, name, MAX_SAMPLES)
        else:
            pieces = _whole_pieces(data, name)
            with silent_stderr():
                samples, rate = _read_pieces(pieces, name)
    except MissingExtraError as error:
        raise MediaDecodeError(name, refusal(data, error)) from None
    except (soundfile.LibsndfileError, TypeError) as error:
        raise MediaDecodeError(name, refusal(data, error)) from None
    if not len(samples):
        raise MediaDecodeError(name, "holds no samples; replace the file")
    problem = _problem(samples, largest=LARGEST_PEAK)
    if problem:
        raise MediaDecodeError(name, problem)
    return Audio(np.clip(samples, -1, 1, out=samples), rate)


def resampled(audio: Audio, sample_rate: int) -> Audio:
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
    if len(audio.samples) * ratio > MAX_SAMPLES:
        raise ValueError(
            f"cannot resample {len(audio.samples):,} samples from {audio.sample_rate} Hz to {sample_rate} Hz: "
            f"more than the limit of {MAX_SAMPLES:,} samples; cut the recording or correct its rate"
        )
    from scipy.signal import resample_poly  # half of what this module would take to import

    samples = resample_poly(audio.samples, ratio.numerator, ratio.denominator).astype(np.float32)
    return Audio(np.clip(samples, -1, 1, out=samples), sample_rate)


def _whole_pieces(data: bytes, name: str) -> list[tuple[bytes, int | None]]:
    """What libsndfile is given, one after the other: pairs of content and its number of samples, if counted.

    Lengths are repaired, chained streams divided; what is cut is refused.
    """
    if data.startswith(b"NIST_1A\n"):
        return _of_sphere(data, name)
    if riff.is_container(data):
        return [piece for one in riff.joined(data) for piece in _of_container(one, name)]
    if data.startswith(b"OggS"):
        return _of_ogg(data, name)
    if mp3.looks_like_mpeg(data):
        return _mpeg_pieces(data, name)
    pieces, is_cut = flac.streams(data)
    if is_cut:
        raise _cut_off(name)
    return [(piece, None) for piece in pieces]


def _of_container(data: bytes, name: str) -> list[tuple[bytes, int | None]]:
    found = riff.container(data)
    if found is None or found.is_cut:
        raise _cut_off(name)
    if found.behind:
        _warn_of_rest(name, found.behind, "behind the samples that its header announces")
    return [(found.data, None)] if found.mpeg is None else _mpeg_pieces(found.mpeg, name)


def _of_sphere(data: bytes, name: str) -> list[tuple[bytes, int | None]]:
    """NIST SPHERE, of which libsndfile reads whatever is there; the header's numbers say how long it is."""
    said = dict(SPHERE_FIELD.findall(data[:4096]))
    begins = data[8:16].strip()
    numbers = [said.get(key, b"") for key in (b"sample_count", b"channel_count", b"sample_n_bytes")]
    if not (begins.isdigit() and all(value.isdigit() for value in numbers)):
        raise MediaDecodeError(name, "is NIST SPHERE whose header does not say its length; convert it to wav")
    end = int(begins) + math.prod(map(int, numbers))
    if end > len(data):
        raise _cut_off(name)
    if len(data) - end > riff.LONGEST_TRAILER:
        _warn_of_rest(name, len(data) - end, "behind the samples that its header announces")
    return [(data[:end], None)]


def _of_ogg(data: bytes, name: str) -> list[tuple[bytes, int | None]]:
    pieces, problem = ogg.links(data)
    if problem:
        raise MediaDecodeError(name, f"{problem}; replace the file")
    return [(piece, None) for piece in pieces]


def _mpeg_pieces(data: bytes, name: str) -> list[tuple[bytes, int | None]]:
    pieces = mp3.streams(data)
    problem = next((piece.problem for piece in pieces if piece.problem), None)
    if problem:
        raise MediaDecodeError(name, f"{problem}, samples are missing; replace the file")
    skipped = sum(piece.skipped for piece in pieces)
    if skipped:
        _warn_of_rest(name, skipped, "before or between its frames")
    return [(piece.data, piece.n_samples) for piece in pieces if piece.n_samples]


def _warn_of_rest(name: str, n_bytes: int, where: str) -> None:
    warnings.warn(
        f"{name}: {n_bytes:,} bytes {where} are no sound that can be read and were left out; "
        "some of it may be missing",
        stacklevel=4,
    )


def _cut_off(name: str) -> MediaDecodeError:
    return MediaDecodeError(name, "stops before its end, samples are missing; replace the file")


class _Stream(io.BytesIO):
    """Content as libsndfile reads it: what raised in its call would be printed by Python's hook."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte; stay where a damaged header points before the first one."""
        try:
            return super().seek(offset, whence)
        except ValueError:
            return self.tell()


def _read_pieces(pieces: Sequence[tuple[bytes, int | None]], name: str) -> tuple[np.ndarray, int]:
    """All samples of encoded pieces, channels averaged: float32 (n,), and their rate."""
    blocks, rates, total = [], set(), 0
    for piece, counted in pieces:
        with soundfile.SoundFile(_Stream(piece)) as file:
            if file.format not in CHECKED:
                raise MediaDecodeError(
                    name,
                    f"is of the format {file.format_info}, in which missing samples do not show; "
                    "convert it: ffmpeg -i INPUT OUTPUT.flac",
                )
            rates.add(file.samplerate)
            if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE:
                limits = f"expected at least {LOWEST_RATE} and at most {HIGHEST_RATE:,}"
                raise MediaDecodeError(
                    name, f"has a sample rate of {file.samplerate} Hz, {limits}; correct it"
                )
            if len(rates) > 1:
                raise MediaDecodeError(name, f"joins pieces of different rates {sorted(rates)} Hz; divide it")
            blocks += _read_blocks(file, name, total, counted)
            total = sum(map(len, blocks))
    # One allocation, and no second whole copy: every block is let go once it is copied.
    samples, at = np.empty(total, np.float32), 0
    blocks.reverse()
    while blocks:
        block = blocks.pop()
        samples[at : at + len(block)] = block
        at += len(block)
    return samples, rates.pop() if rates else 0


def _read_blocks(file: soundfile.SoundFile, name: str, before: int, counted: int | None) -> list[np.ndarray]:
    """The blocks of samples of an open file, channels averaged; ``before`` samples were read already."""
    unknown = file.frames > 1 << 60
    if before + file.frames > MAX_SAMPLES and not unknown:
        raise MediaDecodeError(
            name, f"has {before + file.frames:,} samples, over the limit of {MAX_SAMPLES:,}; cut it"
        )
    blocks, total = [], 0
    n_read = max(1, BLOCK // file.channels)
    while len(block := file.read(n_read, dtype="float32", always_2d=True)):
        blocks.append(_mixed_down(block))
        total += len(block)
        if before + total > MAX_SAMPLES:
            raise MediaDecodeError(name, f"has more samples than the limit of {MAX_SAMPLES:,}; cut it")
    if counted is not None:  # without the silence that an encoder adds at both ends
        is_cut = total < counted - ENCODER_SILENCE
    else:
        is_cut = not unknown and total < file.frames
    if is_cut:
        raise MediaDecodeError(
            name, f"stops before its end, at sample {total:,} of {counted or file.frames:,}; replace the file"
        )
    return blocks


def _mixed_down(samples: np.ndarray) -> np.ndarray:
    if samples.ndim == 1:
        return samples
    if samples.shape[1] == 1:
        return samples[:, 0]
    with np.errstate(invalid="ignore", over="ignore"):  # infinity is named once all samples are there
        return samples.mean(axis=1)


def _as_float(samples: np.ndarray) -> np.ndarray:
    if samples.dtype.kind == "f":
        return samples
    if samples.dtype == np.uint8:  # 8-bit sound alone is unsigned
        return samples.astype(np.float64) / 128 - 1
    if samples.dtype in (np.int8, np.int16, np.int32):
        return samples / -float(np.iinfo(samples.dtype).min)
    raise TypeError(f"samples must be float, int16, int32, int8 or uint8, got {samples.dtype}; convert them")


def _problem(samples: np.ndarray, largest: float) -> str | None:
    """What is wrong with sample values, or None."""
    low, high = samples.min(), samples.max()
    if not np.isfinite(low + high):
        first = int(np.argmin(np.isfinite(samples)))
        return f"its samples hold NaN or infinity, first at sample {first}; repair the recording"
    if max(-low, high) > largest:
        peak = max(-low, high)
        return f"its samples reach {peak:.4g} where full scale is 1; divide by the largest, or by 32768 if 16-bit"
    return None
