"""Where the first picture of a JPEG ends."""

import cv2
import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.image import read_image
from classicxm.media.jpeg import end_of_picture, rare_kind

PICTURE = cv2.imencode(".jpg", np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))[1].tobytes()


def test_the_end_is_behind_the_end_marker():
    assert end_of_picture(PICTURE) == len(PICTURE) and PICTURE.endswith(b"\xff\xd9")
    assert end_of_picture(PICTURE + PICTURE) == len(PICTURE) == end_of_picture(PICTURE + b"video")


def test_a_preview_inside_a_segment_is_no_end():
    inside = b"\xff\xe1" + (2 + len(PICTURE)).to_bytes(2, "big") + PICTURE
    assert end_of_picture(PICTURE[:2] + inside + PICTURE[2:]) == len(PICTURE) + len(inside)


def test_cut_pictures_have_none():
    for n in (2, 100, len(PICTURE) - 1):
        assert end_of_picture(PICTURE[:n]) is None


def test_a_picture_that_another_one_cuts_off_has_no_end():
    assert end_of_picture(PICTURE[: len(PICTURE) // 2] + PICTURE) is None


def as_kind(marker, bits=8):
    """The picture with another marker at its frame, and other bits."""
    at = PICTURE.index(b"\xff\xc0")
    return PICTURE[: at + 1] + bytes([marker]) + PICTURE[at + 2 : at + 4] + bytes([bits]) + PICTURE[at + 5 :]


def test_kinds_that_decoders_do_not_know_are_named():
    assert rare_kind(PICTURE) is None and rare_kind(b"\xff\xd8\xff\xda") is None
    for marker, bits, said in (
        (0xF7, 8, "JPEG-LS"),
        (0xC1, 12, "JPEG of 12 bits"),
        (0xC5, 8, "hierarchical JPEG"),
    ):
        with pytest.raises(MediaDecodeError, match=f"it is {said}.*; convert it: ffmpeg -i INPUT"):
            read_image(as_kind(marker, bits))


def test_arithmetic_code_and_a_height_behind_the_samples_are_named():
    assert rare_kind(as_kind(0xC9)).startswith("it is arithmetic JPEG of 8 bits, which is not decoded here")
    at = PICTURE.index(b"\xff\xc0") + 5
    lines = b"\xff\xdc\0\4" + PICTURE[at : at + 2]
    with pytest.raises(
        MediaDecodeError, match="whose height stands behind its samples, which is not decoded"
    ):
        read_image(PICTURE[:at] + b"\0\0" + PICTURE[at + 2 : -2] + lines + b"\xff\xd9")


def test_scans_without_number_are_refused():
    picture = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[
        1
    ].tobytes()
    last = picture[picture.rindex(b"\xff\xda") : -2]
    n_scans = picture.count(b"\xff\xda")
    some = picture[:-2] + last * (100 - n_scans) + b"\xff\xd9"
    assert read_image(some).shape == (64, 64, 3)
    with pytest.raises(MediaDecodeError, match="it has over 100 scans"):
        read_image(some[:-2] + last + b"\xff\xd9")
