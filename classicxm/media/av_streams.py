"""Sounds and films that libsndfile and OpenCV do not read (m4a, aac, wma, webm, ...), by PyAV (extra ``av``).

A container's format is set from its first bytes, so that no playlist inside a file can name another file.
"""

import io
from collections.abc import Iterator
from os import PathLike
from typing import Any

import cv2
import numpy as np

from classicxm.errors import MediaDecodeError, MissingExtraError

__all__ = ["AvCapture", "format_of", "read_sound"]

#: What PyAV raises: its errors derive from these of Python, end of file and missing decoders among them.
FAULTS = (OSError, ValueError, RuntimeError, EOFError, LookupError)


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
    }
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    return next((name for start, name in starts.items() if head.startswith(start)), None)


def _opened(source: Any, head: bytes) -> Any:
    try:
        import av
    except ImportError:
        raise MissingExtraError("av", "av (PyAV)") from None
    return av.open(source, format=format_of(head))


def read_sound(data: bytes, name: str, most: int) -> tuple[np.ndarray, int]:
    """Samples of the first audio stream, channels averaged, float32 (n,), and their rate in Hz.

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
    blocks, total, rate = [], 0, 0
    try:
        with _opened(io.BytesIO(data), data[:64]) as container:
            if not container.streams.audio:
                raise MediaDecodeError(name, "has no sound in it; give a file with an audio stream")
            rate = int(container.streams.audio[0].rate)
            for block in _blocks(container):
                total += len(block)
                if total > most:
                    raise MediaDecodeError(name, f"has more samples than the limit of {most:,}; cut it")
                blocks.append(block)
    except FAULTS as error:
        if isinstance(error, MediaDecodeError):
            raise
        reason = " ".join(str(error).split())[:120]
        raise MediaDecodeError(name, f"is not readable audio ({reason}); replace the file") from None
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32), rate


def _blocks(container: Any) -> Iterator[np.ndarray]:
    import av

    stream = container.streams.audio[0]
    resampler = av.AudioResampler(format="fltp", rate=stream.rate)
    for frame in container.decode(stream):
        for part in resampler.resample(frame):
            yield part.to_ndarray().mean(axis=0, dtype=np.float32)
    for part in resampler.resample(None):
        yield part.to_ndarray().mean(axis=0, dtype=np.float32)


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
            self._container = _opened(str(path), head)
            self._stream = self._container.streams.video[0]
        except FAULTS as error:
            self.release()
            if isinstance(error, MediaDecodeError):
                raise
            reason = " ".join(str(error).split())[:120] or "no film in it"
            raise MediaDecodeError(path, f"is not a readable video ({reason}); replace the file") from None
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
        except FAULTS:
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
