"""The size of a picture as its header says, before anything is decoded."""

import io
import re

import imagesize

from classicxm.media import gif, pnm, tiff

__all__ = ["header_size"]

HDR_SIZE = re.compile(rb"\n([-+])([XY]) (\d+) [-+][XY] (\d+)\n")


def header_size(data: bytes) -> tuple[int, int, int]:
    """(width, height, bytes per pixel) as the header says, or zeros for a kind the parser does not know."""
    if data[:2] == b"BM" and len(data) >= 26:
        if int.from_bytes(data[14:18], "little") == 12:  # of OS/2: 16 bits
            return int.from_bytes(data[18:20], "little"), int.from_bytes(data[20:22], "little"), 4
        width, height = (int.from_bytes(data[i : i + 4], "little", signed=True) for i in (18, 22))
        return abs(width), abs(height), 4
    if data.startswith(b"\x89PNG") and data[12:16] == b"IHDR":
        width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
        colour, depth = data[25:26], data[24:25]
        n_channels = 3 if colour == b"\2" else 1 if colour == b"\0" else 4
        return width, height, n_channels * (2 if depth == b"\x10" else 1)
    if data.startswith(tiff.MARKS):
        tags = tiff.read_tags(data)
        return (tags.width, tags.height, max(1, tags.n_samples * tags.bits // 8)) if tags else (0, 0, 0)
    if data.startswith(b"GIF8"):
        return (*gif.size(data), 3)
    if (size := pnm.size(data)) is not None:
        # numbers written out take a list of strings while they are read
        return (*size, 64 if data[1:2] in b"123" else 3)
    if data.startswith(b"#?") and (found := HDR_SIZE.search(data[:65536])):
        sides = int(found[4]), int(found[3])  # rows come first, or columns
        return (*(sides if found[2] == b"Y" else sides[::-1]), 12)
    try:
        width, height = imagesize.get(io.BytesIO(data[: 1 << 22]))  # it steps through bytes one by one
    except (ValueError, OSError, IndexError, KeyError, ArithmeticError, TypeError):
        return 0, 0, 0
    return max(int(width), 0), max(int(height), 0), 3
