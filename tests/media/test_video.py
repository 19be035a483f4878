"""Streams of frames: options, damaged and odd files, arrays."""

import warnings

import cv2
import numpy as np
import pytest

from classicxm import media
from classicxm.errors import MediaDecodeError
from classicxm.media.video import Video, announced, decode


def frames_of(n, height=48, width=64):
    """Frames whose brightness counts them: 0, 5, 10, ..."""
    return np.repeat(np.arange(n, dtype=np.uint8) * 5, height * width * 3).reshape(n, height, width, 3)


def write_avi(path, frames, codec="MJPG"):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, frames.shape[2:0:-1])
    assert writer.isOpened()
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def write_gif(path, frames):
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(frame, cv2.COLOR_RGB2BGR) for frame in frames]
    animation.durations = np.full(len(frames), 100, np.int32)
    assert cv2.imwriteanimation(str(path), animation)
    return path


@pytest.fixture
def avi(tmp_path):
    return write_avi(tmp_path / "clip.avi", frames_of(20))


def brightness(clip):
    return [round(float(frame.mean()) / 5) for frame in clip]


def test_a_file_gives_the_same_frames_each_time(avi):
    clip = Video(avi)
    assert (clip.size, clip.fps, clip.n_frames) == ((48, 64), 25.0, 20)
    assert brightness(clip) == brightness(clip) == list(range(20))
    assert all(frame.shape == (48, 64, 3) and frame.dtype == np.uint8 for frame in clip)


def test_colours_are_rgb(tmp_path):
    red = np.zeros((3, 32, 32, 3), np.uint8)
    red[..., 0] = 250
    assert next(iter(Video(write_avi(tmp_path / "red.avi", red)))).mean(axis=(0, 1)).argmax() == 0


@pytest.mark.parametrize("in_memory", [False, True])
def test_stride_and_length(avi, in_memory):
    clip = Video(frames_of(20) if in_memory else avi, stride=3, max_frames=4)
    assert brightness(clip) == [0, 3, 6, 9]
    assert clip.n_frames == 4
    assert Video(avi, stride=3).n_frames == len(list(Video(avi, stride=3))) == 7
    assert clip.fps == pytest.approx(25 / 3)


def test_frames_are_shrunk_never_enlarged(avi):
    assert {frame.shape for frame in Video(avi, max_side=16)} == {(12, 16, 3)}
    assert Video(avi, max_side=16).size == (12, 16)
    assert Video(avi, max_side=500).size == (48, 64)
    assert Video(np.zeros((2, 300, 2), np.uint8), max_side=30).size == (30, 1)


def test_further_options_add_to_those_in_force(avi):
    clip = Video(avi, stride=2, max_frames=9, max_side=32).with_options(stride=2, max_side=60)
    assert brightness(clip) == [0, 4, 8, 12, 16]
    assert clip.size == (24, 32)
    assert clip.n_frames == 5
    assert clip.with_options(max_frames=2).n_frames == 2


def test_animated_gif(tmp_path):
    clip = Video(write_gif(tmp_path / "clip.gif", frames_of(6)))
    assert brightness(clip) == list(range(6))
    assert clip.fps == pytest.approx(10)


def test_one_frame_and_two_pixels_wide(tmp_path):
    assert brightness(Video(write_avi(tmp_path / "one.avi", frames_of(1)))) == [0]
    narrow = write_avi(tmp_path / "narrow.avi", frames_of(4, 64, 2), "FFV1")
    assert [frame.shape for frame in Video(narrow)] == [(64, 2, 3)] * 4


