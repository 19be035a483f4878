"""What a page shows and plays of media: pictures, sounds and clips as data URIs that browsers know."""

import base64
import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile

from classicxm.errors import MediaDecodeError
from classicxm.media.audio import decode as decode_audio
from classicxm.media.video import decode as decode_video

__all__ = ["BROWSER_TYPES", "clip_preview", "data_uri", "first_frame", "sound_preview"]

#: Suffixes that browsers play as they are.
BROWSER_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
}
LONGEST_SIDE = 320  # pixels of a clip that is written anew
MOST_FRAMES = 250


def data_uri(content: bytes, kind: str) -> str:
    """Bytes of a media type as a data URI.

    >>> data_uri(b"abc", "audio/wav")
    'data:audio/wav;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def sound_preview(source: Any) -> bytes:
    """A sound, in any form that `classicxm.media.audio.decode` takes, as the bytes of a 16-bit WAV file."""
    audio = decode_audio(source)
    stream = io.BytesIO()
    soundfile.write(stream, np.clip(audio.samples, -1, 1), audio.sample_rate, format="WAV", subtype="PCM_16")
    return stream.getvalue()


def clip_preview(source: Any) -> bytes:
    """The first 250 frames of a clip, at most 320 pixels wide and high, as the bytes of a WebM file.

    Raises
    ------
    MediaDecodeError
        If the clip cannot be read, or OpenCV was built without an encoder of VP8.
    """
    clip = decode_video(source).with_options(max_side=LONGEST_SIDE, max_frames=MOST_FRAMES)
    height, width = clip.size
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.webm"
        # Encoders of VP8 take even sides only.
        size = max(2, width // 2 * 2), max(2, height // 2 * 2)
        with _quiet_stderr():
            writer = cv2.VideoWriter(
                str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"VP80"), clip.fps, size
            )
        try:
            if not writer.isOpened():
                raise MediaDecodeError(
                    "clip", "this build of OpenCV cannot write WebM, so pages show one frame"
                )
            for frame in clip:
                writer.write(np.ascontiguousarray(cv2.resize(frame, size)[..., ::-1]))
        finally:
            writer.release()
        return path.read_bytes()


def first_frame(source: Any) -> np.ndarray:
    """The first frame of a clip: uint8 array (height, width, 3)."""
    return next(iter(decode_video(source).with_options(max_frames=1)))


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Without what C code writes to stderr: OpenCV prints that WebM needs no tag, whatever its level of logging."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
