"""Dense trajectories (Wang et al., IJCV 2013) and improved trajectories (Wang and Schmid, ICCV 2013)."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from classicxm.base import LocalExtractor
from classicxm.media.video import Video
from classicxm.parameters import Choice, Either, Integer, check_parameters
from classicxm.video.descriptors import CHANNELS, N_DIMENSIONS
from classicxm.video.tracking import Settings, Tracks, bounded, track_frames

__all__ = ["DenseTrajectories", "ImprovedTrajectories"]

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {
        "flow": "farneback",
        "n_scales": 8,
        "max_side": None,
        "keypoints": "orb",
        "zoom": 1.0,
        "least_motion": 1.0,
    },
    "fast": {
        "flow": "dis",
        "n_scales": 3,
        "max_side": 224,
        "keypoints": None,
        "zoom": 320 / 224,
        "least_motion": 0.5,
    },
}
STABILISE = {"paper": "second flow", "fast": "subtract"}


class DenseTrajectories(LocalExtractor):
    """Tracks of grid points, each described by its shape, HOG, HOF and motion-boundary histograms.

    Points are sampled every ``step`` pixels at each scale wherever there is texture and no track yet, follow
    median-filtered dense flow for 15 frames, and are dropped if they stand still or jump. Histograms are
    taken in 2 x 2 x 3 cells of a 32-pixel patch around the track.

    Parameters
    ----------
    preset : {"paper", "fast"}, default="paper"
        "paper" follows the papers: Farneback's flow at up to 8 scales. "fast" takes DIS flow, 3 scales and frames
        of at most 224 pixels, and keeps tracks half as slow too; it describes clips faster than they play.
    step : int, default=5
        Pixels between sampled points.
    n_scales : int or None, default=None
        Scales, each smaller by sqrt(2); None is the preset's. Those too small for a patch are left out.
    flow : {None, "farneback", "dis"}, default=None
        None is the preset's.
    max_side : int or None, default=None
        Frames with a longer side are shrunk to it first; None is the preset's (of "paper": no limit). Distances
        in pixels count after shrinking; the limits that "fast" drops tracks by count as on 320 pixels.
    stride : int, default=1
        Every how many frames one is read.
    max_frames : int or None, default=None
        Frames read of each clip at most.
    max_tracks : int or None, default=20000
        Longer clips give this many tracks, drawn at random with equal chances; None gives all. Memory does
        not grow with the length of a clip but for its tracks, 1.7 kB each, so this bounds it.
    random_state : int, default=0
        Seeds that draw, and RANSAC.

    Notes
    -----
    A descriptor has 426 values; `CHANNELS` gives the columns (start, stop) of "trajectory", "hog", "hof", "mbhx"
    and "mbhy". Clips shorter than 16 frames or smaller than 32 pixels have no tracks.

    Examples
    --------
    >>> import cv2
    >>> import numpy as np
    >>> texture = np.random.default_rng(0).integers(0, 256, (48, 96)).astype(np.uint8)
    >>> clip = np.stack([np.roll(cv2.GaussianBlur(texture, (0, 0), 2), i, axis=1) for i in range(18)])
    >>> tracks = DenseTrajectories(n_scales=1)
    >>> descriptors, positions = tracks.describe_located(tracks.decode(clip))
    >>> descriptors.shape[1], positions.shape[1], bool(len(descriptors) > 20)
    (426, 3, True)
    """

    modality = "video"
    channels = CHANNELS
    n_dimensions = N_DIMENSIONS
    parameter_ranges = {
        "preset": Choice(*PRESETS),
        "step": Integer(1),
        "n_scales": Either(None, Integer(1, 16)),
        "flow": Choice(None, "farneback", "dis"),
        "max_side": Either(None, Integer(1)),
        "stride": Integer(1),
        "max_frames": Either(None, Integer(1)),
        "max_tracks": Either(None, Integer(1)),
        "random_state": Integer(0),
    }

    def __init__(
        self,
        *,
        preset: Literal["paper", "fast"] = "paper",
        step: int = 5,
        n_scales: int | None = None,
        flow: Literal["farneback", "dis"] | None = None,
        max_side: int | None = None,
        stride: int = 1,
        max_frames: int | None = None,
        max_tracks: int | None = 20000,
        random_state: int = 0,
    ) -> None:
        self.preset = preset
        self.step = step
        self.n_scales = n_scales
        self.flow = flow
        self.max_side = max_side
        self.stride = stride
        self.max_frames = max_frames
        self.max_tracks = max_tracks
        self.random_state = random_state

    def describe_located(self, item: Any) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, 426) of a clip's tracks and their positions (n, 3): mean x, mean y and time in [0, 1].

        What cannot be read of a damaged file is left out with a warning.
        """
        clip = self.clip(item)
        tracks, n_steps = bounded(self.iter_tracks(item), self.max_tracks, self.random_state)
        return tracks.descriptors, tracks.positions(clip.size, n_steps + 1)

    def iter_tracks(self, item: Any) -> Iterator[Tracks]:
        """Yield the `Tracks` that end on each frame; pixels are those of `clip`.

        Parameters
        ----------
        item : Video, path or array
        """
        check_parameters(self)
        return track_frames(self.clip(item), self.settings())

    def clip(self, item: Any) -> Video:
        """The `Video` that is described: the item under this extractor's stride, size and length."""
        item = item if isinstance(item, Video) else Video(item)
        max_side = self.max_side if self.max_side is not None else PRESETS[self.preset]["max_side"]
        return item.with_options(stride=self.stride, max_side=max_side, max_frames=self.max_frames)

    def settings(self, **changes: Any) -> Settings:
        """How tracks are made, for `track_frames`: the preset with this extractor's own choices."""
        preset = PRESETS[self.preset]
        return Settings(
            flow=self.flow or preset["flow"],
            n_scales=self.n_scales or preset["n_scales"],
            step=self.step,
            zoom=preset["zoom"],
            least_motion=preset["least_motion"],
            random_state=self.random_state,
            **changes,
        )


