"""Sampling, moving and pruning of tracks on cases small enough to count."""

import numpy as np
import pytest

from classicxm.video.live_tracks import LiveTracks
from classicxm.video.trajectories import displaced, flow_at, is_moving, is_steady, sample_points, unit_sum

NOISE = np.random.default_rng(0).integers(0, 256, (23, 32)).astype(np.uint8)
NOBODY = np.empty((0, 2), np.float32)


def test_one_point_a_cell_of_the_grid():
    points = sample_points(NOISE, NOBODY)
    assert points.tolist() == [[x, y] for y in (2, 7, 12, 17) for x in (2, 7, 12, 17, 22, 27)]
    assert len(sample_points(NOISE, NOBODY, step=8)) == 2 * 4


def test_occupied_cells_get_no_second_point():
    occupied = np.array([[0.0, 0.0], [9.99, 4.99], [31.5, 22.5]])  # the last lies beyond the last whole cell
    points = sample_points(NOISE, occupied).tolist()
    assert [2, 2] not in points
    assert [7, 2] not in points
    assert len(points) == 22


def test_flat_regions_get_no_points():
    frame = NOISE.copy()
    frame[:, 14:] = 7
    assert sample_points(frame, NOBODY)[:, 0].max() == 12
    assert len(sample_points(np.zeros((20, 20), np.uint8), NOBODY)) == 0


@pytest.mark.parametrize("shape", [(64, 2), (4, 4), (1, 1)])
def test_frames_smaller_than_a_cell(shape):
    assert sample_points(np.zeros(shape, np.uint8), NOBODY).shape == (0, 2)


def test_flow_is_read_at_the_nearest_pixel():
    flow = np.arange(24, dtype=np.float32).reshape(3, 4, 2)
    assert flow_at(flow, np.array([[1.4, 0.6], [9, 9], [-1, -1]])).tolist() == [[10, 11], [22, 23], [0, 1]]


def test_points_that_leave_the_frame():
    flow = np.zeros((10, 20, 2), np.float32)
    flow[..., 0] = 3
    moved, inside = displaced(np.array([[5.0, 5], [16.9, 5], [17, 5]]), flow)
    assert moved[0].tolist() == [8, 5]
    assert inside.tolist() == [True, True, False]


def line(step, length=15):
    return np.arange(length + 1.0)[:, None] * [step]


def test_static_jumping_and_far_tracks_are_dropped():
    least = np.sqrt(3) / np.std(np.arange(16.0))  # step at which the spread is just sqrt(3)
    jump = np.zeros((16, 2))
    jump[8:, 0] = 25
    steady = {
        "just enough": line((least * 1.001, 0)),
        "too little": line((least * 0.999, least * 0.999)),
        "vertical": line((0, 1)),
        "too far": line((11, 0)),
        "jump": jump,
        "long step among many": jump + line((1, 0)),
    }
    found = dict(zip(steady, is_steady(np.stack(list(steady.values()))).tolist(), strict=True))
    assert found == {
        "just enough": True,
        "too little": False,
        "vertical": True,
        "too far": False,
        "jump": False,
        "long step among many": True,
    }


def test_tracks_that_only_follow_the_camera():
    displacements = np.zeros((3, 15, 2))
    displacements[0] = 1 / np.sqrt(2)  # length exactly about 1 everywhere
    displacements[1, 4] = (0, 1.01)
    assert is_moving(displacements * [[[0.99]], [[1]], [[1]]]).tolist() == [False, True, False]


def test_shapes_are_divided_by_the_tracks_length():
    shapes = unit_sum(np.array([[[3.0, 4], [0, 5]], [[0, 0], [0, 0]]]))
    np.testing.assert_allclose(shapes, [[[0.3, 0.4], [0, 0.5]], [[0, 0], [0, 0]]])


def test_no_tracks_at_all():
    empty = np.empty((0, 16, 2))
    assert is_steady(empty).shape == is_moving(empty[:, 1:]).shape == (0,)


def test_slots_are_reused_and_values_stay_with_their_track():
    tracks = LiveTracks(length=3, n_values=1, n_stages=3)
    finished = {}
    n_started = 0
    for now in range(40):
        if len(tracks.slots):
            keep = np.arange(len(tracks.slots)) % 5 != 4
            tracks.keep(keep)
            points = tracks.points
            tracks.advance(points + np.array([1, 0]), np.ones((len(points), 2)), points[:, 1:] * 10 + now)
        points, _, stages = tracks.pop_finished()
        for track, stage in zip(points, stages, strict=True):
            finished[float(track[0, 1])] = (track[:, 0] - track[0, 0], stage[:, 0] - 10 * track[0, 1], now)
        new = np.column_stack([np.full(300, now), np.arange(n_started, n_started + 300)])
        tracks.start(new)
        n_started += 300
    assert len(finished) > 3000
    for steps, stages, now in finished.values():
        assert steps.tolist() == [0, 1, 2, 3]
        assert stages.tolist() == [now - 2, now - 1, now]
    assert len(tracks._ages) < 4000  # 12000 tracks were started


def test_steps_beyond_the_last_whole_stage_are_not_described():
    tracks = LiveTracks(length=4, n_values=1, n_stages=3)
    tracks.start(np.zeros((1, 2)))
    for value in (1, 2, 3, 4):
        tracks.advance(np.zeros((1, 2)), np.zeros((1, 2)), np.full((1, 1), value))
    assert tracks.pop_finished()[2].ravel().tolist() == [1, 2, 3]
