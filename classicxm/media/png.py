"""PNG (ISO/IEC 15948): the chunks of the first picture, checked, and its transparent colour."""

import struct
import zlib
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from classicxm.media.contents import open_regular

__all__ = ["SIGNATURE", "Png", "checked", "inflate_through", "is_animated", "with_alpha"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Notes, profiles and further frames are left out: they change no pixel here, and libpng prints about them.
RETAINED = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")
MOST_CHUNKS = 10_000  # before the samples
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class Png(NamedTuple):
    """What decides about the pixels: the content without all else, and the colour that is transparent."""

    data: bytes
    width: int
    height: int
    depth: int
    colour: int
    transparent: bytes | None


def checked(data: bytes) -> Png | str:
    """The `Png` that content holds, or what is wrong with it: str."""
    chunks, at, transparent, is_complete = [SIGNATURE], 8, None, False
    inflate, ended, left = zlib.decompressobj(), False, _most_inflated(data)
    while not is_complete:
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + size
        if len(name) == 4 and not name.isalpha():
            return "its header is an image's, its contents are damaged"
        if len(name) < 4 or end > len(data):
            return "it stops before its end"
        body = memoryview(data)[at + 8 : end - 4]
        if name in RETAINED:
            if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                return "its header is an image's, its contents are damaged: wrong checksum"
            chunks.append(data[at:end])
        if name == b"tRNS":
            transparent = bytes(body)
        if name == b"IDAT" and not ended:
            try:
                left -= inflate_through(inflate, body, left)
                ended = inflate.eof or left <= 0  # libpng leaves what is more than the pixels
            except zlib.error:
                return "its header is an image's, its contents are damaged"
        is_complete = name == b"IEND"
        at = end
    if not ended:
        return "it stops before its end"
    header = data[16:29]
    if data[12:16] != b"IHDR" or len(header) < 13 or header[9] not in CHANNELS:
        return "its header is damaged"
    width, height = (int.from_bytes(header[i : i + 4], "big") for i in (0, 4))
    return Png(b"".join(chunks), width, height, header[8], header[9], transparent)


def is_animated(path: str | PathLike[str]) -> bool:
    """Whether a PNG file announces further frames, before its first one."""
    with open_regular(path) as file:
        file.seek(len(SIGNATURE))
        for _ in range(MOST_CHUNKS):
            size, name = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
            if name in (b"acTL", b"IDAT", bytes(4)):
                return name == b"acTL"
            file.seek(size + 4, 1)
    return False


def _most_inflated(data: bytes) -> int:
    """Bytes that the pixels of any picture of this size have at most, with the bytes before rows and of interlacing."""
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    return 2 * height * (8 * width + 1) + (1 << 16)


def inflate_through(inflate: Any, body: memoryview | bytes, most: int) -> int:
    """Run compressed data through without keeping them; how many bytes they became, ``most`` or little more at most."""
    total, at = 0, 0
    while at < len(body) and not inflate.eof and total < most:
        part = body[at : at + (1 << 14)]
        at += len(part)
        while len(part) and not inflate.eof and total < most:
            total += len(inflate.decompress(part, 1 << 20))
            part = inflate.unconsumed_tail
    return total


def with_alpha(pixels: np.ndarray, png: Png) -> np.ndarray:
    """Grey pixels (height, width) as OpenCV decodes them, as (grey, alpha) where one grey is transparent."""
    if png.colour != 0 or png.transparent is None or len(png.transparent) < 2:
        return pixels
    key = int.from_bytes(png.transparent[:2], "big") & (1 << png.depth) - 1
    if png.depth < 8:
        key *= 255 // ((1 << png.depth) - 1)
    full = np.iinfo(pixels.dtype).max
    alpha = np.where(pixels == key, 0, full).astype(pixels.dtype)
    return np.dstack([pixels, alpha])
