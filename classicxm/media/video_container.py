"""Containers of films: whether one stops before its end, and whether its sample table counts what is shown."""

import os
import struct
from collections.abc import Iterator
from os import PathLike
from typing import BinaryIO

from classicxm.media.contents import open_regular

__all__ = ["is_cut", "shows_all_samples"]

LARGEST_INDEX = 1 << 26  # bytes of an mp4's moov box that are looked at


def is_cut(path: str | PathLike[str]) -> bool:
    """Whether an avi, mp4, matroska or gif file ends inside a part whose length it has announced."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(64)
        if head[:4] == b"RIFF":
            announced = int.from_bytes(head[4:8], "little")
            return announced < 0x7FFFFF00 and announced + 8 > size
        if head[:3] == b"GIF":
            file.seek(max(0, size - 64))
            return not file.read().rstrip(b"\0").endswith(b";")
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return any(start + length > size for _, start, length in _boxes(file, 0, size))
        if head[:4] == b"\x1aE\xdf\xa3":
            return _is_cut_matroska(head, size)
    return False


def shows_all_samples(path: str | PathLike[str], fps: float) -> bool:
    """Whether the number of frames that a container announces is that of the frames shown.

    An mp4's edit list may leave some out; matroska announces a duration, which says nothing where the time
    between frames varies.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(64)
        if head[4:8] not in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return head[:4] == b"RIFF"
        for kind, start, length in _boxes(file, 0, size):
            if kind == b"moov" and length <= LARGEST_INDEX:
                file.seek(start)
                return not _leaves_out(file.read(length), fps)
    return False


def _boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, first byte, length) of the outermost boxes of an mp4 file."""
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        length, kind = struct.unpack(">I4s", head[:8])
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        if length == 0:  # to the end of the file
            length = end - at
        if length < 8 or not kind.strip(b" \xa9").isalnum():
            return  # no box: what somebody appended
        yield kind, at, length
        at += length


def _inner(data: bytes, wanted: bytes) -> list[bytes]:
    """Contents of the boxes of one kind within the contents of a box."""
    found, at = [], 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8:
            break
        if kind == wanted:
            found.append(data[at + 8 : at + length])
        at += length
    return found


def _leaves_out(moov: bytes, fps: float) -> bool:
    """Whether the film track of a moov box has an edit list that shows less than its samples last."""
    try:
        movie = _duration(_inner(moov[8:], b"mvhd")[0])
        for track in _inner(moov[8:], b"trak"):
            media = _inner(track, b"mdia")[0]
            if _inner(media, b"hdlr")[0][8:12] != b"vide":
                continue
            lists = [entries for edits in _inner(track, b"edts") for entries in _inner(edits, b"elst")]
            if not lists:
                return False
            wide = lists[0][0] == 1
            if int.from_bytes(lists[0][4:8], "big") != 1:
                return True
            shown = int.from_bytes(lists[0][8 : 16 if wide else 12], "big") / movie[0]
            scale, length = _duration(_inner(media, b"mdhd")[0])
            return abs(shown - length / scale) > 2.5 / fps
    except (IndexError, struct.error, ZeroDivisionError):
        pass
    return True


def _duration(header: bytes) -> tuple[int, int]:
    """Time scale and duration of a mvhd or mdhd box."""
    return struct.unpack_from(">IQ", header, 20) if header[0] == 1 else struct.unpack_from(">II", header, 12)


def _is_cut_matroska(head: bytes, size: int) -> bool:
    at = 4
    n, length = _vint(head, at)
    at += n + length
    if head[at : at + 4] != b"\x18\x53\x80\x67":
        return False
    n, length = _vint(head, at + 4)
    is_unknown = length == (1 << 7 * n) - 1
    return not is_unknown and at + 4 + n + length > size


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Bytes and value of an EBML length."""
    if at >= len(data) or not data[at]:
        return 1, 0
    n = 9 - data[at].bit_length()
    return n, int.from_bytes(data[at : at + n], "big") & (1 << 7 * n) - 1
