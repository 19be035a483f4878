"""From a stream of frames to finished, described tracks, frame by frame and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np

from classicxm.video.camera import CameraMotion, relative_to_camera, warped_back
from classicxm.video.descriptors import (
    N_DIMENSIONS,
    N_FRAME_VALUES,
    PATCH,
    frame_histograms,
    track_descriptors,
)
from classicxm.video.flow import FLOWS, RATIO
from classicxm.video.live_tracks import LiveTracks
from classicxm.video.trajectories import displaced, flow_at, is_moving, is_steady, sample_points, unit_sum

__all__ = ["LENGTH", "Settings", "Tracks", "bounded", "track_frames"]

LENGTH = 15  # steps of a track


@dataclass(frozen=True)
class Settings:
    """How tracks are made.

    Parameters
    ----------
    flow : {"farneback", "dis"}
    n_scales : int
    step : int
        Pixels between the points sampled at each scale.
    stabilise : {"no", "second flow", "subtract"}
        What becomes of the camera's motion: it stays; flow is computed a second time towards the frame as a
        camera at rest would have seen it; or the homography's displacement is subtracted from the flow.
    keypoints : {None, "orb", "sift"}
        What is matched to find the homography, beside corners moved by the flow; with None the corners are the
        points being tracked, which were chosen for their texture.
    zoom : float
        By how much to multiply distances before they are compared with the limits in pixels that static, erratic
        and camera-consistent tracks are recognised by.
    least_motion : float
        Least spread and least displacement of a kept track, in units of the papers' sqrt(3) and 1 pixel.
    random_state : int
        Seeds RANSAC.
    """

    flow: str = "farneback"
    n_scales: int = 8
    step: int = 5
    stabilise: str = "no"
    keypoints: str | None = "orb"
    zoom: float = 1.0
    least_motion: float = 1.0
    random_state: int = 0


@dataclass
class Tracks:
    """Finished tracks.

    Parameters
    ----------
    end_frames : integer array (n,)
        Number of the frame a track ends on; the first frame of a clip is 0.
    scales : float array (n,)
        By how much the frame was shrunk where the track was found: 1, 1.41, 2, ...
    points : float32 array (n, 16, 2)
        Positions x and y in pixels of the frame at full scale.
    descriptors : float32 array (n, 426)
    """

    end_frames: np.ndarray
    scales: np.ndarray
    points: np.ndarray
    descriptors: np.ndarray

    def __len__(self) -> int:
        return len(self.end_frames)

    def subset(self, chosen: np.ndarray) -> Tracks:
        """The tracks at the given positions, or where a mask is true."""
        return Tracks(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def joined(cls, batches: Iterable[Tracks], n_dimensions: int = N_DIMENSIONS) -> Tracks:
        """All tracks of a list of Tracks, in order."""
        batches = [cls.none(n_dimensions), *batches]
        return cls(*(np.concatenate([getattr(b, field.name) for b in batches]) for field in fields(cls)))

    @classmethod
    def none(cls, n_dimensions: int = N_DIMENSIONS) -> Tracks:
        """No tracks."""
        return cls(
            np.empty(0, np.intp),
            np.empty(0),
            np.empty((0, LENGTH + 1, 2), np.float32),
            np.empty((0, n_dimensions), np.float32),
        )

    def positions(self, size: tuple[int, int], n_frames: int) -> np.ndarray:
        """Mean x, y and the middle of the track in time, as fractions of the clip: float32 (n, 3) in [0, 1]."""
        height, width = size
        centres = self.points.mean(axis=1) / (width, height)
        times = (self.end_frames - LENGTH / 2) / max(n_frames, 1)
        return np.clip(np.column_stack([centres, times]), 0, 1).astype(np.float32)


def track_frames(frames: Iterable[np.ndarray], settings: Settings) -> Iterator[Tracks]:
    """Yield the tracks that end on each frame after the first, which may be none.

    Parameters
    ----------
    frames : iterable of uint8 arrays (height, width, 3), RGB
        One frame and what was computed from its predecessor are held at a time.
    settings : Settings

    Yields
    ------
    Tracks
        None at all where the frames are smaller than one patch, 32 pixels, in either direction.
    """
    tracker = None
    for number, frame in enumerate(frames):
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        if tracker is None:
            tracker = _Tracker(grey, settings)
        elif min(grey.shape) < PATCH:
            yield Tracks.none()
        else:
            yield tracker.advance(grey, number)


class _Tracker:
    """The state between two frames: the last one at every scale, and the tracks alive on it."""

    def __init__(self, grey: np.ndarray, settings: Settings) -> None:
        self.settings = settings
        self.estimator = FLOWS[settings.flow](grey.shape, settings.n_scales)
        self.live = [LiveTracks(LENGTH, N_FRAME_VALUES) for _ in self.estimator.sizes]
        self.camera = None
        if settings.stabilise != "no":
            self.camera = CameraMotion(settings.keypoints, settings.random_state)
        self._remember(self._pyramid(grey), self.estimator.prepare(grey))

    def advance(self, grey: np.ndarray, number: int) -> Tracks:
        """Move every track on to the next frame; the tracks that end there."""
        greys, prepared = self._pyramid(grey), self.estimator.prepare(grey)
        flows = self.estimator.between(self.prepared, prepared)
        stable = self._stabilised(grey, flows)
        batches = [
            self._advance_scale(live, last, flow, still, RATIO**i, number)
            for i, (live, last, flow, still) in enumerate(
                zip(self.live, self.greys, flows, stable, strict=True)
            )
        ]
        self._remember(greys, prepared)
        return Tracks.joined([batch for batch in batches if batch is not None])

    def _pyramid(self, grey: np.ndarray) -> list[np.ndarray]:
        greys = [grey]
        for height, width in self.estimator.sizes[1:]:
            greys.append(cv2.resize(greys[-1], (width, height)))
        return greys

    def _remember(self, greys: list[np.ndarray], prepared: Any) -> None:
        self.greys, self.prepared = greys, prepared
        for live, grey in zip(self.live, greys, strict=True):
            live.start(sample_points(grey, live.points, self.settings.step))

    def _stabilised(self, grey: np.ndarray, flows: list[np.ndarray]) -> list[np.ndarray]:
        if self.camera is None:
            return flows
        last = self.greys[0]
        corners = self.live[0].points if self.settings.keypoints is None else None
        homography = self.camera.between(last, grey, flows[0], corners)
        if self.settings.stabilise == "second flow":
            rest = self.estimator.prepare(warped_back(grey, last, homography))
            return self.estimator.between(self.prepared, rest)
        return [relative_to_camera(flow, rescaled(homography, last.shape, flow.shape)) for flow in flows]

    def _advance_scale(
        self,
        live: LiveTracks,
        grey: np.ndarray,
        flow: np.ndarray,
        stable: np.ndarray,
        scale: float,
        number: int,
    ) -> Tracks | None:
        points = live.points
        moved, inside = displaced(points, flow)
        live.keep(inside)
        if not inside.any():
            return None
        points = points[inside]
        live.advance(moved[inside], flow_at(stable, points), frame_histograms(grey, stable, points))
        tracks, displacements, stages = live.pop_finished()
        tracks, displacements = tracks * np.float32(scale), displacements * np.float32(scale)
        kept = is_steady(tracks * self.settings.zoom, self.settings.least_motion)
        if self.camera is not None:
            kept &= is_moving(displacements * self.settings.zoom, self.settings.least_motion)
        if not kept.any():
            return None
        shapes = unit_sum(displacements[kept])
        n_kept = len(shapes)
        return Tracks(
            np.full(n_kept, number),
            np.full(n_kept, scale),
            tracks[kept],
            track_descriptors(shapes, stages[kept]),
        )


def rescaled(homography: np.ndarray, shape: Sequence[int], target: Sequence[int]) -> np.ndarray:
    """A homography between frames of one size as the same motion between frames of another."""
    zoom = np.diag([target[1] / shape[1], target[0] / shape[0], 1.0])
    return zoom @ homography @ np.linalg.inv(zoom)


def bounded(batches: Iterable[Tracks], limit: int | None, random_state: int = 0) -> tuple[Tracks, int]:
    """All tracks of a stream, or ``limit`` of them drawn at random with equal chances, in order.

    Parameters
    ----------
    batches : iterable of Tracks
        At most about twice ``limit`` tracks are held at a time.
    limit : int or None
    random_state : int

    Returns
    -------
    tracks : Tracks
    n_batches : int
        How many batches there were.
    """
    random = np.random.default_rng(random_state)
    held, keys, n_batches, n_held = [], [], 0, 0
    for batch in batches:
        n_batches += 1
        if len(batch):
            held.append(batch)
            keys.append(random.random(len(batch)))
            n_held += len(batch)
        if limit is not None and n_held > 2 * limit:
            held, keys = _drawn(held, keys, limit)
            n_held = limit
    if limit is not None and n_held > limit:
        held, _ = _drawn(held, keys, limit)
    return Tracks.joined(held), n_batches


def _drawn(held: list[Tracks], keys: list[np.ndarray], limit: int) -> tuple[list[Tracks], list[np.ndarray]]:
    """The tracks with the ``limit`` lowest keys: a reservoir that gives every track the same chance."""
    drawn = np.concatenate(keys)
    chosen = np.sort(np.argpartition(drawn, limit)[:limit])
    return [Tracks.joined(held).subset(chosen)], [drawn[chosen]]
