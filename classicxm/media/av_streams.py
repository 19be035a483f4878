"""Sounds and films that libsndfile and OpenCV do not read (m4a, aac, wma, webm, ...), by PyAV (extra ``av``).

A container's format is set from its first bytes, so that no playlist inside a file can name another file.
"""

import io
import itertools
import os
import sys
from collections.abc import Iterator
from os import PathLike
from typing import Any

import cv2
import numpy as np

from classicxm.errors import MediaDecodeError, MissingExtraError
from classicxm.media import ogg
from classicxm.media.joined import is_adts, pieces
from classicxm.media.mpeg_ends import packet_layout, without_padding
from classicxm.media.video_container import ends_early

__all__ = ["AvCapture", "format_of", "read_sound"]

SECONDS = (4.0, 10.0)  # to open a container, and to read on in it; OpenCV has taken its own time before
#: Containers that do not write down how long they last: FFmpeg guesses it from the bit rate, or from time stamps.
UNCOUNTED = ("aac", "ac3", "eac3", "amr", "asf", "mpeg", "mpegts")
OPUS = ("opus", "libopus")
TOLERANCE = 0.25  # seconds by which what is announced may be longer: padding of encoders


def _faults() -> tuple[type[Exception], ...]:
    """What PyAV raises: most of its errors derive from these of Python, missing decoders and the end of file too."""
    errors = sys.modules.get("av.error")
    own = () if errors is None else (errors.FFmpegError,)
    return (OSError, ValueError, RuntimeError, EOFError, LookupError, *own)


def format_of(head: bytes) -> str | None:
    """FFmpeg's name of the container whose first bytes are given, or None for those that are not read here.

    >>> format_of(b"\\0\\0\\0\\x20ftypM4A "), format_of(b"#EXTM3U\\n")
    ('mov', None)
    """
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return "mov"
    starts = {
        b"\x1aE\xdf\xa3": "matroska",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
        b"FLV\1": "flv",
        b"OggS": "ogg",
        b"\0\0\1\xba": "mpeg",
        b"wvpk": "wv",
        b"TTA1": "tta",
        b"MAC ": "ape",
        b"#!AMR": "amr",
        b"\x0b\x77": "ac3",
    }
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if is_adts(head):
        return "aac"
    if packet_layout(head) is not None:
        return "mpegts"
    return next((name for start, name in starts.items() if head.startswith(start)), None)


def _opened(source: Any, head: bytes) -> Any:
    try:
        import av
    except ImportError:
        raise MissingExtraError("av", "av (PyAV)") from None
    return av.open(source, format=format_of(head), timeout=SECONDS)


def read_sound(data: bytes, name: str, most: int) -> tuple[np.ndarray, int]:
    """Samples of the first audio stream, channels averaged, float32 (n,), and their rate in Hz.

    Files that lie end to end are read one after the other.

    Parameters
    ----------
    data : bytes
    name : str
        For messages.
    most : int
        Samples; more are refused.

    Raises
    ------
    MediaDecodeError, MissingExtraError
    """
    sounds: list[np.ndarray] = []
    rates: set[int] = set()
    for piece in [piece for link in _links(data, name) for piece in pieces(link)]:
        samples, rate = _read_one(piece, name, most - sum(map(len, sounds)))
        sounds.append(samples)
        rates.add(rate)
        if len(rates) > 1:
            raise MediaDecodeError(name, f"joins pieces of different rates {sorted(rates)} Hz; divide it")
    return sounds[0] if len(sounds) == 1 else np.concatenate(sounds), rates.pop()


def _links(data: bytes, name: str) -> list[bytes]:
    if data[:4] != b"OggS":
        return [data]
    links, problem = ogg.links(data)
    if problem:
        raise MediaDecodeError(name, f"{problem}; replace the file")
    return links


def _read_one(data: bytes, name: str, most: int) -> tuple[np.ndarray, int]:
    data = without_padding(data)
    blocks, total, rate, announced = [], 0, 0, 0.0
    is_cut = ends_early(io.BytesIO(data), len(data))
    try:
        with _opened(io.BytesIO(data), data[:512]) as container:
            if not container.streams.audio:
                raise MediaDecodeError(name, "has no sound in it; give a file with an audio stream")
            rate = int(container.streams.audio[0].rate)
            announced = _seconds(container)
            for block in _blocks(container):
                total += len(block)
                if total > most:
                    raise MediaDecodeError(name, f"has more samples than the limit of {most:,}; cut it")
                blocks.append(block)
    except _faults() as error:
        if isinstance(error, MediaDecodeError):
            raise
        if not announced or total < rate * (announced - TOLERANCE):  # else it is whole, with a tag behind it
            raise MediaDecodeError(
                name, f"is not readable audio ({_reason(error)}); replace the file"
            ) from None
    if is_cut or total < rate * (announced - TOLERANCE):
        raise MediaDecodeError(
            name, f"stops before its end, after {total / max(rate, 1):.2f} s; replace the file"
        )
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32), rate


