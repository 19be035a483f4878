import numpy as np
import pytest

from classicxm import media
from classicxm.errors import MediaDecodeError
from classicxm.media.text import decode, read_text
from classicxm.media.video import Video


def test_strings_lists_and_files(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "été 赤".encode())
    assert decode("dog.txt") == "dog.txt"
    assert decode(path) == "été 赤"
    assert decode(["one", path]) == "one\nété 赤"
    assert decode("") == "" and decode([]) == ""


def test_bad_files_and_kinds(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes("un été".encode("latin-1"))
    with pytest.raises(MediaDecodeError, match=r"latin.txt: is not UTF-8 text \(byte 3 is 0xe9\)"):
        read_text(path)
    with pytest.raises(MediaDecodeError, match="No such file"):
        read_text(tmp_path / "none.txt")
    with pytest.raises(TypeError, match="got int"):
        decode(3)
    with pytest.raises(TypeError, match="got list"):
        decode(["a", 3])


def test_unknown_modality():
    with pytest.raises(ValueError, match="must be one of text, image, audio, video, got 'smell'"):
        media.decode("smell", "x")


def test_fingerprints_follow_content_not_names(tmp_path):
    a, b = tmp_path / "a.jpg", tmp_path / "b.jpg"
    a.write_bytes(b"same")
    b.write_bytes(b"same")
    assert media.fingerprint("image", a) == media.fingerprint("image", str(b))
    assert media.fingerprint("text", "same") != media.fingerprint("text", "other")
    assert media.fingerprint("text", ["a", "b"]) != media.fingerprint("text", ["ab"])
    b.write_bytes(b"changed")
    assert media.fingerprint("image", a) != media.fingerprint("image", b)


def test_fingerprints_of_videos_look_at_frames_and_settings():
    frames = np.zeros((3, 8, 8, 3), np.uint8)
    changed = frames.copy()
    changed[1, 2, 3] = 9
    prints = {
        media.fingerprint("video", Video(frames)),
        media.fingerprint("video", Video(changed)),
        media.fingerprint("video", Video(frames, stride=2)),
    }
    assert len(prints) == 3 and media.fingerprint("video", Video(frames.copy())) in prints
