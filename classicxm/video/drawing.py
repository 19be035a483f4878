"""Pictures of tracks over the frames they run through: green tails and red heads, as in the papers."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from classicxm.media.video import Video
from classicxm.video.dense_trajectories import DenseTrajectories, ImprovedTrajectories
from classicxm.video.tracking import LENGTH, Tracks

__all__ = ["draw_on_frame", "draw_tracks"]

TAIL, HEAD = (0, 255, 0), (255, 0, 0)  # RGB
SHORTEST_SIDE = {"picture": 480, "gif": 240}  # pixels; small frames are enlarged lest lines cover them
LARGEST_ZOOM = 8
MOST_GIF_FRAMES = 100
SUB_PIXEL = 4  # bits of a pixel's fraction that OpenCV draws by


def draw_tracks(
    clip: Any,
    output: str | PathLike[str],
    extractor: DenseTrajectories | None = None,
    frame: int | None = None,
) -> int:
    """Draw the tracks of a clip and write a picture.

    Parameters
    ----------
    clip : path, array or Video
    output : path
        ``.gif`` shows the clip (at most 100 frames of it, evenly spaced) with every track growing; any other ending
        that OpenCV writes (``.png``, ``.jpg``) shows a single frame.
    extractor : DenseTrajectories or None
        None takes `ImprovedTrajectories` with its defaults.
    frame : int or None
        Which frame a single picture shows; None is the one with the most tracks on it.

    Returns
    -------
    int
        How many tracks were found.

    Raises
    ------
    ValueError
        If the clip has no such frame, or the ending of ``output`` names no picture format.
    OSError
        If the file cannot be written.
    """
    output = Path(output)
    if not cv2.haveImageWriter(f"x{output.suffix}"):
        raise ValueError(f"{output.name!r} must end in .png, .gif or another picture format")
    extractor = extractor if extractor is not None else ImprovedTrajectories()
    video = extractor.clip(clip)
    tracks = _without_descriptors(extractor.iter_tracks(clip))
    if output.suffix.lower() == ".gif":
        written = _write_gif(video, tracks, output)
    else:
        number = _busiest_frame(tracks) if frame is None else frame
        picture = next((f for i, f in enumerate(video) if i == number), None)
        if picture is None:
            raise ValueError(f"the clip has no frame {number}; frames are counted from 0")
        drawn = draw_on_frame(picture, tracks, number, SHORTEST_SIDE["picture"])
        written = cv2.imwrite(str(output), cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    if not written:
        raise OSError(f"{output} cannot be written; check that its folder exists")
    return len(tracks)


def draw_on_frame(frame: np.ndarray, tracks: Tracks, number: int, shortest_side: int = 480) -> np.ndarray:
    """A copy of a frame with the tracks that run through it.

    Parameters
    ----------
    frame : uint8 array (height, width, 3), RGB
    tracks : Tracks
    number : int
        Which frame of the clip it is; tracks are drawn from their start to where they are then.
    shortest_side : int
        Frames with a shorter side are enlarged, by a whole number up to 8.

    Returns
    -------
    uint8 array (k height, k width, 3), RGB, of a frame enlarged k times
    """
    zoom = min(max(1, -(-shortest_side // min(frame.shape[:2]))), LARGEST_ZOOM)
    picture = cv2.resize(frame, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    ages = number - (tracks.end_frames - LENGTH)
    alive = np.flatnonzero((ages >= 0) & (ages <= LENGTH))
    scaled = np.rint(((tracks.points[alive] + 0.5) * zoom - 0.5) * 2**SUB_PIXEL).astype(np.int32)
    tails = [points[: age + 1] for points, age in zip(scaled, ages[alive], strict=True)]
    cv2.polylines(picture, tails, False, TAIL, 1, cv2.LINE_AA, SUB_PIXEL)
    for tail in tails:
        cv2.circle(picture, tuple(map(int, tail[-1])), 2 << SUB_PIXEL, HEAD, -1, cv2.LINE_AA, SUB_PIXEL)
    return picture


def _without_descriptors(batches: Iterable[Tracks]) -> Tracks:
    """All tracks of a stream, without the 426 values each that a picture does not need."""
    return Tracks.joined(
        [
            Tracks(batch.end_frames, batch.scales, batch.points, np.empty((len(batch), 0), np.float32))
            for batch in batches
        ],
        n_dimensions=0,
    )


def _busiest_frame(tracks: Tracks) -> int:
    """The frame that most tracks run through, the first of several."""
    if not len(tracks):
        return 0
    starts = np.bincount(np.maximum(tracks.end_frames - LENGTH, 0))
    ends = np.bincount(tracks.end_frames + 1, minlength=len(starts))
    return int(np.cumsum(np.pad(starts, (0, len(ends) - len(starts))) - ends).argmax())


def _write_gif(video: Video, tracks: Tracks, output: Path) -> bool:
    stride = 1 if video.n_frames is None else -(-video.n_frames // MOST_GIF_FRAMES)
    pictures: list[np.ndarray] = []
    for number, frame in enumerate(video):
        if number % stride == 0 and len(pictures) < MOST_GIF_FRAMES:
            drawn = draw_on_frame(frame, tracks, number, SHORTEST_SIDE["gif"])
            pictures.append(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
    animation = cv2.Animation()
    animation.frames = pictures
    animation.durations = np.full(len(pictures), round(1000 * stride / video.fps), np.int32)
    return cv2.imwriteanimation(str(output), animation)