def _reason(error: BaseException) -> str:
    """What FFmpeg says, without the path that it adds, which may be of a folder that nobody shall know."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:120]


def _seconds(container: Any) -> float:
    """How long the first sound lasts by what the container writes down of it, 0 where it does not."""
    stream = container.streams.audio[0]
    if container.format.name in UNCOUNTED:
        return 0.0
    if stream.duration:
        return float(stream.duration * stream.time_base)
    alone = len(container.streams) == 1 and container.duration
    return container.duration / 1e6 if alone else 0.0


def _blocks(container: Any) -> Iterator[np.ndarray]:
    import av

    stream = container.streams.audio[0]
    resampler = av.AudioResampler(format="fltp", rate=stream.rate)
    frames = container.decode(stream)
    is_opus = stream.codec_context.name in OPUS
    first = list(itertools.islice(frames, 2 if is_opus else 0))
    lead = _lead(stream.codec_context.extradata or b"", [frame.samples for frame in first])
    for frame in itertools.chain(first, frames):
        for part in resampler.resample(frame):
            block = part.to_ndarray().mean(axis=0, dtype=np.float32)
            yield block[lead:]
            lead = max(0, lead - len(block))
    for part in resampler.resample(None):
        yield part.to_ndarray().mean(axis=0, dtype=np.float32)


def _lead(head: bytes, sizes: list[int]) -> int:
    """Samples of an Opus encoder's delay that are left in the first frames, by its header and the sizes of two.

    The delay is one of samples at 48 kHz (RFC 7845, 4.2); in mkv and mp4, FFmpeg takes it for one at the rate that the
    sound had before.

    >>> header = b"OpusHead\\1\\1" + (312).to_bytes(2, "little")
    >>> _lead(header, [856, 960]), _lead(header, [648, 960])
    (208, 0)
    """
    if not head.startswith(b"OpusHead") or len(sizes) < 2:
        return 0
    delay, dropped = int.from_bytes(head[10:12], "little"), sizes[1] - sizes[0]
    return delay - dropped if 0 < dropped < delay < sizes[1] else 0


class AvCapture:
    """The frames of a film, with those methods of `cv2.VideoCapture` that are used here.

    Parameters
    ----------
    path : path
    head : bytes
        The first bytes of the file.

    Raises
    ------
    MediaDecodeError, MissingExtraError
    """

    def __init__(self, path: str | PathLike[str], head: bytes) -> None:
        self._container: Any = None
        try:
            self._container = _opened(os.path.abspath(path), head)
            if not self._container.streams.video:
                raise ValueError("no film in it")
            self._stream = self._container.streams.video[0]
            if self._stream.codec_context is None:
                raise ValueError("no decoder of its film")
        except _faults() as error:
            self.release()
            if isinstance(error, MediaDecodeError):
                raise
            raise MediaDecodeError(
                path, f"is not a readable video ({_reason(error)}); replace the file"
            ) from None
        self._stream.thread_count = 1
        self._frames = self._container.decode(self._stream)
        self._frame: Any = None

    def get(self, key: int) -> float:
        """Frame size, frames per second and number of frames, 0 where the file does not say."""
        stream = self._stream
        return {
            cv2.CAP_PROP_FRAME_WIDTH: float(stream.codec_context.width),
            cv2.CAP_PROP_FRAME_HEIGHT: float(stream.codec_context.height),
            cv2.CAP_PROP_FPS: float(stream.average_rate or 0),
            cv2.CAP_PROP_FRAME_COUNT: float(stream.frames or 0),
        }[key]

    def grab(self) -> bool:
        """Step to the next frame; False at the end, and where the rest cannot be decoded."""
        try:
            self._frame = next(self._frames, None)
        except _faults():
            self._frame = None
        return self._frame is not None

    def retrieve(self) -> tuple[bool, np.ndarray]:
        """The frame, BGR, turned as the file says."""
        pixels = self._frame.to_ndarray(format="bgr24")
        turns = round(-getattr(self._frame, "rotation", 0) / 90) % 4
        return True, np.ascontiguousarray(np.rot90(pixels, -turns)) if turns else pixels

    def read(self) -> tuple[bool, np.ndarray | None]:
        """The next frame, or False and None."""
        return self.retrieve() if self.grab() else (False, None)

    def release(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
