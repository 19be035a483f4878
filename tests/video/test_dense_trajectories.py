"""Both extractors on made-up motion, on bad input, and against the authors' own features."""

import cv2
import numpy as np
import pytest
from sklearn.base import clone

from classicxm.media.video import Video
from classicxm.video import CHANNELS, DenseTrajectories, ImprovedTrajectories

EXTRACTORS = [DenseTrajectories, ImprovedTrajectories]


def texture(height, width, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    return cv2.equalizeHist(cv2.GaussianBlur(noise, (0, 0), 1.5))


def moving_square(n_frames=20, pan=0, size=(80, 120)):
    """A textured square going right by 2 pixels a frame before a ground that the camera's pan moves left."""
    height, width = size
    ground, square = texture(height, width + pan * n_frames, 1), texture(30, 30, 2)
    clip = np.stack([ground[:, pan * i : pan * i + width] for i in range(n_frames)])
    for i, frame in enumerate(clip):
        left = 15 + 2 * (i % 37)
        frame[25:55, left : left + 30] = square
    return clip


@pytest.mark.parametrize("preset", ["paper", "fast"])
@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_tracks_lie_on_what_moves(extractor, preset):
    clip = Video(moving_square())
    descriptors, positions = extractor(preset=preset).describe_located(clip)
    assert descriptors.dtype == positions.dtype == np.float32
    assert descriptors.shape == (len(positions), 426)
    assert positions.shape[1] == 3
    assert len(positions) > 40
    assert 0 <= positions.min() <= positions.max() <= 1
    x, y, t = positions.T * [[120], [80], [20]]
    inside = (np.abs(y - 40) < 22) & (np.abs(x - (30 + 2 * t)) < 22)
    assert inside.mean() > 0.8


def test_shapes_point_where_the_square_goes():
    descriptors = DenseTrajectories().describe(Video(moving_square()))
    shapes = descriptors[:, slice(*CHANNELS["trajectory"])].reshape(-1, 15, 2)
    np.testing.assert_allclose(np.median(shapes.sum(axis=1), axis=0), [1, 0], atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(shapes, axis=2).sum(axis=1), 1, rtol=1e-4)


@pytest.mark.parametrize("preset", ["paper", "fast"])
def test_the_cameras_motion_is_taken_out(preset):
    clip = Video(moving_square(pan=3))
    on_square, on_ground = {}, {}
    for extractor in EXTRACTORS:
        positions = extractor(preset=preset).describe_located(clip)[1]
        x, y, t = positions.T * [[120], [80], [20]]
        square = (np.abs(y - 40) < 22) & (np.abs(x - (30 + 2 * t)) < 22)
        on_square[extractor], on_ground[extractor] = square.sum(), (~square).sum()
    assert on_square[ImprovedTrajectories] > 0.7 * on_square[DenseTrajectories]
    assert on_ground[ImprovedTrajectories] < 0.4 * on_ground[DenseTrajectories]


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_descriptions_repeat(extractor):
    clip = Video(moving_square(pan=2))
    first, second = (extractor().describe(clip) for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-5)
    some = clone(extractor(max_tracks=30)).fit().describe(clip)
    np.testing.assert_allclose(some, extractor(max_tracks=30).describe(clip), atol=1e-5)


def test_a_bound_on_tracks_draws_some_of_them_in_order():
    clip = Video(moving_square())
    every, at = DenseTrajectories(max_tracks=None).describe_located(clip)
    some, where = DenseTrajectories(max_tracks=25).describe_located(clip)
    assert len(some) == 25 < len(every)
    rows = [int(np.abs(every - row).max(axis=1).argmin()) for row in some]
    assert rows == sorted(rows)
    np.testing.assert_allclose(every[rows], some, atol=1e-5)
    np.testing.assert_allclose(at[rows], where, atol=1e-5)
    assert rows[-1] > len(every) / 2
    other = DenseTrajectories(max_tracks=25, random_state=1).describe(clip)
    assert np.abs(other - some).max() > 0.01


def test_options_of_the_clip_are_obeyed():
    extractor = DenseTrajectories(stride=2, max_side=60, max_frames=18)
    clip = extractor.clip(moving_square(60))
    assert (clip.size, clip.n_frames) == ((40, 60), 18)
    batches = list(extractor.iter_tracks(moving_square(60)))
    assert len(batches) == 17
    assert {int(frame) for batch in batches for frame in batch.end_frames} <= {15, 16, 17}
    assert DenseTrajectories(preset="fast").clip(np.zeros((2, 100, 448, 3), np.uint8)).size == (50, 224)


def test_scales():
    batches = list(DenseTrajectories(n_scales=2).iter_tracks(moving_square()))
    scales = np.concatenate([batch.scales for batch in batches])
    np.testing.assert_allclose(np.unique(scales), [1, np.sqrt(2)])


def write(path, frames):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 25, frames.shape[2:0:-1])
    for frame in frames:
        writer.write(np.repeat(frame[..., None], 3, axis=2))
    writer.release()
    return path


