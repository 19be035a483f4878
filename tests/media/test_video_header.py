"""Files that are no films are refused by what they begin with, by name."""

import cv2
import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.video_header import MAX_PIXELS, check_header, check_size


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "is empty"),
        (b"a caption of a film", "holds text"),
        (b"#EXTM3U\n\xffhttp://127.0.0.1/a.ts\n", "lists other files"),
        (b"ffconcat version 1.0\nfile other.mp4\n\xff\0", "lists other files"),
        (bytes(600), "is not a video"),
        (b"GIF89a\xff\xff\xff\xff" + bytes(60), "65535 x 65535"),
    ],
)
def test_refused(head, said, tmp_path):
    path = tmp_path / "some.avi"
    path.write_bytes(head)
    with pytest.raises(MediaDecodeError, match=said) as refused:
        check_header(path)
    assert "some.avi" in str(refused.value)


def test_a_film_passes(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5, (32, 24))
    for shade in (0, 90):
        writer.write(np.full((24, 32, 3), shade, np.uint8))
    writer.release()
    check_header(tmp_path / "film.avi")


def test_frames_have_a_largest_size():
    check_size("a.avi", 1, MAX_PIXELS)
    with pytest.raises(MediaDecodeError, match=r"a.avi.*shrink it"):
        check_size("a.avi", 1, MAX_PIXELS + 1)
