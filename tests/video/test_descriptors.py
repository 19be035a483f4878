"""Histograms against loops over pixels, and the layout of a descriptor."""

import numpy as np
import pytest

from classicxm.video.descriptors import (
    BINS,
    CHANNELS,
    N_DIMENSIONS,
    cell_corners,
    frame_histograms,
    orientation_shares,
    track_descriptors,
)

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (45, 50)).astype(np.uint8)
FLOW = RANDOM.normal(0, 1, (45, 50, 2)).astype(np.float32)


def shares_of(x, y, n_bins, least=None):
    vectors = np.full((1, 1), x, np.float32), np.full((1, 1), y, np.float32)
    return [round(float(share[0, 0]), 3) for share in orientation_shares(*vectors, n_bins, least)]


def test_directions_by_hand():
    assert shares_of(2, 0, 8) == [2, 0, 0, 0, 0, 0, 0, 0]
    assert shares_of(0, 2, 8) == [0, 0, 2, 0, 0, 0, 0, 0]
    assert shares_of(0, -2, 8) == [0, 0, 0, 0, 0, 0, 2, 0]
    angle = np.deg2rad(360 - 9)  # a fifth of the way back from bin 0 to bin 7
    assert shares_of(np.cos(angle), np.sin(angle), 8) == pytest.approx([0.8, 0, 0, 0, 0, 0, 0, 0.2], abs=1e-3)


def test_slow_vectors_count_for_the_last_bin():
    assert shares_of(0.3, 0, 4, least=0.4) == [0, 0, 0, 0, 1]
    assert shares_of(0.5, 0, 4, least=0.4) == [0.5, 0, 0, 0, 0]


def slow_block(dx, dy, left, top, n_bins, least=None):
    """The (bin, cell) block of one patch by a loop over its pixels."""
    block = np.zeros((n_bins, 4))
    for row in range(32):
        for column in range(32):
            x, y = float(dx[top + row, left + column]), float(dy[top + row, left + column])
            cell = column // 16 * 2 + row // 16
            length = np.hypot(x, y)
            if least is not None and length <= least:
                block[-1, cell] += 1
                continue
            position = np.arctan2(y, x) % (2 * np.pi) / (2 * np.pi) * 8
            low = int(position)
            block[low % 8, cell] += length * (low + 1 - position)
            block[(low + 1) % 8, cell] += length * (position - low)
    block += 0.05
    return np.sqrt(block / block.sum()).ravel()


def gradient(plane):
    padded = np.pad(plane.astype(np.float64), 1, mode="reflect")
    return padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]


@pytest.mark.parametrize(
    ("point", "left", "top"),
    [((25, 20), 9, 4), ((0, 0), 0, 0), ((49.4, 44.4), 18, 13), ((16.6, 28.4), 1, 12)],
)
def test_against_a_loop_over_pixels(point, left, top):
    fields = {
        "hog": gradient(GREY),
        "hof": (FLOW[..., 0], FLOW[..., 1]),
        "mbhx": gradient(FLOW[..., 0]),
        "mbhy": gradient(FLOW[..., 1]),
    }
    expected = np.concatenate(
        [slow_block(*fields[name], left, top, BINS[name], 0.4 if name == "hof" else None) for name in BINS]
    )
    found = frame_histograms(GREY, FLOW, np.array([point, (25, 20)]))
    assert found.shape == (2, 132)
    np.testing.assert_allclose(found[0], expected, atol=2e-3)


def test_points_do_not_depend_on_each_other():
    points = RANDOM.uniform(0, 45, (30, 2))
    together = frame_histograms(GREY, FLOW, points)
    alone = np.concatenate([frame_histograms(GREY, FLOW, point[None]) for point in points])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_flat_frames_at_rest():
    found = frame_histograms(
        np.full((40, 40), 7, np.uint8), np.zeros((40, 40, 2), np.float32), np.array([[20, 20]])
    )
    hog, hof = found[0, :32], found[0, 32:68].reshape(9, 4)
    np.testing.assert_allclose(hog, np.sqrt(1 / 32), rtol=1e-5)
    np.testing.assert_allclose(hof[-1], np.sqrt(256.05 / (4 * 256 + 36 * 0.05)), rtol=1e-5)


def test_corners_of_the_cells():
    corners = cell_corners(np.array([[16, 17]]), (40, 50), patch=32)
    columns, rows = corners[..., 0] % 51, corners[..., 0] // 51
    assert columns.tolist() == [[0] * 3, [16] * 3, [32] * 3]
    assert rows.tolist() == [[1, 17, 33]] * 3


def test_layout_of_a_descriptor():
    assert N_DIMENSIONS == 426
    widths = {name: stop - start for name, (start, stop) in CHANNELS.items()}
    assert widths == {"trajectory": 30, "hog": 96, "hof": 108, "mbhx": 96, "mbhy": 96}
    stages = np.zeros((1, 3, 132), np.float32)
    stages[0, 2, 32 + 5 * 4 + 1] = 1  # HOF begins at 32: last third, bin 5, cell 1
    shapes = np.arange(30.0).reshape(1, 15, 2)
    row = track_descriptors(shapes, stages)[0]
    assert row[:30].tolist() == list(range(30))
    assert np.flatnonzero(row[30:]).tolist() == [96 + 2 * 36 + 1 * 9 + 5]