@pytest.mark.parametrize("preset", ["paper", "fast"])
@pytest.mark.parametrize("extractor", EXTRACTORS)
@pytest.mark.parametrize(
    "frames",
    [
        moving_square(1),
        moving_square(15),
        np.ascontiguousarray(moving_square(20)[:, :, :2]),
        np.ascontiguousarray(moving_square(20)[:, :31]),
        np.full((20, 40, 50), 128, np.uint8),
        np.repeat(moving_square(1), 20, axis=0),
    ],
    ids=["one frame", "too short", "two pixels wide", "below a patch", "flat", "still"],
)
def test_clips_without_tracks(extractor, preset, frames, tmp_path):
    path = write(tmp_path / "clip.avi", frames)
    descriptors, positions = extractor(preset=preset).fit().describe_located(Video(path))
    assert descriptors.shape == (0, 426)
    assert positions.shape == (0, 3)


@pytest.mark.parametrize("preset", ["paper", "fast"])
@pytest.mark.parametrize("side", [32, 33])
def test_frames_of_just_one_patch(preset, side):
    clip = np.stack([np.roll(texture(side, 64), 2 * i, axis=1) for i in range(18)])
    assert len(DenseTrajectories(preset=preset).describe(Video(clip))) > 0


def test_a_cut_where_everything_changes_does_no_harm():
    clip = np.concatenate([moving_square(10), 255 - moving_square(10)[::-1], moving_square(17)])
    descriptors = ImprovedTrajectories().describe(Video(clip))
    assert np.isfinite(descriptors).all()


def test_a_truncated_file_is_described_as_far_as_it_goes(tmp_path):
    whole = write(tmp_path / "whole.avi", moving_square(60, size=(64, 160)))
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.warns(UserWarning, match=r"gives \d+ of its 60 frames"):
        descriptors, positions = DenseTrajectories().describe_located(Video(cut))
    assert len(descriptors) > 40
    assert positions[:, 2].max() > 0.6  # of what could be read


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"preset": "slow"}, "preset must be one of 'paper', 'fast', got 'slow'"),
        ({"step": 0}, "step must be an integer of at least 1, got 0"),
        ({"n_scales": 0}, "n_scales must be None or an integer from 1 to 16, got 0"),
        ({"flow": "lk"}, "flow must be one of None, 'farneback', 'dis', got 'lk'"),
        ({"max_side": 0.5}, "max_side must be None or an integer of at least 1, got 0.5"),
        ({"stride": -1}, "stride must be an integer of at least 1, got -1"),
        ({"max_frames": 0}, "max_frames must be None or an integer of at least 1, got 0"),
        ({"max_tracks": 0}, "max_tracks must be None or an integer of at least 1, got 0"),
        ({"random_state": -1}, "random_state must be an integer of at least 0, got -1"),
    ],
)
@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_parameters_out_of_range(extractor, parameters, message):
    with pytest.raises(ValueError, match=f"{extractor.__name__}: {message}"):
        extractor(**parameters).fit()


def test_unknown_keypoints():
    with pytest.raises(ValueError, match="keypoints must be one of None, 'orb', 'sift', 'none', got 'surf'"):
        ImprovedTrajectories(keypoints="surf").fit()


def matched_rows(tracks, reference):
    """For each reference row the track at the same end frame and scale within a pixel of its mean, or -1."""
    means = tracks.points.mean(axis=1)
    rows = np.full(len(reference), -1)
    for i, (frame, x, y, scale) in enumerate(reference[:, [0, 1, 2, 6]]):
        near = np.flatnonzero((tracks.end_frames == frame) & (np.abs(tracks.scales - scale) < 0.01))
        distances = np.linalg.norm(means[near] - (x, y), axis=1)
        if distances.min(initial=np.inf) <= 1:
            rows[i] = near[distances.argmin()]
    return rows


@pytest.mark.slow
@pytest.mark.data
def test_the_authors_features_are_found(shared_reference):
    folder = shared_reference("trajectories")
    reference = np.load(folder / "person01_boxing_d1_improved.npz")["features"]
    batches = list(ImprovedTrajectories().iter_tracks(folder / "person01_boxing_d1.avi"))
    tracks = batches[0].joined(batches)
    rows = matched_rows(tracks, reference)
    assert (rows >= 0).mean() >= 0.85
    assert len(tracks) < 1.1 * len(reference)
    found, expected = tracks.descriptors[rows[rows >= 0]], reference[rows >= 0, 10:]
    for name, (start, stop) in CHANNELS.items():
        ours, theirs = found[:, start:stop], expected[:, start:stop]
        cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
        assert np.median(cosines) >= 0.99, name
    spread, length = (
        tracks.points.std(axis=1),
        np.linalg.norm(np.diff(tracks.points, axis=1), axis=2).sum(axis=1),
    )
    columns = np.column_stack([spread, length])[rows[rows >= 0]]
    assert np.median(np.abs(columns - reference[rows >= 0, 3:6])) < 0.05
    positions = tracks.positions((120, 160), 360)[rows[rows >= 0]]
    np.testing.assert_allclose(positions, reference[rows >= 0, 7:10], atol=0.01)
