"""Pictures of the HEIF family, by their brands and by what Pillow wrote."""

import io

import numpy as np
import pytest

from classicxm.media.heif import is_heif, read_heif


def box(*brands):
    return (
        (16 + 4 * len(brands[1:])).to_bytes(4, "big") + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (box(b"heic"), True),
        (box(b"avif"), True),
        (box(b"mp42", b"isom", b"mif1"), True),
        (box(b"mp42", b"isom"), False),
        (b"\xff\xd8\xff\xe0", False),
        (b"", False),
    ],
)
def test_brands(data, expected):
    assert is_heif(data) is expected


def encoded(kind, mode="RGB"):
    Image = pytest.importorskip("PIL.Image")
    pytest.importorskip("pillow_heif").register_heif_opener()
    pixels = np.zeros((32, 48, len(mode)), np.uint8)
    pixels[..., 0] = 200
    stream = io.BytesIO()
    Image.fromarray(pixels, mode).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_what_was_written_is_read(kind):
    data = encoded(kind)
    pixels = read_heif(data, 10**6)
    assert is_heif(data) and pixels.shape == (32, 48, 3)
    assert np.abs(pixels.mean(axis=(0, 1)) - [200, 0, 0]).max() < 12
    assert read_heif(data, 100) == "it has 48 x 32 pixels, more than the limit of 100"
    assert read_heif(data[: len(data) // 2], 10**6).startswith("it is damaged: ")
