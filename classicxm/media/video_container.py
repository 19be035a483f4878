"""Containers of films: whether one stops before its end, and whether its sample table counts what is shown."""

import os
import struct
from collections.abc import Callable, Iterator
from os import PathLike
from typing import BinaryIO

from classicxm.media import gif, ogg
from classicxm.media.contents import open_regular
from classicxm.media.joined import ASF_HEADER, BOXES, MOST_FILES, MOST_PARTS, walk
from classicxm.media.mpeg_ends import packet_layout, program_is_cut, transport_is_cut

__all__ = ["ends_early", "holds_another", "is_cut", "is_sound_only", "shows_all_samples"]

#: How mp4 files begin, behind a length.
MOVIES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
#: Where a mark of a sound stands that may have a cover, and the mark; tracks of mp4 that are no film.
SOUNDS = (
    *((0, b"ID3"), (0, b"fLaC"), (0, b"caff"), (0, b"wvpk"), (0, b"TTA1"), (0, b"MAC ")),
    *((8, b"WAVE"), (8, b"AIFF"), (8, b"AIFC")),
)
BESIDE_SOUND = {b"soun", b"text", b"sbtl", b"subt", b"meta", b"tmcd", b"hint"}
LARGEST_INDEX = 1 << 26  # bytes of an mp4's moov box that are looked at
#: The elements of matroska down to the blocks of a cluster.
ELEMENTS = frozenset(
    bytes.fromhex(name)
    for name in (
        *("1a45dfa3", "18538067", "114d9b74", "1549a966", "1654ae6b", "1f43b675", "1c53bb6b", "1254c367"),
        *("1043a770", "1941a469", "ec", "bf", "e7", "a3", "a0", "ab", "a7", "5854"),
    )
)
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
LARGEST_GIF = 1 << 27  # bytes; of larger ones only the end is looked at
LARGEST_OGG = 1 << 28  # bytes; of larger ones only the end is looked at


def is_cut(path: str | PathLike[str]) -> bool | None:
    """Whether a film ends inside a part whose length it has announced; see `ends_early`."""
    with open_regular(path) as file:
        return ends_early(file, os.fstat(file.fileno()).st_size)


