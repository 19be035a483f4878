"""Where the first picture of a JPEG ends."""

import cv2
import numpy as np

from classicxm.media.jpeg import end_of_picture

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
