import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.image import as_rgb, read_image

RED = np.zeros((8, 12, 3), np.uint8)
RED[..., 0] = 200  # RGB
LOSS = 20  # what the coarse palette of a gif may change


def encoded(extension, rgb=RED, *params):
    ok, data = cv2.imencode(extension, np.ascontiguousarray(rgb[..., ::-1]), *params)
    assert ok
    return data.tobytes()


def png_header(width, height):
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tiff", ".gif", ".webp", ".jpg"])
def test_every_kind_of_file(tmp_path, extension):
    path = tmp_path / f"a{extension}"
    path.write_bytes(encoded(extension))
    for source in (path, str(path), path.read_bytes()):
        image = read_image(source)
        assert image.shape == (8, 12, 3) and image.dtype == np.uint8
        assert np.abs(image.astype(int) - RED).max() <= LOSS


def test_kind_is_told_by_content_not_by_name(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(".png"))
    np.testing.assert_array_equal(read_image(path), RED)


def test_grey_becomes_three_equal_channels():
    _, data = cv2.imencode(".png", np.arange(20, dtype=np.uint8).reshape(4, 5))
    image = read_image(data.tobytes())
    assert image.shape == (4, 5, 3)
    assert (image == np.arange(20).reshape(4, 5, 1)).all()


def test_transparency_is_laid_over_white():
    bgra = np.zeros((2, 2, 4), np.uint8)
    bgra[0, 0] = (0, 0, 255, 255)
    bgra[0, 1] = (0, 0, 255, 128)
    image = read_image(cv2.imencode(".png", bgra)[1].tobytes())
    assert image.tolist() == [[[255, 0, 0], [255, 127, 127]], [[255, 255, 255]] * 2]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits(channels):
    deep = np.full((3, 3, channels), 0xC8C8, np.uint16)
    if channels == 4:
        deep[..., 3] = 0xFFFF
    image = read_image(cv2.imencode(".png", deep)[1].tobytes())
    assert image.shape == (3, 3, 3) and (image == 0xC8).all()


def test_exif_orientation_is_applied():
    jpeg = encoded(".jpg")
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x0112, 3, 1, 6) + b"\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    turned = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    assert read_image(turned).shape == (12, 8, 3)


def test_first_frame_of_an_animated_gif():
    frames = [RED[..., ::-1], RED[..., ::-1] // 2]
    animation = cv2.Animation()
    animation.frames, animation.durations = [np.ascontiguousarray(f) for f in frames], [100, 100]
    _, data = cv2.imencodeanimation(".gif", animation)
    assert np.abs(read_image(data.tobytes()).astype(int) - RED).max() <= LOSS


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"just some words", "it holds text"),
        (bytes(range(200, 256)) * 9, "no image format"),
        (encoded(".png")[:-20], "stops before its end"),
        (
            encoded(".jpg", np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))[:700],
            "stops before",
        ),
        (encoded(".png")[:40] + b"\0" * 40 + b"IEND", "damaged"),
        (png_header(30000, 30000), "30000 x 30000 pixels, more than the limit of 250,000,000"),
    ],
)
def test_broken_files_say_what_is_wrong(tmp_path, data, reason):
    path = tmp_path / "broken.jpg"
    path.write_bytes(data)
    with pytest.raises(MediaDecodeError, match=reason) as caught:
        read_image(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_missing_file_folder_and_wrong_type(tmp_path):
    with pytest.raises(MediaDecodeError, match="No such file"):
        read_image(tmp_path / "no.jpg")
    with pytest.raises(MediaDecodeError, match="cannot be read"):
        read_image(tmp_path)
    with pytest.raises(TypeError, match="must be a path, bytes or an array, got int"):
        read_image(3)


def test_pixel_limit_is_an_argument():
    with pytest.raises(MediaDecodeError, match="12 x 8 pixels, more than the limit of 95"):
        read_image(encoded(".png"), max_pixels=95)
    assert read_image(encoded(".png"), max_pixels=96).shape == (8, 12, 3)


@pytest.mark.parametrize(
    "array",
    [
        RED,
        RED[..., 0],
        RED[..., :1],
        RED / 255.0,
        RED.astype(np.uint16) << 8,
        RED > 100,
        np.dstack([RED, RED[..., 0]]),
    ],
)
def test_arrays_of_many_kinds(array):
    image = as_rgb(array)
    assert image.shape == (8, 12, 3) and image.dtype == np.uint8


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        (np.zeros((3,)), ValueError, "must have shape"),
        (np.zeros((0, 3)), ValueError, "must have shape"),
        (np.zeros((2, 2, 5)), ValueError, "must have shape"),
        (np.full((2, 2), 2.0), ValueError, r"must lie in \[0, 1\]"),
        (np.full((2, 2), np.nan), ValueError, r"must lie in \[0, 1\]"),
        (np.zeros((2, 2), np.int64), TypeError, "must be uint8, uint16, uint32, bool or float, got int64"),
    ],
)
def test_arrays_that_are_no_images(array, error, words):
    with pytest.raises(error, match=words):
        as_rgb(array)


