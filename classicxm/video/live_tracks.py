"""Tracks that are still growing: positions, displacements and running sums of what describes them."""

from dataclasses import dataclass

import numpy as np

__all__ = ["LiveTracks"]


@dataclass
class LiveTracks:
    """Tracks of one scale that are still growing, in slots that finished and lost tracks leave to new ones.

    Parameters
    ----------
    length : int
        Steps of a whole track.
    n_values : int
        Values that describe one point in one frame.
    n_stages : int
        Parts of equal length over which those values are averaged.

    Examples
    --------
    >>> tracks = LiveTracks(length=2, n_values=1, n_stages=2)
    >>> tracks.start(np.array([[5, 5], [7, 7]]))
    >>> step = np.ones((2, 2))
    >>> for value in (10, 20):
    ...     tracks.advance(tracks.points + step, step, np.full((2, 1), value))
    >>> points, displacements, stages = tracks.pop_finished()
    >>> points[0].tolist(), stages[0].tolist(), len(tracks.slots)
    ([[5.0, 5.0], [6.0, 6.0], [7.0, 7.0]], [[10.0], [20.0]], 0)
    """

    length: int
    n_values: int
    n_stages: int = 3

    def __post_init__(self) -> None:
        self.slots = np.empty(0, np.intp)  # of the live tracks
        self._free = np.empty(0, np.intp)
        self._ages = np.empty(0, np.intp)
        self._points = np.empty((0, self.length + 1, 2), np.float32)
        self._displacements = np.empty((0, self.length, 2), np.float32)
        self._sums = np.empty((0, self.n_stages, self.n_values), np.float32)

    @property
    def points(self) -> np.ndarray:
        """Where the live tracks are now: (n, 2)."""
        return self._points[self.slots, self._ages[self.slots]]

    def start(self, points: np.ndarray) -> None:
        """Begin one track at each point (n, 2)."""
        if len(points) > len(self._free):
            self._grow(max(len(points) - len(self._free), len(self._ages) // 2, 256))
        slots, self._free = np.split(self._free, [len(points)])
        self._ages[slots] = 0
        self._points[slots, 0] = points
        self._sums[slots] = 0
        self.slots = np.concatenate([self.slots, slots])

    def _grow(self, n_more: int) -> None:
        n_slots = len(self._ages)
        for name in ("_ages", "_points", "_displacements", "_sums"):
            old = getattr(self, name)
            new = np.empty((n_slots + n_more, *old.shape[1:]), old.dtype)
            new[:n_slots] = old
            setattr(self, name, new)
        self._free = np.concatenate([self._free, np.arange(n_slots, n_slots + n_more)])

    def keep(self, mask: np.ndarray) -> None:
        """Drop the live tracks where the mask (n,) is false."""
        self._free = np.concatenate([self._free, self.slots[~mask]])
        self.slots = self.slots[mask]

    def advance(self, points: np.ndarray, displacements: np.ndarray, values: np.ndarray) -> None:
        """Append a step to every live track.

        Parameters
        ----------
        points, displacements : arrays (n, 2)
            Where each track goes, and the displacement that its shape is made of.
        values : float32 array (n, n_values)
            What describes the point that each track leaves.
        """
        ages = self._ages[self.slots]
        stage = ages // max(self.length // self.n_stages, 1)
        counted = stage < self.n_stages
        if counted.all():
            self._sums[self.slots, stage] += values
        else:
            self._sums[self.slots[counted], stage[counted]] += values[counted]
        self._displacements[self.slots, ages] = displacements
        self._points[self.slots, ages + 1] = points
        self._ages[self.slots] = ages + 1

    def pop_finished(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Take out the tracks of full length: positions, displacements and the mean values of each stage."""
        done = self._ages[self.slots] == self.length
        slots = self.slots[done]
        finished = (
            self._points[slots],
            self._displacements[slots],
            self._sums[slots] / np.float32(max(self.length // self.n_stages, 1)),
        )
        self.keep(~done)
        return finished