def test_truncated_file_gives_what_can_be_read_and_warns(avi, tmp_path):
    cut = tmp_path / "cut.avi"
    cut.write_bytes(avi.read_bytes()[: avi.stat().st_size * 8 // 10])
    with pytest.warns(UserWarning, match=r"cut\.avi: gives \d+ of its 20 frames; the file is truncated"):
        frames = list(Video(cut))
    assert 5 < len(frames) < 18
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(Video(cut, max_frames=3))) == 3  # the damage was not reached


def test_truncated_gif_warns(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)
    whole = write_gif(tmp_path / "clip.gif", noise)
    cut = tmp_path / "cut.gif"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.warns(UserWarning, match=r"cut\.gif: stops before its end, after \d frames"):
        assert 0 < len(list(Video(cut))) < 8


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.avi", b"", r"is empty \(0 bytes\)"),
        ("text.txt", b"no film\n" * 99, r"is not a video \(it holds text\)"),
        ("noise.mp4", bytes(range(256)) * 40, "is not a readable video"),
        ("cover.mp3", b"ID3\3\0\0\0\0\0\0\xff\xfb\x90\x44", "it is a sound, with a cover at most"),
        ("list.mp4", b"ffconcat version 1.0\n#\xff\nfile other.mkv\n", "it lists other files"),
        ("list.m3u8", b"#EXTM3U\n#\0\n#EXTINF:1,\nother.ts\n", "it lists other files"),
        ("session.mp4", b"v=0\n#\0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 33\n", "it lists other files"),
        ("page.mp4", b"\n<?xml\0", "it lists other files"),
        ("header.avi", b"RIFF\x10\x00\x00\x00AVI LIST", "is not a readable video|it holds text"),
    ],
)
def test_what_is_no_video(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaDecodeError, match=f"{name}: .*({message})") as caught:
        Video(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_an_animated_png_is_no_film_of_one_frame(tmp_path):
    animation = cv2.Animation()
    animation.frames = list(frames_of(3))
    animation.durations = [40] * 3
    assert cv2.imwriteanimation(str(tmp_path / "a.png"), animation)
    with pytest.raises(MediaDecodeError, match=r"a\.png: is an animated PNG.*rename it to \.apng"):
        Video(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.apng")
    assert len(list(Video(tmp_path / "a.apng"))) == 3


def test_a_colon_in_a_name_is_no_protocol(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_avi(tmp_path / "clip.avi", frames_of(3)).rename("http:clip.avi")
    assert len(list(Video("http:clip.avi"))) == 3


def test_what_a_container_announces(tmp_path):
    path = write_avi(tmp_path / "clip.avi", frames_of(5))
    height, width = Video(path).size
    assert announced(path) == (width, height, Video(path).fps, 5)


def test_no_frames(tmp_path):
    with pytest.raises(MediaDecodeError, match=r"none\.avi: has no frame that can be read"):
        Video(write_avi(tmp_path / "none.avi", frames_of(0)))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(MediaDecodeError, match="cannot be read"):
        Video(tmp_path / "absent.mp4")
    with pytest.raises(MediaDecodeError, match="cannot be read"):
        Video(str(tmp_path))


def test_nothing_is_written_to_stderr(tmp_path, capfd):
    (tmp_path / "bad.mp4").write_bytes(bytes(range(256)))
    with pytest.raises(MediaDecodeError):
        Video(tmp_path / "bad.mp4")
    assert capfd.readouterr().err == ""


def test_arrays():
    grey = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert [frame.shape for frame in Video(grey)] == [(3, 4, 3)] * 2
    assert next(iter(Video(grey)))[..., 1].tolist() == grey[0].tolist()
    with pytest.raises(ValueError, match=r"at least one pixel, got \(0, 3, 4\)"):
        Video(grey[:0])
    with pytest.raises(ValueError, match=r"got \(3, 4\)"):
        Video(grey[0])
    with pytest.raises(TypeError, match="must be uint8, got float64"):
        Video(grey / 255)
    with pytest.raises(TypeError, match="must be a path or an array"):
        Video(b"bytes")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stride": 0}, "Video: stride must be an integer of at least 1, got 0"),
        ({"max_side": 0}, "max_side must be None or an integer of at least 1, got 0"),
        ({"max_frames": -1}, "max_frames must be None or an integer of at least 1, got -1"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        Video(frames_of(2), **options)
    with pytest.raises(ValueError, match=message):
        Video(frames_of(2)).with_options(**options)


def test_decode_opens_paths_and_passes_videos_on(avi):
    clip = media.decode("video", avi)
    assert isinstance(clip, Video)
    assert decode(clip) is clip
    assert len(list(decode(frames_of(3)))) == 3
    assert repr(Video(avi, stride=2)) == f"Video({avi}, stride=2)"
