"""Pictures in JPEG 2000 whose samples are luminance and differences of colour, or grey beside alpha."""

import io

import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.image import read_image
from classicxm.media.jpeg2000 import as_rgb_samples, as_stored

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
RGB = np.random.default_rng(0).integers(0, 256, (8, 9, 3)).astype(np.uint8)


def encoded(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, "JPEG2000", **options)
    return stream.getvalue()


def test_luminance_and_differences_of_colour():
    picture = Image.fromarray(RGB).convert("YCbCr")
    data = encoded(picture)
    assert as_stored(data) is not None
    assert np.abs(read_image(data).astype(int) - np.asarray(picture.convert("RGB"))).max() <= 2


def test_other_pictures_are_left():
    for data in (
        encoded(Image.fromarray(RGB)),
        encoded(Image.fromarray(RGB), no_jp2=True),
        b"",
        b"\0\0\0\x0cjP  ",
    ):
        assert as_stored(data) is None
    np.testing.assert_array_equal(read_image(encoded(Image.fromarray(RGB))), RGB)


def test_samples_by_hand():
    alpha = as_rgb_samples(np.array([[[128, 128, 200, 7]]], np.uint8))
    assert alpha.tolist() == [[[200, 200, 200, 7]]]


def test_grey_beside_alpha_is_not_laid_over_black():
    with pytest.raises(MediaDecodeError, match="of a rare kind"):
        read_image(encoded(Image.fromarray(RGB).convert("LA")))
