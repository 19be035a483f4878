"""What today's phones write: HEIC and AVIF, m4a and webm, very large pictures, turned pictures and clips."""

import io
import shutil
import struct
import subprocess
import sys

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from classicxm.cli import main
from classicxm.errors import MediaDecodeError
from classicxm.media.audio import read_audio
from classicxm.media.image import read_image
from classicxm.media.video import AvCapture, Video

Image = pytest.importorskip("PIL.Image")
ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg writes the files")


def corners(height=48, width=80):
    """A picture whose four quarters differ, so that any turn shows."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = (200, 30, 30), (30, 200, 30)
    pixels[height // 2 :, : width // 2] = (30, 30, 200)
    return pixels


def encoded(form, orientation=1, pixels=None):
    picture = Image.fromarray(corners() if pixels is None else pixels)
    exif = Image.Exif()  # not the one of the picture, which some encoders turn it by
    exif[274] = orientation
    stream = io.BytesIO()
    if form == "HEIF":
        heif = pytest.importorskip("pillow_heif").from_pillow(picture)
        heif.save(stream, quality=90, exif=exif.tobytes())
    else:
        lossless = {"lossless": True} if form == "WEBP" else {}
        picture.save(stream, form, quality=95, exif=exif, **lossless)
    return stream.getvalue()


TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


def near(found, expected):
    return found.shape == expected.shape and np.abs(found.astype(int) - expected).mean() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_pictures_are_turned_as_the_camera_was_held(form, orientation):
    assert near(read_image(encoded(form, orientation)), TURNS[orientation](corners()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_transparent_pictures_are_turned_too(orientation):
    clear = np.dstack([corners(), np.full((48, 80), 255, np.uint8)])
    for form in ("PNG", "WEBP", "TIFF"):
        assert near(read_image(encoded(form, orientation, clear)), TURNS[orientation](corners())), form


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_heic_and_avif(form, tmp_path):
    path = tmp_path / f"a.{form.lower()}"
    path.write_bytes(encoded(form))
    assert near(read_image(path), corners())
    assert near(read_image(encoded(form, pixels=corners(50, 90))), corners(50, 90))
    with pytest.raises(MediaDecodeError, match="more than the limit"):
        read_image(path, 1000)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MediaDecodeError, match="is not a readable image"):
        read_image(path)


def test_a_missing_extra_is_named(monkeypatch, tmp_path):
    data = encoded("AVIF")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(
        MediaDecodeError, match=r'pillow-heif is not installed; run: pip install "classicxm\[heif\]"'
    ):
        read_image(data)


def test_pictures_above_100_megapixels_are_reduced(monkeypatch):
    monkeypatch.setattr("classicxm.media.image.MAX_PIXELS", 1000)
    smaller = cv2.resize(corners(), (40, 24), interpolation=cv2.INTER_AREA)
    monkeypatch.setattr("classicxm.media.image.MAX_PIXELS", 1200)
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        assert near(read_image(encoded(form)), smaller), form
    monkeypatch.setattr("classicxm.media.image.MAX_PIXELS", 300)
    assert read_image(encoded("JPEG", 6)).shape == (20, 12, 3)
    with pytest.raises(MediaDecodeError, match="more than the limit"):
        read_image(encoded("JPEG"), 1000)


def test_reduced_pictures_are_decoded_as_others(monkeypatch):
    """Turned, over white, and with each kind's own numbers, as at their full size."""
    left = np.dstack([corners(), np.full(corners().shape[:2], 255, np.uint8)])
    left[:, : left.shape[1] // 2] = (0, 0, 0, 0)
    height, width = left.shape[:2]
    header = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    bgra = np.ascontiguousarray(left[..., [2, 1, 0, 3]])
    hundredths = (corners() // 3).astype(np.uint8)
    files = [
        header.encode() + left.tobytes(),
        f"P6\n{width} {height}\n85\n".encode() + hundredths.tobytes(),
        cv2.imencode(".webp", bgra, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes(),
        cv2.imencode(".jp2", bgra)[1].tobytes(),
        encoded("TIFF", 6),
    ]
    for data in files:
        monkeypatch.setattr("classicxm.media.image.MAX_PIXELS", 100_000_000)
        whole = read_image(data)
        monkeypatch.setattr("classicxm.media.image.MAX_PIXELS", 1200)
        expected = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        np.testing.assert_array_equal(read_image(data), expected)


@pytest.mark.slow
def test_a_large_jpeg_takes_little_memory(tmp_path):
    path = tmp_path / "large.jpg"
    cv2.imwrite(str(path), np.full((14_000, 14_000, 3), 90, np.uint8))
    code = (
        "import resource, sys; from classicxm.media.image import read_image\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(read_image(sys.argv[1]).shape, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    ).stdout
    shape, _, grown = told.strip().rpartition(" ")
    assert shape == "(7000, 7000, 3)" and int(grown) < 500_000  # kB; the whole would be 588 MB and its copy


def made(path, *arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments), str(path)], check=True, timeout=60)
    return path


SOUNDS = {"a.m4a": "aac", "a.aac": "aac", "a.wma": "wmav2", "a.webm": "libopus", "a.mka": "flac"}


@ffmpeg
@pytest.mark.parametrize("name", SOUNDS)
def test_sounds_of_phones(tmp_path, name):
    pytest.importorskip("av")
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1", "-ac", 2]
    path = made(tmp_path / name, *tone, "-c:a", SOUNDS[name])
    sound = read_audio(path)
    assert sound.sample_rate == 48000 and abs(len(sound.samples) - 48000) < 4000
    spectrum = np.abs(np.fft.rfft(sound.samples[4000:44000]))
    assert abs(int(spectrum.argmax()) * 48000 / 40000 - 440) < 3 and 0.05 < sound.samples.max() < 0.3


@ffmpeg
def test_the_extra_for_sounds_is_named_and_damage_too(tmp_path, monkeypatch):
    path = made(tmp_path / "a.m4a", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac")
    cut = path.read_bytes()[:100]
    with pytest.raises(MediaDecodeError, match="not readable audio"):
        read_audio(cut)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MediaDecodeError, match=r'pip install "classicxm\[av\]"'):
        read_audio(path)


def with_matrix(data, turn):
    """An mp4 file whose track header says that frames are to be turned clockwise."""
    cosine, sine = (round(f(np.deg2rad(turn))) << 16 for f in (np.cos, np.sin))
    at = data.index(b"tkhd") + 44
    return data[:at] + struct.pack(">9i", cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30) + data[at + 36 :]


@ffmpeg
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_clips_are_turned_by_both_readers(tmp_path, turn):
    pytest.importorskip("av")
    cv2.imwrite(str(tmp_path / "a.png"), corners()[..., ::-1])
    plain = made(tmp_path / "plain.mp4", "-loop", 1, "-i", tmp_path / "a.png", "-frames:v", 5, "-c:v", "libx264",
                 "-pix_fmt", "yuv420p")  # fmt: skip
    path = tmp_path / "turned.mp4"
    path.write_bytes(with_matrix(plain.read_bytes(), turn))
    expected = np.rot90(corners(), -turn // 90)  # clockwise
    clip = Video(path)
    frames = list(clip)
    assert len(frames) == 5 == clip.n_frames and clip.size == expected.shape[:2] and near(frames[0], expected)
    capture = AvCapture(path, path.read_bytes()[:64])
    readable, frame = capture.read()
    capture.release()
    assert readable and near(frame[..., ::-1], expected)


@ffmpeg
def test_a_clip_that_opencv_refuses_is_read_by_pyav(tmp_path, monkeypatch):
    pytest.importorskip("av")
    cv2.imwrite(str(tmp_path / "a.png"), corners()[..., ::-1])
    path = made(tmp_path / "a.mkv", "-loop", 1, "-i", tmp_path / "a.png", "-frames:v", 7, "-c:v", "ffv1")
    monkeypatch.setattr("cv2.VideoCapture.isOpened", lambda self: False, raising=False)
    clip = Video(path)
    assert clip.n_frames == 7 and clip.size == (48, 80) and near(list(clip)[6], corners())
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MediaDecodeError, match=r"classicxm\[av\]"):
        Video(path)


@pytest.mark.slow
def test_a_folder_of_a_phone_is_fitted_and_searched(tmp_path):
    photos = tmp_path / "DCIM 照片"
    photos.mkdir()
    rng = np.random.default_rng(0)
    for n in range(6):
        pixels = np.full((40, 60, 3), rng.integers(0, 255, 3), np.uint8)
        (photos / f"{n}.{'heic' if n % 2 else 'avif'}").write_bytes(
            encoded("HEIF" if n % 2 else "AVIF", pixels=pixels)
        )
    parts = ["--recipe", "baseline", "--quick", "--n-jobs", "1", "--extractor", "image=ColorHistogram"]
    result = CliRunner().invoke(main, ["fit", str(photos), "-o", str(tmp_path / "m"), *parts])
    assert result.exit_code == 0 and "6 image items indexed" in result.stdout, result.output
    asked = ["search", str(tmp_path / "m"), "--image", str(photos / "3.heic"), "--target", "image", "-k", "1"]
    assert "3" in CliRunner().invoke(main, asked).stdout.split()