def test_paths_keep_other_scripts(tmp_path):
    path = Path(tmp_path / "写真 é.png")
    path.write_bytes(encoded(".png"))
    assert read_image(path).shape == (8, 12, 3)


def os2_bitmap(size):
    """A 24-bit bitmap of OS/2, 10 x 24: version 1 has a header of 12 bytes, version 2 one of 64."""
    pixels = np.random.default_rng(5).integers(0, 256, (24, 10, 3), np.uint8)
    rows = b"".join(row[:, ::-1].tobytes() + bytes(2) for row in pixels[::-1])
    if size == 12:
        head = struct.pack("<IHHHH", 12, 10, 24, 1, 24)
    else:
        head = struct.pack("<IiiHHI", size, 10, 24, 1, 24, 0).ljust(size, b"\0")
    at = 14 + len(head)
    return b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + head + rows, pixels


@pytest.mark.parametrize("size", [12, 64])
def test_bitmaps_of_os2_have_the_size_that_they_have(size):
    data, pixels = os2_bitmap(size)
    np.testing.assert_array_equal(read_image(data), pixels)
    with pytest.raises(MediaDecodeError, match="has 10 x 24 pixels, more than the limit of 100"):
        read_image(data, 100)
    with pytest.raises(MediaDecodeError) as caught:
        read_image(data[:-30])
    assert "655370" not in str(caught.value)


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"II\xbc\x01\x08\0\0\0", "JPEG XR"), (b"\xff\x0a\x7f", "JPEG XL"), (b"8BPS", "Photoshop")],
)
def test_kinds_that_are_not_decoded_are_not_called_damaged(start, kind):
    with pytest.raises(MediaDecodeError, match=f"it is .*{kind}.*not decoded here.*convert") as caught:
        read_image(start + bytes(200))
    assert "damaged" not in str(caught.value)


def test_damage_of_heif_is_told_without_addresses():
    pytest.importorskip("pillow_heif")
    data = b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(50)
    with pytest.raises(MediaDecodeError, match="it is damaged") as caught:
        read_image(data)
    assert "0x" not in str(caught.value)


@pytest.mark.parametrize("extension", [".hdr", ".jp2", ".ras"])
def test_what_is_cut_is_an_image_by_its_header(extension):
    pixels = np.random.default_rng(0).random((40, 40, 3)).astype(np.float32)
    data = cv2.imencode(extension, pixels if extension == ".hdr" else (pixels * 255).astype(np.uint8))[
        1
    ].tobytes()
    assert read_image(data).shape == (40, 40, 3)
    with pytest.raises(MediaDecodeError, match="its header is an image's, its contents are damaged"):
        read_image(data[: len(data) * 2 // 3])