def holds_another(path: str | PathLike[str]) -> bool:
    """Whether another film of its kind lies behind a film whose decoder stops at the end of the first."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(4) == b"OggS":
            return size <= LARGEST_OGG and len(_ogg_links(file)[0]) > 1
        first = walk(file, 0, size)
        return first is not None and first.another


def is_sound_only(path: str | PathLike[str]) -> bool:
    """Whether content is a sound, whose cover FFmpeg gives as a film of one picture."""
    with open_regular(path) as file:
        head = file.read(64)
        if any(head[at : at + len(mark)] == mark for at, mark in SOUNDS):
            return True
        if head[4:8] not in MOVIES:
            return False
        handlers = [
            handler[8:12]
            for moov in _moov(file)
            for track in _inner(moov[8:], b"trak")
            for media in _inner(track, b"mdia")
            for handler in _inner(media, b"hdlr")
        ]
    return b"soun" in handlers and not set(handlers) - BESIDE_SOUND


def _moov(file: BinaryIO) -> Iterator[bytes]:
    """The boxes of an mp4 file that describe its tracks."""
    for kind, start, length in _boxes(file, 0, os.fstat(file.fileno()).st_size):
        if kind == b"moov" and length <= LARGEST_INDEX:
            file.seek(start)
            yield file.read(length)


def ends_early(file: BinaryIO, size: int) -> bool | None:
    """Whether so many bytes of a film or sound end inside a part that was announced; None where it does not show.

    Where a container does not announce its whole length, as those written to a pipe, its parts are stepped through.
    Bare streams of H.264, H.265, MPEG and the like announce nothing, and rare containers are not stepped through.
    """
    head = file.read(512)
    if head[:4] == b"RIFF":
        if 0 < int.from_bytes(head[4:8], "little") < 0x7FFFFF00:
            return _steps_beyond(file, 0, size, _riff_file)
        return _steps_beyond(file, 12, size, _riff_chunk)
    if head[:3] == b"GIF":
        file.seek(0 if size <= LARGEST_GIF else size - 64)
        data = file.read(LARGEST_GIF)
        return gif.is_cut(data) if size <= LARGEST_GIF else not data.rstrip(b"\0").endswith(b";")
    if head[4:8] in MOVIES:
        return any(start + length > size for _, start, length in _boxes(file, 0, size))
    if head[:4] == b"\x1aE\xdf\xa3":
        return _steps_beyond(file, 0, size, _ebml_element)
    if head[:4] == b"\0\0\1\xba":
        return program_is_cut(file, size)
    if (layout := packet_layout(head)) is not None:
        return transport_is_cut(file, size, *layout)
    if head[:4] == b"OggS":
        return _ogg_links(file)[1] is not None if size <= LARGEST_OGG else _is_cut_ogg(file, size)
    if head[:3] == b"\xff\xd8\xff":
        return _is_cut_jpeg(file, size)
    at = head.find(ASF_PROPERTIES) if head[:16] == ASF_HEADER else -1
    if at > 0 and int.from_bytes(head[at + 40 : at + 48], "little") > size:
        return True
    return _last_is_cut(file, size)


def _last_is_cut(file: BinaryIO, size: int) -> bool | None:
    """Whether one of the files that lie end to end is cut, None for those of an unknown kind."""
    at = 0
    for _ in range(MOST_FILES):
        found = walk(file, at, size)
        if found is None:
            return False if at else None
        if found.is_cut or not found.another:
            return found.is_cut
        at = found.end
    return True


def _ogg_links(file: BinaryIO) -> tuple[list[bytes], str | None]:
    file.seek(0)
    return ogg.links(file.read(LARGEST_OGG))


def _is_cut_ogg(file: BinaryIO, size: int) -> bool:
    file.seek(size - ogg.LONGEST_PAGE)
    return not ogg.ends_here(file.read(ogg.LONGEST_PAGE))


def _is_cut_jpeg(file: BinaryIO, size: int) -> bool:
    """Whether the last picture of a film of JPEG pictures has no end."""
    file.seek(max(0, size - LARGEST_INDEX))
    data = file.read(LARGEST_INDEX)
    return data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xd8\xff")


def shows_all_samples(path: str | PathLike[str], fps: float) -> bool:
    """Whether the number of frames that a container announces is that of the frames shown.

    An mp4's edit list may leave some out; matroska announces a duration, which says nothing where the time
    between frames varies.
    """
    with open_regular(path) as file:
        head = file.read(64)
        if head[4:8] not in MOVIES:
            return head[:4] == b"RIFF"
        return next((not _leaves_out(moov, fps) for moov in _moov(file)), False)


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
        if length < 8 or kind not in BOXES:
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


def _steps_beyond(file: BinaryIO, at: int, size: int, length_of: Callable[[bytes], int]) -> bool:
    """Whether the last of the parts that lie one behind the other reaches beyond the end.

    ``length_of`` gives a part's length from its first 16 bytes, 0 for what is no part: there the steps end.
    """
    for _ in range(MOST_PARTS):
        if at >= size:
            break
        file.seek(at)
        length = length_of(file.read(16))
        if not length:
            return False
        at += length
    return at > size


def _riff_file(head: bytes) -> int:
    """One of the files, or of the parts of a large one, that lie end to end."""
    length = int.from_bytes(head[4:8], "little")
    return 8 + length + length % 2 if head[:4] == b"RIFF" else 0


def _riff_chunk(head: bytes) -> int:
    if head[:4] in (b"LIST", b"RIFF"):  # what is in a list lies behind its header
        return 12
    length = int.from_bytes(head[4:8], "little")
    return 8 + length + length % 2 if head[:4].strip().isalnum() else 0


def _ebml_element(head: bytes) -> int:
    if not head[0]:
        return 0
    n_id = 9 - head[0].bit_length()
    n, length = _vint(head, n_id)
    inside = length == (1 << 7 * n) - 1  # of unknown length: what is in it comes next
    return n_id + n + (0 if inside else length) if head[:n_id] in ELEMENTS else 0


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Bytes and value of an EBML length."""
    if at >= len(data) or not data[at]:
        return 1, 0
    n = 9 - data[at].bit_length()
    return n, int.from_bytes(data[at : at + n], "big") & (1 << 7 * n) - 1
