"""A cheap description of a clip: image features averaged over a few of its frames."""

import itertools
from collections.abc import Sequence
from os import PathLike
from typing import Any, Self

import cv2
import numpy as np
from sklearn.base import clone

from classicxm.attribution import Parts
from classicxm.base import Extractor
from classicxm.execution import decode_items
from classicxm.media.video import Video
from classicxm.parameters import Either, InstanceOf, Integer, check_parameters

__all__ = ["FrameFeatures", "sampled_frames", "tiny_image"]

TINY_SIDE = 16
MOST_FRAMES_TO_FIT = 500


def sampled_frames(video: Video, n_frames: int) -> list[np.ndarray]:
    """Up to ``n_frames`` frames of a `Video`, evenly spaced over the frames that exist.

    >>> from classicxm.media.video import Video
    >>> clip = Video(np.arange(10, dtype=np.uint8)[:, None, None] + np.zeros((1, 4, 4), np.uint8))
    >>> [int(frame[0, 0, 0]) for frame in sampled_frames(clip, 5)]
    [0, 2, 4, 6, 8]
    """
    return list(itertools.islice(video.with_options(stride=_stride(video, n_frames)), n_frames))


def _stride(video: Video, n_frames: int) -> int:
    return max(1, video.n_frames // n_frames)


def tiny_image(frame: np.ndarray) -> np.ndarray:
    """A frame shrunk to 16 x 16 pixels, flattened: float32 (768,) in [0, 1] (Torralba et al. 2008)."""
    shrunk = cv2.resize(frame, (TINY_SIDE, TINY_SIDE), interpolation=cv2.INTER_AREA)
    return shrunk.ravel().astype(np.float32) / 255


class FrameFeatures(Extractor):
    """The mean of an image description over sampled frames: what is seen, without how it moves.

    Parameters
    ----------
    extractor : Extractor of images or None, default=None
        Describes each frame; None takes the frame itself, shrunk to 16 x 16 pixels.
    n_frames : int, default=8
        Frames sampled of each clip, evenly spaced.
    max_side : int or None, default=320
        Frames with a longer side are shrunk to it first.
    n_jobs, on_error, cache
        As in `Extractor`.

    Attributes
    ----------
    extractor_ : fitted clone, or None
        An extractor that learns is fitted on at most 500 of the sampled frames.

    Examples
    --------
    >>> clip = np.full((5, 20, 30, 3), 255, np.uint8)
    >>> FrameFeatures(n_frames=2).fit().transform([clip]).shape
    (1, 768)
    """

    modality = "video"
    parameter_ranges = {
        "extractor": Either(None, InstanceOf(Extractor)),
        "n_frames": Integer(1),
        "max_side": Either(None, Integer(1)),
    }

    def __init__(
        self,
        extractor: Extractor | None = None,
        *,
        n_frames: int = 8,
        max_side: int | None = 320,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
    ) -> None:
        self.extractor = extractor
        self.n_frames = n_frames
        self.max_side = max_side
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Check the parameters and fit the image extractor on frames of the items, where there are any."""
        check_parameters(self)
        self.extractor_ = None
        if self.extractor is not None:
            if self.extractor.modality != "image":
                raise ValueError(
                    "FrameFeatures: extractor must describe images, "
                    f"got {type(self.extractor).__name__} for {self.extractor.modality}"
                )
            self.extractor_ = clone(self.extractor).fit(
                self._frames_to_fit(items if items is not None else [])
            )
        blank = Video(np.zeros((1, 32, 32, 3), np.uint8))
        self.n_features_out_ = len(self.describe(blank))
        return self

    def describe(self, item: Video) -> np.ndarray:
        """One `Video` as the mean (n_features,) of its sampled frames' descriptions."""
        frames = self._frames(item)
        if self.extractor_ is None:
            return np.mean([tiny_image(frame) for frame in frames], axis=0)
        return self.extractor_.describe_batch(frames).mean(axis=0)

    def divide(self, item: Video, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one `Video` divided among the parts of the sampled frames: `Parts`.

        Each frame stands for the time until the next.
        """
        frames = self._frames(item)
        step = _stride(item, self.n_frames) / item.n_frames
        parts = []
        for i, frame in enumerate(frames):
            if self.extractor_ is None:
                values = weights * tiny_image(frame) / len(frames)
                part = Parts.grid(values.reshape(TINY_SIDE, TINY_SIDE, -1).sum(axis=-1))
            else:
                part = self.extractor_.divide(frame, weights / len(frames))
            last = i == len(frames) - 1
            parts.append(part.within(min(i * step, 1), 1 if last else min((i + 1) * step, 1)))
        return Parts.joined(parts)

    def _frames(self, video: Video) -> list[np.ndarray]:
        return sampled_frames(video.with_options(max_side=self.max_side), self.n_frames)

    def _frames_to_fit(self, items: Sequence[Any]) -> list[np.ndarray]:
        """Sampled frames of so many evenly chosen items that there are at most 500."""
        n_clips = max(1, MOST_FRAMES_TO_FIT // self.n_frames)
        chosen = items[:: max(1, -(-len(items) // n_clips))]
        frames = [frame for video in decode_items(self, chosen) for frame in self._frames(video)]
        return frames[:MOST_FRAMES_TO_FIT]
