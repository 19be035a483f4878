"""How large an upload is by what its header announces, checked before anything of it is decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass
from os import PathLike

import soundfile

from classicxm.errors import MediaDecodeError
from classicxm.media.contents import contents, silent_stderr
from classicxm.media.image import read_image
from classicxm.media.video import Video, announced

__all__ = ["Bounds", "bounded"]


@dataclass(frozen=True)
class Bounds:
    """The largest item that is decoded.

    Attributes
    ----------
    pixels : int
        Of a picture, and of a frame of a clip.
    sound_seconds, clip_seconds : float
    """

    pixels: int = 25_000_000
    sound_seconds: float = 120.0
    clip_seconds: float = 30.0


def bounded(modality: str, path: str | PathLike[str], bounds: Bounds) -> object:
    """An image, sound or clip file as what extractors take, refused by its header where it is too large.

    A clip that runs longer than its header announces ends at the bound.

    Raises
    ------
    MediaDecodeError
        For a file that is too large by its header, or cannot be read.
    """
    if modality == "image":
        return read_image(path, bounds.pixels)
    if modality == "audio":
        _check_seconds(path, _sound_seconds(path), bounds.sound_seconds)
        return path
    return _bounded_clip(path, bounds)


def _check_seconds(path: str | PathLike[str], seconds: float | None, most: float) -> None:
    if seconds is not None and seconds > most:
        raise MediaDecodeError(path, f"lasts {seconds:.0f} s, more than the limit of {most:g} s; cut it")


def _sound_seconds(path: str | PathLike[str]) -> float | None:
    """Seconds that a sound file announces; None where only decoding shows."""
    data = contents(path)[1]
    try:
        with silent_stderr(), soundfile.SoundFile(io.BytesIO(data)) as file:
            return file.frames / file.samplerate if 0 < file.frames < 1 << 60 and file.samplerate else None
    except (soundfile.LibsndfileError, TypeError):
        return None  # the decoder says what is wrong with it


def _bounded_clip(path: str | PathLike[str], bounds: Bounds) -> Video:
    width, height, fps, count = announced(path)
    if width * height > bounds.pixels:
        raise MediaDecodeError(
            path,
            f"has frames of {width} x {height} pixels, more than the limit of {bounds.pixels:,}; shrink it",
        )
    _check_seconds(path, None if count is None else count / fps, bounds.clip_seconds)
    clip = Video(path)
    return clip.with_options(max_frames=max(1, round(clip.fps * bounds.clip_seconds)))
