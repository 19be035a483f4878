"""Tracks in slots: grown, dropped, finished, and their slots used again."""

import numpy as np

from classicxm.video.live_tracks import LiveTracks


def step(tracks, shift, value):
    n = len(tracks.slots)
    tracks.advance(
        tracks.points + shift,
        np.full((n, 2), shift, np.float32),
        np.full((n, tracks.n_values), value, np.float32),
    )


def test_a_track_of_six_steps_in_three_stages():
    tracks = LiveTracks(6, 2)
    tracks.start(np.array([[1.0, 2.0]]))
    for n in range(6):
        assert len(tracks.pop_finished()[0]) == 0
        step(tracks, 1.0, float(n))
    positions, displacements, means = tracks.pop_finished()
    assert positions[0, :, 0].tolist() == [1, 2, 3, 4, 5, 6, 7] and (displacements == 1).all()
    assert means[0, :, 0].tolist() == [0.5, 2.5, 4.5] and len(tracks.slots) == 0


def test_steps_beyond_whole_stages_are_not_counted():
    tracks = LiveTracks(7, 1)
    tracks.start(np.zeros((1, 2)))
    for n in range(7):
        step(tracks, 0.0, 1.0 if n < 6 else 100.0)
    assert tracks.pop_finished()[2].tolist() == [[[1], [1], [1]]]


def test_dropped_tracks_leave_their_slots():
    tracks = LiveTracks(3, 1)
    tracks.start(np.arange(8.0).reshape(4, 2))
    tracks.keep(np.array([True, False, True, False]))
    assert tracks.points.tolist() == [[0, 1], [4, 5]]
    slots = len(tracks._ages)
    tracks.start(np.full((2, 2), 9.0))
    assert tracks.points.tolist() == [[0, 1], [4, 5], [9, 9], [9, 9]] and len(tracks._ages) == slots


def test_tracks_of_several_ages():
    tracks = LiveTracks(2, 1, n_stages=1)
    tracks.start(np.zeros((1, 2)))
    step(tracks, 1.0, 1.0)
    tracks.start(np.full((1, 2), 5.0))
    step(tracks, 1.0, 3.0)
    positions, _, means = tracks.pop_finished()
    assert positions[:, -1].tolist() == [[2, 2]] and means.ravel().tolist() == [2.0]
    assert tracks.points.tolist() == [[6, 6]]


def test_room_for_many():
    tracks = LiveTracks(1, 1, n_stages=1)
    tracks.start(np.zeros((1000, 2)))
    step(tracks, 1.0, 2.0)
    assert len(tracks.pop_finished()[0]) == 1000
