"""Pictures of tracks."""

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.datasets import make_scenes
from classicxm.media.video import Video
from classicxm.video import DenseTrajectories, draw_tracks
from classicxm.video.drawing import draw_on_frame
from classicxm.video.tracking import Tracks


@pytest.fixture(scope="module")
def clip():
    noise = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    ground = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return np.stack([np.roll(ground, 2 * i, axis=1) for i in range(19)])


FAST = DenseTrajectories(preset="fast")


def one_track():
    points = np.float32([[[10 + i, 20] for i in range(16)]])
    return Tracks(np.array([20]), np.ones(1), points, np.empty((1, 0), np.float32))


def colours(picture):
    """Pixels that are nearly the tail's green, and the head's red."""
    red, green, blue = picture.astype(int).transpose(2, 0, 1)
    return (green > 120) & (green > 2 * red) & (blue < 90), (red > 120) & (red > 2 * green) & (blue < 90)


def test_a_green_tail_grows_to_a_red_head():
    frame = np.zeros((40, 60, 3), np.uint8)
    for number in (10, 20):
        picture = draw_on_frame(frame, one_track(), number, shortest_side=160)
        assert picture.shape == (160, 240, 3)
        tail, head = colours(picture)
        x_head = np.nonzero(head)[1].mean() / 4
        x_tail = np.nonzero(tail)[1] / 4
        assert x_head == pytest.approx(10 + number - 5, abs=0.5)
        assert x_tail.min() == pytest.approx(10, abs=0.7)
        assert x_tail.max() < x_head
    assert not frame.any()


def test_frames_are_dark_grey_and_dense_tracks_are_thinned_to_those_that_move_most():
    step = np.arange(16)[:, None] * np.float32([1, 0])
    slow, fast = np.float32([40, 20]) - 0.25 * step[::-1], np.float32([40, 20.2]) - 2 * step[::-1]
    tracks = Tracks(np.full(2, 20), np.ones(2), np.stack([slow, fast]), np.empty((2, 0), np.float32))
    frame = np.full((40, 60, 3), (200, 100, 50), np.uint8)
    picture = draw_on_frame(frame, tracks, 20, shortest_side=160)
    corner = picture[-1, -1].astype(int)
    assert corner.max() == corner.min() and 0 < corner[0] < 100
    tail, head = colours(picture)
    assert np.nonzero(tail)[1].min() / 4 == pytest.approx(10, abs=1)  # the fast one begins there
    rows = np.nonzero(head)[0]
    assert rows.max() - rows.min() <= 6  # one head


@pytest.mark.parametrize("number", [4, 21])
def test_tracks_are_absent_before_and_after(number):
    assert not draw_on_frame(np.zeros((40, 60, 3), np.uint8), one_track(), number).any()


def test_png(clip, tmp_path):
    n_tracks = draw_tracks(clip, tmp_path / "out.png", FAST)
    picture = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_COLOR_RGB)
    assert n_tracks > 20
    assert picture.shape == (384, 512, 3)  # enlarged 8 times at most
    assert all(mask.sum() > 100 for mask in colours(picture))


def test_gif(clip, tmp_path):
    draw_tracks(Video(clip), str(tmp_path / "out.gif"), FAST)
    pictures = list(Video(tmp_path / "out.gif"))
    assert len(pictures) == 19
    assert pictures[0].shape == (240, 320, 3)


def test_a_chosen_frame_and_a_clip_without_tracks(clip, tmp_path):
    still = np.repeat(clip[:1], 3, axis=0)
    assert draw_tracks(still, tmp_path / "still.png", FAST) == 0
    assert cv2.imread(str(tmp_path / "still.png")).shape == (384, 512, 3)
    with pytest.raises(ValueError, match="has no frame 19"):
        draw_tracks(clip, tmp_path / "out.png", FAST, frame=19)


def test_where_and_as_what_it_cannot_be_written(clip, tmp_path):
    with pytest.raises(ValueError, match=r"'out\.avi' must end in \.png, \.gif"):
        draw_tracks(clip, tmp_path / "out.avi", FAST)
    with pytest.raises(OSError, match=r"absent/out\.png cannot be written"):
        draw_tracks(clip, tmp_path / "absent" / "out.png", FAST)


def run(*arguments):
    return CliRunner().invoke(main, ["tracks", *map(str, arguments)], catch_exceptions=False)


def test_tracks_are_drawn_and_a_broken_clip_is_one_line(tmp_path):
    make_scenes(1, folder=tmp_path / "scenes", modalities=("video",))
    clip = next((tmp_path / "scenes").rglob("*.avi"))
    result = run(clip, "-o", tmp_path / "tracks.png")
    assert result.exit_code == 0 and "tracks" in result.stdout and (tmp_path / "tracks.png").stat().st_size
    result = run(tmp_path / "none.avi", "-o", tmp_path / "none.png")
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
