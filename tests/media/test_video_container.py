"""Whether a film stops before its end, by what its container announces."""

import io
import struct

import cv2
import numpy as np
import pytest
import soundfile

from classicxm.media.video_container import holds_another, is_cut, is_sound_only, shows_all_samples


def film(folder, name, code, n_frames=8):
    path = folder / name
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), 10, (32, 24))
    for n in range(n_frames):
        writer.write(np.full((24, 32, 3), 30 * n, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("name", "code"), [("a.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.mkv", "MJPG")])
def test_whole_and_cut_films(name, code, tmp_path):
    path = film(tmp_path, name, code)
    data = path.read_bytes()
    assert not is_cut(path)
    path.write_bytes(data[: len(data) * 3 // 4])
    assert is_cut(path)


def box(kind, *contents):
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def track(handler):
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12))))


@pytest.mark.parametrize(
    ("data", "is_sound"),
    [
        (b"ID3\4\0\0\0\0\0\0", True),
        (b"RIFF\0\0\0\0WAVEfmt ", True),
        (b"RIFF\0\0\0\0AVI LIST", False),
        (box(b"ftyp", b"M4A ") + box(b"moov", track(b"soun"), track(b"text")), True),
        (box(b"ftyp", b"isom") + box(b"moov", track(b"soun"), track(b"vide")), False),
        (box(b"ftyp", b"avis") + box(b"moov", track(b"pict")), False),
        (box(b"ftyp", b"isom") + box(b"mdat", b"x"), False),  # it is cut before its tracks
        (b"", False),
    ],
)
def test_sounds_are_no_films_whatever_their_cover(data, is_sound, tmp_path):
    (tmp_path / "a").write_bytes(data)
    assert is_sound_only(tmp_path / "a") is is_sound


def test_animated_pictures_end_with_a_semicolon(tmp_path):
    (tmp_path / "a.gif").write_bytes(b"GIF89a" + bytes(40) + b";\0\0")
    (tmp_path / "b.gif").write_bytes(b"GIF89a" + bytes(40))
    assert not is_cut(tmp_path / "a.gif") and is_cut(tmp_path / "b.gif")


def test_what_announces_nothing(tmp_path):
    (tmp_path / "a.avi").write_bytes(b"RIFF" + struct.pack("<I", 0x7FFFFFFF) + b"AVI ")
    (tmp_path / "a.webm").write_bytes(b"\x1aE\xdf\xa3\x80\x18S\x80g\x01" + b"\xff" * 7)
    (tmp_path / "other").write_bytes(b"other")
    assert not any(is_cut(tmp_path / name) for name in ("a.avi", "a.webm", "other"))


def test_chained_ogg_and_pictures_of_a_raw_film(tmp_path):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(9000), 16000, format="OGG")
    one, picture = buffer.getvalue(), b"\xff\xd8\xff\xe0" + bytes(60) + b"\xff\xd9"
    for name, data, another, early in (
        ("one", one, False, False),
        ("two", one + one, True, False),
        ("cut", one + one[: len(one) // 2], True, True),
        ("pictures", picture * 3, False, False),
        ("half", picture * 2 + picture[:30], False, True),
    ):
        (tmp_path / name).write_bytes(data)
        assert (holds_another(tmp_path / name), is_cut(tmp_path / name)) == (another, early), name


def test_counts_of_what_is_shown(tmp_path):
    assert shows_all_samples(film(tmp_path, "a.mp4", "mp4v"), 10)
    assert shows_all_samples(film(tmp_path, "a.avi", "MJPG"), 10)
    (tmp_path / "other").write_bytes(b"other")
    assert not shows_all_samples(tmp_path / "other", 10)
