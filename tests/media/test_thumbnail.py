"""Small pictures inside a page."""

import base64

import cv2
import numpy as np
import pytest

from classicxm.media.thumbnail import jpeg, thumbnail


@pytest.mark.parametrize(
    ("shape", "side", "expected"),
    [((100, 400), 200, (50, 200)), ((30, 20), 220, (30, 20)), ((1000, 1), 10, (10, 1))],
)
def test_the_longer_side_is_bounded(shape, side, expected):
    picture = np.full((*shape, 3), [200, 30, 30], np.uint8)
    again = cv2.imdecode(np.frombuffer(jpeg(picture, side), np.uint8), cv2.IMREAD_COLOR)
    assert again.shape[:2] == expected
    assert np.abs(again[..., ::-1].mean(axis=(0, 1)) - [200, 30, 30]).max() < 4


def test_a_page_has_it_inside(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((5, 5, 3), np.uint8))
    found = thumbnail(tmp_path / "a.png")
    assert found.startswith("data:image/jpeg;base64,")
    assert base64.b64decode(found.partition(",")[2]) == jpeg(tmp_path / "a.png")