class ImprovedTrajectories(DenseTrajectories):
    """Dense trajectories without the motion of the camera.

    A homography between successive frames is found by RANSAC from matched keypoints and from corners moved by the
    flow. With preset "paper" a second flow, towards the frame as a camera at rest would have seen it,
    gives HOF, MBH and the displacements of a track's shape; with "fast" the homography's displacement is subtracted
    from the first flow. Tracks without any stabilised displacement above one pixel only follow the camera and
    are dropped.

    Parameters
    ----------
    keypoints : {None, "orb", "sift", "none"}, default=None
        What is matched between frames; None is the preset's: ORB for "paper", nothing but corners for "fast".
    preset, step, n_scales, flow, max_side, stride, max_frames, max_tracks, random_state
        As in `DenseTrajectories`.

    Notes
    -----
    On the authors' sample clip (KTH boxing) preset "paper" finds 89 % of the 2001 tracks of the C++
    implementation within a pixel at the same frame and scale, with median cosines of .999 and more in every histogram
    channel. The rest differs because keypoints are matched by ORB where the C++ has SURF, because a
    rounding difference in decoding, resizing or flow can move a point to a neighbouring pixel, and because a point
    found or lost once decides where the next is sampled in its grid cell, so that differences persist.

    Examples
    --------
    >>> import numpy as np
    >>> still = ImprovedTrajectories(n_scales=1).fit()
    >>> noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    >>> still.describe(still.decode(np.stack([noise] * 17))).shape
    (0, 426)
    """

    parameter_ranges = {"keypoints": Choice(None, "orb", "sift", "none")}

    def __init__(
        self,
        *,
        keypoints: Literal["orb", "sift", "none"] | None = None,
        preset: Literal["paper", "fast"] = "paper",
        step: int = 5,
        n_scales: int | None = None,
        flow: Literal["farneback", "dis"] | None = None,
        max_side: int | None = None,
        stride: int = 1,
        max_frames: int | None = None,
        max_tracks: int | None = 20000,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            preset=preset,
            step=step,
            n_scales=n_scales,
            flow=flow,
            max_side=max_side,
            stride=stride,
            max_frames=max_frames,
            max_tracks=max_tracks,
            random_state=random_state,
        )
        self.keypoints = keypoints

    def settings(self, **changes: Any) -> Settings:
        """How tracks are made: those of `DenseTrajectories`, and what becomes of the camera's motion."""
        keypoints = self.keypoints or PRESETS[self.preset]["keypoints"]
        return super().settings(
            stabilise=STABILISE[self.preset],
            keypoints=None if keypoints == "none" else keypoints,
            **changes,
        )
