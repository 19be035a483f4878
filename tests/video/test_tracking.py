"""Streams of tracks: bounded draws and memory that does not grow with the clip."""

import tracemalloc

import numpy as np
import pytest

from classicxm.video import DenseTrajectories
from classicxm.video.tracking import Settings, Tracks, bounded, track_frames


def batch(numbers):
    numbers = np.asarray(numbers)
    n = len(numbers)
    return Tracks(numbers, np.ones(n), np.zeros((n, 16, 2), np.float32), np.zeros((n, 426), np.float32))


def test_positions_are_fractions():
    tracks = batch([15, 20])
    tracks.points[:] = (30, 10)
    np.testing.assert_allclose(tracks.positions((20, 40), 25), [[0.75, 0.5, 0.3], [0.75, 0.5, 0.5]])


def test_short_streams_are_kept_whole():
    tracks, n_batches = bounded([batch([1, 2]), Tracks.none(), batch([3])], 3)
    assert tracks.end_frames.tolist() == [1, 2, 3]
    assert n_batches == 3
    assert len(bounded([], 3)[0]) == 0
    assert len(bounded([batch(range(50))], None)[0]) == 50


def test_every_track_has_the_same_chance():
    counts = np.zeros(60)
    for seed in range(400):
        drawn, _ = bounded((batch(range(10 * i, 10 * i + 10)) for i in range(6)), 12, seed)
        assert len(drawn) == 12
        assert (np.diff(drawn.end_frames) > 0).all()
        counts[drawn.end_frames] += 1
    assert 50 < counts.min() <= counts.max() < 115  # 80 expected each, standard deviation 8
    np.testing.assert_allclose(counts.reshape(6, 10).mean(axis=1), 80, atol=9)


def noise_clip(n_frames):
    ground = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    for i in range(n_frames):
        yield np.repeat(np.roll(ground, i, axis=1)[..., None], 3, axis=2)


@pytest.mark.slow
def test_memory_does_not_grow_with_length():
    peaks = []
    for n_frames in (60, 60, 240):  # the first run also fills caches
        tracemalloc.start()
        bounded(track_frames(noise_clip(n_frames), Settings(n_scales=1)), 100)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.15 * peaks[1]


def test_one_batch_a_frame_after_the_first():
    assert len(list(track_frames(noise_clip(20), Settings(n_scales=1)))) == 19
    assert list(track_frames([], Settings())) == []
    assert isinstance(next(iter(DenseTrajectories().iter_tracks(np.zeros((2, 40, 40), np.uint8)))), Tracks)
