"""Bitmaps whose colours lie where masks say."""

import struct

import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.bmp import by_masks
from classicxm.media.image import read_image

H, W = 5, 7
RGB = np.random.default_rng(0).integers(0, 256, (H, W, 3))
ALPHA = np.full((H, W), 51)


def bitmap(bits, masks, header=40, kind=3, is_upside_down=False):
    """A file of RGB (and ALPHA) by masks of red, green, blue, alpha."""
    words = np.zeros((H, W), np.uint32)
    for mask, values in zip(masks, [*np.moveaxis(RGB, -1, 0), ALPHA], strict=False):
        if mask:
            lowest = (mask & -mask).bit_length() - 1
            words |= (values * (mask >> lowest) // 255).astype(np.uint32) << lowest
    rows = words if is_upside_down else words[::-1]
    row = [line.astype(f"<u{bits // 8}").tobytes() for line in rows]
    content = b"".join(line + bytes(-len(line) % 4) for line in row)
    fields = struct.pack("<IiiHHIIiiII", header, W, -H if is_upside_down else H, 1, bits, kind, 0, 0, 0, 0, 0)
    fields += struct.pack(f"<{len(masks)}I", *masks)
    fields = fields.ljust(header, b"\0")
    return (
        b"BM"
        + struct.pack("<IHHI", 14 + len(fields) + len(content), 0, 0, 14 + len(fields))
        + fields
        + content
    )


@pytest.mark.parametrize(
    ("bits", "masks", "tolerance"),
    [
        (32, (0xFF, 0xFF00, 0xFF0000), 0),
        (32, (0xFF000000, 0xFF0000, 0xFF00), 0),
        (32, (0x3FF00000, 0xFFC00, 0x3FF), 1),
        (32, (0xFF0000, 0xFF00, 0xFF), 0),
        (16, (0xF00, 0xF0, 0xF), 17),
        (16, (0x1F, 0x7E0, 0xF800), 9),
    ],
)
@pytest.mark.parametrize("is_upside_down", [False, True])
def test_colours_lie_where_masks_say(bits, masks, tolerance, is_upside_down):
    found = read_image(bitmap(bits, masks, is_upside_down=is_upside_down))
    assert np.abs(found.astype(int) - RGB).max() <= tolerance


def test_alpha():
    expected = (RGB * 51 + 255 * 204 + 127) // 255
    for masks, header in (
        ((0xFF, 0xFF00, 0xFF0000, 0xFF000000), 124),
        ((0xFF0000, 0xFF00, 0xFF, 0xFF000000), 124),
    ):
        assert np.abs(read_image(bitmap(32, masks, header)).astype(int) - expected).max() <= 1
    without = bitmap(32, (0xFF0000, 0xFF00, 0xFF, 0), 124)  # its fourth bytes are zeros, and no alpha
    np.testing.assert_array_equal(read_image(without), RGB)


def test_cut_and_without_a_mask():
    whole = bitmap(32, (0xFF, 0xFF00, 0xFF0000))
    with pytest.raises(MediaDecodeError, match="it stops before its end"):
        read_image(whole[:-1])
    for bits, masks in (
        (32, (0xFF, 0, 0xFF0000)),
        (16, (0xFF00FF, 0xF0, 0xF)),
    ):  # without green, and 24 bits of red
        with pytest.raises(MediaDecodeError, match="its header is damaged"):
            read_image(bitmap(bits, masks))
    assert by_masks(b"BM") is None


@pytest.mark.parametrize("header", [40, 52, 56, 64, 108, 124])
@pytest.mark.parametrize(
    ("masks", "kind"), [((0xF800, 0x7E0, 0x1F), 3), ((0x7C00, 0x3E0, 0x1F), 3), ((0x7C00, 0x3E0, 0x1F), 0)]
)
def test_sixteen_bits_behind_every_header(header, masks, kind):
    whole = bitmap(16, masks if kind else (), header, kind)
    begins = int.from_bytes(whole[10:14], "little")
    words = np.random.default_rng(1).integers(0, 1 << 15, (H, 8)).astype("<u2")
    words[0, 0] = sum(masks)  # white
    shades = np.stack([(words // (mask & -mask)) & mask // (mask & -mask) for mask in masks], -1)
    largest = np.array([mask // (mask & -mask) for mask in masks])
    expected = (shades * 255 + largest // 2) // largest
    found = read_image(whole[:begins] + words[::-1].tobytes())
    np.testing.assert_array_equal(found, expected[:, :W])
    assert found[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_cut_without_masks(bits):
    data = bytearray(bitmap(32, (), kind=0))
    data[28:30] = struct.pack("<H", bits)
    n_bytes = -(-W * bits // 32) * 4 * H
    assert by_masks(bytes(data[: 54 + n_bytes])) is None
    with pytest.raises(MediaDecodeError, match="it stops before its end"):
        read_image(bytes(data[: 54 + n_bytes - 1]))


@pytest.mark.parametrize("begins", [0, 14, 53])
def test_pixels_that_begin_inside_the_header(begins):
    data = bitmap(32, (), kind=0)
    with pytest.raises(MediaDecodeError, match="its header is damaged"):
        read_image(data[:10] + struct.pack("<I", begins) + data[14:])
