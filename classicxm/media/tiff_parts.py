"""TIFF 6: the strips or tiles of the first page, and whether each holds all of its samples."""

import struct
import zlib
from typing import NamedTuple

import cv2
import numpy as np

from classicxm.media import jpeg, tiff
from classicxm.media.png import inflate_through
from classicxm.media.tiff import Tiff, values

__all__ = ["Layout", "layout", "one_strip", "places", "problem"]

COMPRESSION, FILL_ORDER, TILE_WIDTH, TILE_HEIGHT, ROWS, CHROMA = 259, 266, 322, 323, 278, 530
STRIPS, TILES = (273, 279), (324, 325)  # where parts begin, and their bytes
PLAIN, JPEG, DEFLATE = 1, 7, (8, 32946)
RUNS = (5, 32773)  # LZW and PackBits
YCBCR = 6
MOST_BYTES = 1 << 27  # of samples, which are copied some times
MOST_INFLATED = 1 << 30  # of which none is kept
MOST_PARTS = 1 << 17
#: Parts may lie upon each other, as blank tiles do: so many bytes per byte of the file, and so many in all of one.
MOST_SHARED, MOST_BLANK = 4, 1 << 29
LONGEST_SIDE = 1 << 20  # of what OpenCV decodes
HEADER, SHORT = "its header is damaged", "it stops before its end"
DAMAGED = "its header is an image's, its contents are damaged"


class Layout(NamedTuple):
    """Strips or tiles: how wide and high, how many side by side and below each other, samples of a pixel in each."""

    width: int
    height: int
    n_across: int
    n_down: int
    n_together: int
    is_tiled: bool

    def row_bytes(self, tags: Tiff) -> int:
        """Bytes of one row of a part."""
        return -(-self.width * self.n_together * tags.bits // 8)

    def n_rows(self, number: int, tags: Tiff) -> int:
        """Rows of the part of a number: the last strip holds what is left, a tile is always full."""
        if self.is_tiled:
            return self.height
        return min(self.height, tags.height - number % self.n_down * self.height)


def layout(data: bytes, tags: Tiff) -> Layout:
    """The `Layout` of the first page."""
    together = 1 if tags.planar == 2 else tags.n_samples
    if TILE_WIDTH not in tags.entries:
        rows = max(1, min(values(data, tags, ROWS, (tags.height,))[0], tags.height))
        return Layout(tags.width, rows, 1, -(-tags.height // rows), together, False)
    width, height = (max(1, values(data, tags, tag, (1,))[0]) for tag in (TILE_WIDTH, TILE_HEIGHT))
    return Layout(width, height, -(-tags.width // width), -(-tags.height // height), together, True)


def places(data: bytes, tags: Tiff) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The first byte and the number of bytes of each part."""
    begins, lengths = TILES if TILE_WIDTH in tags.entries else STRIPS
    return values(data, tags, begins, ()), values(data, tags, lengths, ())


def problem(data: bytes, tags: Tiff) -> str | None:
    """What is wrong with the strips or tiles, or None: OpenCV hands out what it finds before, and black behind it.

    What Deflate has compressed has a checksum. In what LZW, PackBits and JPEG have compressed, only what is missing
    shows; nothing in what other methods have.
    """
    begins, lengths = places(data, tags)
    if any(begin + length > len(data) for begin, length in zip(begins, lengths, strict=False)):
        return SHORT
    if len(begins) > MOST_PARTS or not tags.height or not tags.width:
        return HEADER
    if sum(lengths) > MOST_SHARED * len(data) + MOST_BLANK:
        return HEADER
    method, found, left = values(data, tags, COMPRESSION, (PLAIN,))[0], layout(data, tags), MOST_INFLATED
    if values(data, tags, FILL_ORDER, (1,))[0] != 1 and method != PLAIN:
        return None
    if method == PLAIN and len(begins) == 1:  # libtiff looks at the rows themselves: lengths may be wrong
        return None
    is_counted = _is_counted(data, tags)
    for number, (begin, length) in enumerate(zip(begins, lengths, strict=False)):
        part = memoryview(data)[begin : begin + length]
        expected = found.n_rows(number, tags) * found.row_bytes(tags) if is_counted else 0
        if method == JPEG and jpeg.end_of_picture(bytes(part)) is None:
            return SHORT
        if method == PLAIN and length < expected:
            return SHORT
        if method in RUNS and expected <= MOST_BYTES and not _is_full(part, method, expected):
            return DAMAGED
        if method in DEFLATE and left > 0:
            inflate = zlib.decompressobj()
            try:
                n_bytes = inflate_through(inflate, part, left)
            except zlib.error:
                return DAMAGED
            left -= n_bytes
            if left > 0 and (not inflate.eof or n_bytes < expected):
                return DAMAGED
    return None


def _is_counted(data: bytes, tags: Tiff) -> bool:
    """Whether width, height and bits say how many bytes a part has: not where pixels share their colour."""
    if tags.photometric == YCBCR and values(data, tags, CHROMA, (2, 2)) != (1, 1):
        return False
    return len(set(values(data, tags, 258, (1,)))) == 1


def _is_full(part: bytes | memoryview, method: int, n_bytes: int) -> bool:
    """Whether so many bytes can be decompressed, but for one where they are odd.

    OpenCV gives up on samples of 16 bits where any is missing, and makes the rest of wider or narrower ones black.
    """
    n_wide = n_bytes // 2
    n_rows = -(-n_wide // LONGEST_SIDE)
    if not n_wide:
        return True
    strip = one_strip(part, method, n_rows, n_wide // n_rows, bits=16)
    return cv2.imdecode(strip, cv2.IMREAD_UNCHANGED) is not None


def one_strip(part: bytes | memoryview, method: int, n_rows: int, width: int, bits: int = 8) -> np.ndarray:
    """A TIFF file of grey samples in one strip."""
    numbers = ((256, width), (257, n_rows), (258, bits), (259, method), (262, tiff.GREY), (273, 122))
    entries = [
        struct.pack("<HHII", tag, 4, 1, value)
        for tag, value in (*numbers, (277, 1), (278, n_rows), (279, len(part)))
    ]
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + b"".join(entries) + bytes(4)
    return np.frombuffer(b"".join((head, part)), np.uint8)
