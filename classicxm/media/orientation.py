"""How a camera was held: EXIF's orientation of JPEG, PNG, WebP and TIFF content, and pixels turned by it."""

import struct
from collections.abc import Iterator

import numpy as np

from classicxm.media.jpeg import MARKER

__all__ = ["orientation_of", "turned"]

ORIENTATION = 274
TIFF, BIG_TIFF = 42, 43
FORMATS = {3: "H", 4: "I", 8: "h", 9: "i"}  # of whole numbers, by the type of a tag
EXIF = b"\xe1"  # the marker of segments that hold it in JPEG
MOST_CHUNKS = 100_000


def orientation_of(data: bytes) -> int:
    """1 to 8 as EXIF counts them; 1, upright, where the content does not say.

    >>> orientation_of(b"II*\\0\\x08\\0\\0\\0\\1\\0\\x12\\1\\3\\0\\1\\0\\0\\0\\6\\0\\0\\0")
    6
    """
    if data.startswith(b"\xff\xd8"):
        block = next(
            (body for kind, body in _segments(data) if kind == EXIF and body.startswith(b"Exif\0\0")), b""
        )
    elif data.startswith(b"\x89PNG"):
        block = next((body for kind, body in _chunks(data, 8, ">", 4) if kind == b"eXIf"), b"")
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        block = next((body for kind, body in _chunks(data, 12, "<", 0) if kind == b"EXIF"), b"")
    else:
        block = data
    value = _tag(block.removeprefix(b"Exif\0\0"))
    return value if 1 <= value <= 8 else 1


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Stored pixels (height, width, ...) as they are to be seen.

    >>> turned(np.array([[1, 2]]), 6).tolist()
    [[1], [2]]
    """
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1] if orientation in (2, 3) else pixels[::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1] if orientation in (3, 4) else pixels[:, ::-1]
    return np.ascontiguousarray(pixels.swapaxes(0, 1) if orientation > 4 else pixels)


def _chunks(data: bytes, at: int, order: str, behind: int) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of the chunks of a PNG file, which name it last, or a RIFF file, which pads to even lengths."""
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            return
        if order == ">":
            length, kind = struct.unpack_from(">I4s", data, at)
        else:
            kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + (behind or length % 2)


def _segments(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of a JPEG file's segments before its samples."""
    at = 2
    for _ in range(MOST_CHUNKS):
        found = MARKER.search(data, at)
        if found is None or found[1] in (b"\xda", b"\xd9"):
            return
        at = found.end()
        length = int.from_bytes(data[at : at + 2], "big")
        yield found[1], data[at + 2 : at + length]
        at += length


def _tag(block: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    try:
        if order is None or (magic := struct.unpack_from(order + "H", block, 2)[0]) not in (TIFF, BIG_TIFF):
            return 1
        wide, first, step, inline = (order + "Q", 8, 20, 12) if magic == BIG_TIFF else (order + "I", 4, 12, 8)
        at = struct.unpack_from(wide, block, first)[0]
        count = order + ("Q" if magic == BIG_TIFF else "H")
        n_tags = struct.unpack_from(count, block, at)[0]
        at += struct.calcsize(count)
        for entry in range(at, at + step * min(n_tags, 512), step):
            tag, kind = struct.unpack_from(order + "HH", block, entry)
            if tag == ORIENTATION and kind in FORMATS:
                return struct.unpack_from(order + FORMATS[kind], block, entry + inline)[0]
    except (struct.error, OverflowError):
        pass
    return 1
