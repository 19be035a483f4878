"""Bounds of reading: pipes and devices are not waited for, and what never ends in a file is given up."""

import os
import struct
import zlib

import cv2
import numpy as np
import pytest

from classicxm.atomic import write_file
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media import decode, fingerprint
from classicxm.media import video as video_module
from classicxm.media.jpeg import end_of_picture
from classicxm.media.mp3 import streams
from classicxm.media.png import checked
from classicxm.media.video import Video


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "a pipe.wav"
    os.mkfifo(path)
    return path


def test_a_pipe_has_no_fingerprint(pipe):
    with pytest.raises(MediaDecodeError, match=r"a pipe\.wav.*regular file"):
        fingerprint("audio", pipe)


def test_a_pipe_is_not_replaced_by_a_page(pipe):
    with pytest.raises(ValueError, match=r"a pipe\.wav is no regular file"):
        write_file(pipe, "page")


def test_a_page_is_written_through_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "page.html").symlink_to("there/page.html")
    write_file(tmp_path / "page.html", "new")
    assert (tmp_path / "page.html").is_symlink()
    assert (tmp_path / "there/page.html").read_text() == "new"


def test_a_film_is_found_again_by_its_bytes_and_options(tmp_path):
    for name, content in (("a", b"abc"), ("b", b"abc"), ("c", b"xyz")):
        (tmp_path / name).write_bytes(content)

    def print_of(name, stride=1):
        clip = Video.__new__(Video)
        clip.source, clip.stride, clip.max_side, clip.max_frames = tmp_path / name, stride, None, None
        return fingerprint("video", clip)

    assert print_of("a") == print_of("b") != print_of("c")
    assert print_of("a") != print_of("a", stride=2)


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\xd0", b"\xff\xdb\0\2"])
def test_endless_markers_take_no_time(filler):
    whole = b"\xff\xd8" + filler * 2_000_000
    assert end_of_picture(whole + b"\0") is None


def test_what_a_png_packs_beyond_its_pixels_is_not_unpacked():
    packed = zlib.compress(bytes(50_000_000), 9)
    header = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    assert checked(content).width == 4
    assert decode("image", content).shape == (4, 4, 3)


def test_endless_tags_are_given_up():
    assert [found.n_samples for found in streams(b"ID3\4\0\0\0\0\0\0" * 100_000)] == [0]


def test_mpeg_in_wav_without_a_frame_is_named(tmp_path):
    body = (
        struct.pack("<IHHIIHH", 16, 0x55, 1, 8000, 8000, 1, 0)
        + b"data"
        + struct.pack("<I", 1000)
        + bytes(1000)
    )
    path = tmp_path / "mpeg.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 8 + len(body)) + b"WAVEfmt " + body)
    with pytest.raises(MediaDecodeError, match=r"mpeg\.wav: holds no MPEG frame"):
        decode("audio", path)


@pytest.mark.parametrize("head", [b"RIFF\xff\xff\xff\x7fWAVE", b"FORM\x7f\xff\xff\xffAIFF"])
def test_endless_chunks_are_named(tmp_path, head):
    path = tmp_path / "chunks.wav"
    path.write_bytes(head + b"junk\0\0\0\0" * 100_000)
    with pytest.raises(MediaDecodeError, match=r"chunks\.wav"):
        decode("audio", path)


def film(path, n_frames):
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), 10, (32, 32))
    for number in range(n_frames):
        writer.write(np.full((32, 32, 3), 20 * number, np.uint8))
    writer.release()
    return path


def test_a_film_may_have_so_many_pixels(tmp_path, monkeypatch):
    path = film(tmp_path / "long.avi", 12)
    assert Video(path).n_frames == 12
    monkeypatch.setattr(video_module, "MOST_A_BYTE", 0)
    monkeypatch.setattr(video_module, "MOST_DECODED", 5 * 32 * 32)
    with pytest.raises(MediaDecodeError, match=r"long\.avi: has over 5 frames"):
        list(Video(path))
    with pytest.raises(MediaDecodeError, match=r"long\.avi: has over 5 frames"):
        _ = Video(path).n_frames


def test_wide_frames_are_refused_by_their_header(tmp_path):
    path = tmp_path / "wide.gif"
    path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", 60000, 60000, 0x80, 0, 0) + bytes(100))
    with pytest.raises(MediaDecodeError, match=r"wide\.gif: has frames of 60000 x 60000"):
        Video(path)


def test_a_long_text_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "long.txt"
    with open(path, "wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(MediaDecodeError, match=r"long\.txt: has more bytes"):
        decode("text", path)


def test_manifests_stop_at_lines_without_end(tmp_path):
    from classicxm.datasets import load_collection

    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"{}\n" * 50_000)
    with pytest.raises(CollectionError, match="line 1: has no id"):
        load_collection(path)
    path.write_text(
        '{"' + "k" * 100_000 + '": 1, "id": "a"}\n{"id": "b", "text": "b"}\n{"id": "c", "text": "c"}\n'
    )
    with pytest.raises(CollectionError) as caught:
        load_collection(path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", ["contents.json", "class.json"])
def test_a_model_with_a_pipe_is_named(tmp_path, name):
    from classicxm.persistence import load, save
    from classicxm.search import ExactIndex

    save(ExactIndex().add(np.eye(2), ["a", "b"]), tmp_path / "model")
    (tmp_path / "model" / name).unlink()
    os.mkfifo(tmp_path / "model" / name)
    with pytest.raises(ValueError, match=name):
        load(tmp_path / "model")


def test_packed_vectors_with_padding_are_named(tmp_path):
    import gzip

    from classicxm.text.vector_files import read_word_vectors

    path = tmp_path / "words.gz"
    path.write_bytes(gzip.compress(b"a 1 2\nb 3 4\n") + bytes(1_000_000))
    with pytest.raises(MediaDecodeError, match=r"words\.gz.*zero bytes"):
        read_word_vectors(path)


def test_every_public_name_of_the_reports_is_there():
    from classicxm import reports

    assert all(hasattr(reports, name) for name in reports.__all__)
