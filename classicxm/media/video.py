"""Videos as re-openable streams of 8-bit RGB frames: avi, mp4, webm, animated gif and what else FFmpeg reads.

A `Video` holds a path, never the frames of the file: each iteration opens the file anew and keeps one frame.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from classicxm.errors import MediaDecodeError, MissingExtraError
from classicxm.media.av_streams import AvCapture, format_of
from classicxm.media.contents import open_regular, silent_stderr
from classicxm.media.image import as_rgb
from classicxm.media.video_container import holds_another, is_cut, shows_all_samples
from classicxm.media.video_header import MAX_PIXELS, check_header, check_size
from classicxm.parameters import Either, Integer, check_parameters
from classicxm.sequences import plain_array

# OpenCV reads this once, when FFmpeg is first used: what fails is raised here instead of printed by it.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

__all__ = ["MAX_PIXELS", "Video", "announced", "decode"]

#: Any film may have so many pixels in all its frames (500 frames of 1080p), and for each byte of its file so many
#: more. Films of slides have some 5000 a byte; gif packs 2700 of one colour into a byte, so the file's size says less.
MOST_DECODED, MOST_A_BYTE, MOST_A_BYTE_OF_GIF = 1_000_000_000, 8000, 100
#: Milliseconds after which FFmpeg gives up opening a film, or looking for its next frame.
TIMES = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 10_000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 15_000)
TOLERANCE = 0.02  # an index may hold frames that no decoder gives; fewer than this share missing is no damage


class Video:
    """Frames of one clip, read afresh by every iteration; what a film says of transparency is ignored.

    Parameters
    ----------
    source : path, or uint8 array (n_frames, height, width, 3) in RGB
        Grey arrays (n_frames, height, width) are repeated over three channels.
    stride : int, default=1
        Every how many frames one is given.
    max_side : int or None, default=None
        Frames with a longer side are shrunk to it by area averaging.
    max_frames : int or None, default=None
        The clip ends after this many frames (counted after ``stride``).

    Attributes
    ----------
    size : tuple of int
        Height and width of the frames given.
    fps : float
        Frames given per second; 25 / stride where the source does not say.
    n_frames : int
        How many frames an iteration gives. The frames of a file are counted once, by running through it, when
        this is first asked for: what containers announce differs with edit lists and varying frame rates.

    Raises
    ------
    MediaDecodeError
        If the file is missing, empty or holds no frame that can be read.

    Warns
    -----
    UserWarning
        At the end of an iteration over a file that is cut; over one that joins several films of which one was read;
        and over one of a format in which a cut does not show: bare streams (H.264, H.265, MPEG, AV1, H.263, DNxHD)
        and containers other than those of avi, mp4, mov, 3gp, mkv, webm, ogg, flv, asf, wmv, mpg, vob, ts, m2ts, mxf,
        nut, ivf, y4m, dv, gif, apng, webp and mjpeg.

    Examples
    --------
    >>> clip = Video(np.zeros((10, 40, 60, 3), np.uint8), stride=3, max_side=30)
    >>> clip.size, clip.n_frames, [frame.shape for frame in clip][:2]
    ((20, 30), 4, [(20, 30, 3), (20, 30, 3)])
    """

    parameter_ranges = {
        "stride": Integer(1),
        "max_side": Either(None, Integer(1)),
        "max_frames": Either(None, Integer(1)),
    }

    def __init__(
        self,
        source: str | PathLike[str] | np.ndarray,
        *,
        stride: int = 1,
        max_side: int | None = None,
        max_frames: int | None = None,
    ) -> None:
        self.stride, self.max_side, self.max_frames = stride, max_side, max_frames
        check_parameters(self)
        self.source: Path | np.ndarray
        self._announced: int | None = None
        full_size: Sequence[int]
        if isinstance(source, np.ndarray):
            source = plain_array("frames", source)
            self.source = _check_frames(source)
            full_size, self._source_fps, self._count = source.shape[1:3], 25.0, [len(source)]
        elif isinstance(source, (str, PathLike)):
            self.source = Path(source)
            full_size, self._source_fps, self._announced = _probe(self.source)
            self._file_size = full_size
            self._count = []  # shared by the same clip under other options
        else:
            raise TypeError(
                f"a video must be a path or an array (n_frames, height, width, 3), got {type(source).__name__}"
            )
        self.size = _fitted_size(full_size, max_side)

    def content(self) -> tuple[np.ndarray | Path, int, int | None, int | None]:
        """What distinguishes this video from another: its frames or its file, and how they are read."""
        return self.source, self.stride, self.max_side, self.max_frames

    @property
    def fps(self) -> float:
        """Frames given per second."""
        return self._source_fps / self.stride

    @property
    def n_frames(self) -> int:
        """How many frames an iteration gives; a file is run through once to count them."""
        if not self._count and not isinstance(self.source, np.ndarray):
            self._count.append(_count_frames(self.source, self._file_size))
        n_frames = -(-self._count[0] // self.stride)
        return n_frames if self.max_frames is None else min(n_frames, self.max_frames)

    def with_options(
        self, *, stride: int = 1, max_side: int | None = None, max_frames: int | None = None
    ) -> Video:
        """The same clip under further options; those it has already stay in force.

        Strides multiply; of two sizes or lengths the smaller one holds.
        """
        clip = Video.__new__(Video)
        clip.__dict__.update(self.__dict__)
        clip.stride = self.stride * stride
        clip.max_side = _smaller(self.max_side, max_side)
        clip.max_frames = _smaller(self.max_frames and -(-self.max_frames // stride), max_frames)
        check_parameters(clip)
        clip.size = _fitted_size(self.size, max_side)
        return clip

    def __repr__(self) -> str:
        source = str(self.source)
        if isinstance(self.source, np.ndarray):
            source = f"array of shape {self.source.shape}"
        options = "".join(
            f", {name}={value}"
            for name, value, default in (
                ("stride", self.stride, 1),
                ("max_side", self.max_side, None),
                ("max_frames", self.max_frames, None),
            )
            if value != default
        )
        return f"Video({source}{options})"

    def __iter__(self) -> Iterator[np.ndarray]:
        """Frames: uint8 arrays (height, width, 3), RGB; one is in memory at a time."""
        if isinstance(self.source, np.ndarray):
            frames = _array_frames(self.source, self.stride)
        else:
            frames = self._file_frames(self.source)
        for given, frame in enumerate(frames, start=1):
            if frame.shape[:2] != self.size:
                frame = cv2.resize(frame, self.size[::-1], interpolation=cv2.INTER_AREA)
            yield frame
            if given == self.max_frames:
                return

    def _file_frames(self, path: Path) -> Iterator[np.ndarray]:
        capture = _open(path)
        n_read, most = 0, _most_frames(path, self._file_size)
        try:
            while capture.grab():
                if n_read == most:
                    raise _endless(path, most)
                if n_read % self.stride == 0:
                    readable, frame = capture.retrieve()
                    if not readable:
                        break
                    yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
                n_read += 1
        finally:
            capture.release()
        self._warn_if_cut_short(path, n_read)

    def _warn_if_cut_short(self, path: Path, n_read: int) -> None:
        expected, early = self._announced, is_cut(path)
        few = expected is not None and n_read < expected - max(3, TOLERANCE * expected)
        if few and (early or shows_all_samples(path, self._source_fps)):
            found = f"gives {n_read} of its {expected} frames"
        elif early:
            found = f"stops before its end, after {n_read} frames"
        elif early is None:
            warnings.warn(
                f"{path}: its format does not show whether frames are missing at its end, {n_read} were read; "
                "convert it from its original: ffmpeg -i INPUT OUTPUT.mkv",
                stacklevel=3,
            )
            return
        elif holds_another(path):
            warnings.warn(
                f"{path}: only the first of the films that this file joins was read, {n_read} frames; divide it, or "
                "convert it: ffmpeg -f concat",
                stacklevel=3,
            )
            return
        else:
            return
        warnings.warn(
            f"{path}: {found}; the file is truncated or damaged, what could be read is used",
            stacklevel=3,
        )


def decode(item: Any) -> Video:
    """One video: a path is opened, arrays become a `Video` over them, a `Video` stays itself."""
    return item if isinstance(item, Video) else Video(item)


def _check_frames(frames: np.ndarray) -> np.ndarray:
    if frames.ndim not in (3, 4) or (frames.ndim == 4 and frames.shape[3] not in (1, 3)) or frames.size == 0:
        raise ValueError(
            "a video array must have shape (n_frames, height, width, 3) or (n_frames, height, width) and "
            f"at least one pixel, got {frames.shape}"
        )
    if frames.dtype != np.uint8:
        raise TypeError(f"a video array must be uint8, got {frames.dtype}; scale it to 0..255 and convert it")
    return frames


def _array_frames(frames: np.ndarray, stride: int) -> Iterator[np.ndarray]:
    return (as_rgb(frame) for frame in frames[::stride])


def _smaller(first: int | None, second: int | None) -> int | None:
    given = [value for value in (first, second) if value is not None]
    return min(given) if given else None


def _fitted_size(size: Sequence[int], max_side: int | None) -> tuple[int, int]:
    height, width = map(int, size)
    if max_side is None or max(height, width) <= max_side:
        return height, width
    scale = max_side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def announced(path: str | PathLike[str]) -> tuple[int, int, float, int | None]:
    """Width and height of the frames of a file, frames per second, and how many there are, as its container says.

    No frame is decoded. Frames per second are 25 and their number is None where it does not say.
    """
    check_header(path)
    capture = _open(path)
    try:
        return _said(capture)
    finally:
        capture.release()


def _said(capture: cv2.VideoCapture | AvCapture) -> tuple[int, int, float, int | None]:
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    fps, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return width, height, fps if 0 < fps < 1e4 else 25.0, int(count) if 0 < count < 1e9 else None


def _probe(path: str | PathLike[str]) -> tuple[tuple[int, int], float, int | None]:
    """Frame size, frames per second and number of frames of a file, after decoding its first frame."""
    check_header(path)
    capture = _open(path)
    try:
        width, height, fps, count = _said(capture)
        check_size(path, height, width)
        readable, frame = capture.read()
        if not readable or frame is None:
            raise MediaDecodeError(path, "has no frame that can be read; replace the file")
    finally:
        capture.release()
    check_size(path, *frame.shape[:2])
    return frame.shape[:2], fps, count


def _open(path: str | PathLike[str]) -> cv2.VideoCapture | AvCapture:
    name = os.path.abspath(path)  # FFmpeg takes what stands before a colon for a protocol
    with silent_stderr():
        if cv2.CAP_FFMPEG in cv2.videoio_registry.getStreamBackends():
            capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1, *TIMES])
        else:
            capture = cv2.VideoCapture(name)
    return capture if capture.isOpened() else _by_av(path)


def _by_av(path: str | PathLike[str]) -> AvCapture:
    """What OpenCV refuses, opened by PyAV where that is installed and the container is known."""
    with open_regular(path) as file:
        head = file.read(64)
    try:
        if format_of(head) is not None:
            return AvCapture(path, head)
        why = ""
    except MissingExtraError as error:
        why = f", or the extra that reads more is missing: {error}"
    raise MediaDecodeError(
        path,
        f"is not a readable video (no film in it, or an unknown or damaged container{why}); replace the file",
    )


def _most_frames(path: str | PathLike[str], size: tuple[int, ...]) -> int:
    """How many frames of this size a file may give."""
    with open_regular(path) as file:
        n_bytes = os.fstat(file.fileno()).st_size
        a_byte = MOST_A_BYTE_OF_GIF if file.read(3) == b"GIF" else MOST_A_BYTE
    return (MOST_DECODED + a_byte * n_bytes) // (size[0] * size[1])


def _endless(path: str | PathLike[str], most: int) -> MediaDecodeError:
    return MediaDecodeError(
        path, f"has over {most} frames, far more than a film of its size in bytes; cut or convert it"
    )


def _count_frames(path: str | PathLike[str], size: tuple[int, ...]) -> int:
    """How many frames a file gives, by running through it."""
    capture = _open(path)
    n_frames, most = 0, _most_frames(path, size)
    try:
        while capture.grab():
            if n_frames == most:
                raise _endless(path, most)
            n_frames += 1
    finally:
        capture.release()
    return n_frames
