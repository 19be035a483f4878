"""Samples of TIFF files that are written by hand, in strips and tiles, together and in planes, of any bits."""

import lzma
import struct
import zlib

import numpy as np
import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.image import read_image

H, W = 21, 35
TONE = (np.arange(H)[:, None] * 11 + np.arange(W) * 5) % 256
RGB = np.stack([TONE, TONE.T[:1].T * 0 + 255 - TONE, TONE // 2 + 60], axis=-1).astype(np.uint8)
GREY = RGB[..., :1]
COMPRESS = {1: bytes, 8: zlib.compress, 34925: lambda part: lzma.compress(part, preset=0)}


def packed(block, bits, order):
    """Rows of numbers as bytes, each row filled up to whole bytes."""
    if bits in (8, 16, 32, 64):
        return block.astype(block.dtype.newbyteorder(order)).tobytes()
    flat = block.reshape(len(block), -1, 1).astype(np.uint32)
    digits = (flat >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(digits.reshape(len(block), -1).astype(np.uint8), axis=1).tobytes()


def differences(block, predictor):
    if predictor == 2:
        return np.diff(block, axis=1, prepend=block[:, :1] * 0)
    n_rows, width, n = block.shape
    size = block.itemsize
    apart = block.astype(block.dtype.newbyteorder(">")).view(np.uint8).reshape(n_rows, width * n, size)
    apart = apart.swapaxes(1, 2).reshape(n_rows, -1, n)
    return np.diff(apart, axis=1, prepend=apart[:, :1] * 0).reshape(n_rows, -1)


def tiff(
    samples,
    *,
    bits=None,
    photometric=2,
    part=(16, 16),
    tiled=True,
    planar=1,
    compression=1,
    order="<",
    **more,
):
    """A file of (height, width, n) samples; ``part``: height and width of tiles, or the rows of strips."""
    bits, n, predictor = bits or samples.itemsize * 8, samples.shape[2], more.get("predictor", 1)
    planes = [samples] if planar == 1 else [samples[..., i : i + 1] for i in range(n)]
    height, width = part if tiled else (part[0], samples.shape[1])
    parts = []
    for plane in planes:
        for top in range(0, len(samples), height):
            for left in range(0, samples.shape[1], width):
                block = plane[top : top + height, left : left + width]
                if tiled:
                    room = ((0, height - block.shape[0]), (0, width - block.shape[1]), (0, 0))
                    block = np.pad(block, room)
                block = differences(block, predictor) if predictor > 1 else block
                content = block.tobytes() if predictor == 3 else packed(block, bits, order)
                parts.append(COMPRESS[compression](content))
    kind = {"u": 1, "i": 2, "f": 3}[samples.dtype.kind]
    extra = [(338, 3, [more["extra"]])] if "extra" in more else []
    table = [(320, 3, more["table"])] if "table" in more else []
    where = [(322, 4, [width]), (323, 4, [height])] if tiled else [(278, 4, [height])]
    numbers = [
        *(
            (256, 4, [samples.shape[1]]),
            (257, 4, [len(samples)]),
            (258, 3, [bits] * n),
            (259, 3, [compression]),
        ),
        *((262, 3, [photometric]), (274, 3, [more.get("orientation", 1)]), (277, 3, [n]), (284, 3, [planar])),
        *((317, 3, [predictor]), (339, 3, [kind] * n), *extra, *where, *table),
        *((324 if tiled else 273, 4, [0] * len(parts)), (325 if tiled else 279, 4, [*map(len, parts)])),
    ]
    tags = sorted(numbers)
    at = 8 + 2 + 12 * len(tags) + 4
    rest, entries = b"", []
    room = sum(2 * t[1] - 2 and len(t[2]) * (2 if t[1] == 3 else 4) for t in tags)
    begins = np.cumsum([at + room, *map(len, parts)])[:-1].tolist()
    for tag, kind, numbers in tags:
        numbers = begins if tag in (273, 324) else numbers
        content = struct.pack(f"{order}{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(content) > 4:
            rest, content = rest + content, struct.pack(order + "I", at + len(rest))
        entries.append(struct.pack(order + "HHI", tag, kind, len(numbers)) + content.ljust(4, b"\0"))
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(tags))
    return (head + b"".join(entries) + bytes(4) + rest).ljust(at + room, b"\0") + b"".join(parts)


def assert_shows(data, expected, tolerance=1):
    found = read_image(data)
    expected = np.broadcast_to(expected, (*expected.shape[:2], 3))
    assert found.shape == expected.shape and np.abs(found.astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.float16, np.float32, np.float64])
def test_tiles_strips_and_planes(kind, compression):
    top = 1 if np.dtype(kind).kind == "f" else int(np.iinfo(kind).max)
    samples = (RGB / 255 * top).astype(kind) if top == 1 else RGB.astype(kind) * kind(top // 255)
    for planar in (1, 2):
        for tiled in (True, False):
            for order in "<>":
                data = tiff(
                    samples, planar=planar, tiled=tiled, part=(16, 32), order=order, compression=compression
                )
                assert_shows(data, RGB)


@pytest.mark.parametrize(
    ("kind", "predictor"), [(np.uint16, 2), (np.uint32, 2), (np.float32, 3), (np.float64, 3)]
)
@pytest.mark.parametrize("planar", [1, 2])
def test_differences(kind, predictor, planar):
    samples = (
        (RGB / 255).astype(kind) if predictor == 3 else RGB.astype(kind) << 8 * (np.dtype(kind).itemsize - 1)
    )
    assert_shows(tiff(samples, predictor=predictor, compression=8, planar=planar), RGB)


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 10, 12, 14])
@pytest.mark.parametrize("tiled", [True, False])
def test_packed_bits(bits, tiled):
    top = (1 << bits) - 1
    numbers = (RGB.astype(np.uint32) * top // 255).astype(np.uint16)
    shown = (numbers.astype(int) * 255 // top).astype(np.uint8)
    for compression in (1, 8):
        assert_shows(
            tiff(numbers[..., :1], bits=bits, photometric=1, tiled=tiled, compression=compression),
            shown[..., :1],
        )
        assert_shows(
            tiff(numbers[..., :1], bits=bits, photometric=0, tiled=tiled, compression=compression),
            255 - shown[..., :1],
        )
        if bits > 1:
            assert_shows(tiff(numbers, bits=bits, tiled=tiled, compression=compression), shown)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("planar", [1, 2])
def test_alpha_in_planes_and_beside_grey(kind, planar):
    alpha = ((np.arange(W) * 7) % 256 + np.zeros((H, 1))).astype(np.uint8)[..., None]
    for colours, photometric in ((RGB, 2), (GREY, 1)):
        shown = (colours.astype(int) * alpha + 255 * (255 - alpha.astype(int)) + 127) // 255
        samples = np.concatenate([colours, alpha], axis=2).astype(kind) << 8 * (np.dtype(kind).itemsize - 1)
        assert_shows(tiff(samples, photometric=photometric, planar=planar, extra=2), shown)
        if kind != np.uint8 or planar == 2 or photometric == 1:
            assert_shows(tiff(samples, photometric=photometric, planar=planar, extra=0), colours)
        multiplied = np.concatenate([colours.astype(int) * alpha // 255, alpha], axis=2).astype(kind)
        multiplied <<= 8 * (np.dtype(kind).itemsize - 1)
        assert_shows(tiff(multiplied, photometric=photometric, planar=planar, extra=1), shown, 2)


def test_inks_and_palettes():
    inks = np.concatenate([255 - RGB, GREY // 3], axis=2)
    shown = (255 - inks[..., :3].astype(int)) * (255 - inks[..., 3:].astype(int)) // 255
    for planar in (1, 2):
        assert_shows(tiff(inks, photometric=5, planar=planar), shown)
        assert_shows(tiff(inks.astype(np.uint16) << 8, photometric=5, planar=planar), shown)
    alpha = ((np.arange(W) * 7) % 256 + np.zeros((H, 1), int))[..., None]
    five = np.concatenate([inks, alpha.astype(np.uint8)], axis=2)
    over_white = (shown * alpha + 255 * (255 - alpha) + 127) // 255
    for compression in (1, 8):
        assert_shows(tiff(five, photometric=5, extra=2, compression=compression), over_white)
        assert_shows(tiff(five, photometric=5, extra=0, compression=compression), shown)
        assert_shows(tiff(five, photometric=5, extra=1, compression=compression), shown)  # no ink is white
    colours = np.random.default_rng(0).integers(0, 256, (3, 256))
    table = (colours * 257).ravel().tolist()
    assert_shows(tiff(GREY, photometric=3, table=table), colours.T[GREY[..., 0]])
    beside = np.concatenate([GREY, alpha.astype(np.uint8)], axis=2)
    over_white = (colours.T[GREY[..., 0]] * alpha + 255 * (255 - alpha) + 127) // 255
    assert_shows(tiff(beside, photometric=3, table=table, extra=2), over_white)
    assert_shows(tiff(beside, photometric=3, table=table, extra=0), colours.T[GREY[..., 0]])


@pytest.mark.parametrize(("orientation", "axis"), [(2, 1), (4, 0), (5, None)])
def test_turned(orientation, axis):
    shown = RGB.swapaxes(0, 1) if axis is None else np.flip(RGB, axis)
    assert_shows(tiff(RGB, orientation=orientation), shown)
    assert_shows(tiff(RGB.astype(np.uint16) << 8, planar=2, orientation=orientation), shown)


def test_what_is_cut_damaged_or_unknown():
    whole = tiff(RGB.astype(np.uint16), planar=2)
    for data in (whole, tiff(RGB, planar=2), tiff(RGB), tiff(RGB, tiled=False, compression=8)):
        with pytest.raises(MediaDecodeError, match="it stops before its end"):
            read_image(data[:-1])
    for squeezed in (tiff(RGB.astype(np.uint16), planar=2, compression=8), tiff(RGB, compression=8)):
        with pytest.raises(MediaDecodeError, match="contents are damaged"):
            read_image(squeezed[:-20] + bytes(20))
    unknown = whole.replace(struct.pack("<HHIH", 259, 3, 1, 1), struct.pack("<HHIH", 259, 3, 1, 50000))
    with pytest.raises(MediaDecodeError, match="compressed by Zstandard: magick INPUT -compress lzw OUTPUT"):
        read_image(unknown)
    none = whole.replace(struct.pack("<HHIH", 277, 3, 1, 3), struct.pack("<HHIH", 277, 3, 1, 0))
    with pytest.raises(MediaDecodeError, match="its header is damaged"):
        read_image(none)
    for tag, value in ((322, 0), (322, 1 << 30), (256, 1 << 30), (325, 1 << 31)):
        at = whole.index(struct.pack("<HH", tag, 4)) + 8
        with pytest.raises(MediaDecodeError):
            read_image(whole[:at] + struct.pack("<I", value) + whole[at + 4 :])
