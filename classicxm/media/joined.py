"""Files laid end to end in one file, as ``cat`` leaves them: where each begins, and whether the last one is whole.

Containers are stepped through from their start, part by part, by the lengths that the parts announce.
"""

import io
import re
import struct
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from classicxm.media import nut
from classicxm.media.mp3 import tag_length

__all__ = ["Walk", "is_adts", "pieces", "walk"]

ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
#: First bytes of the identifiers of those objects of ASF that lie side by side: header, data and the four indexes.
ASF_OBJECTS = tuple(
    bytes.fromhex(name) for name in ("3026b275", "3626b275", "90080033", "d329e2d6", "f803b1fe", "d0f1cb3c")
)
BOXES = frozenset(
    b"ftyp styp moov moof mdat mfra free skip wide uuid meta sidx ssix emsg prft pdin udta pnot".split()
)
#: Bytes behind the first of a frame, by its type.
AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5, 6, 5, 5) + (0,) * 4
AMR_WB = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 5, 5, 5, 5, 0, 0)
AC3_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
#: How many pixels across and down share one sample of colour; 0: there is no colour.
CHROMA = {b"mono": (0, 0), b"444": (1, 1), b"422": (2, 1), b"411": (4, 1), b"420": (2, 2)}
Y4M = re.compile(rb"YUV4MPEG2(?= )[^\n]* W(\d+) H(\d+)[^\n]*\n")
Y4M_COLOUR = re.compile(rb" C(mono|\d{3})[^ \n]*?(?:p(\d\d))?[ \n]")

#: The key of a partition pack that heads a file of MXF, but for its kind.
MXF_KEY = bytes.fromhex("060e2b34020501010d0102010102")

#: How files begin that are frames and nothing around them.
BARE = (b"\x0b\x77", b"#!AMR", b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")
HEAD = 64  # bytes of a part that are looked at
MOST_PARTS = 500_000
MOST_FILES = 10_000


class Walk(NamedTuple):
    """Where the parts of one file end, what begins there: another file of its kind; and whether it is cut."""

    end: int
    another: bool
    is_cut: bool


class Kind(NamedTuple):
    """How a container is stepped through.

    ``begins`` knows its first bytes, ``header`` gives the length of its header and ``part`` that of each part (0: no
    part). ``repeats`` says whether the first bytes stand nowhere else, ``final`` what the last part is called, and
    ``lacks`` whether less is there than was announced: by the header, the number of parts, the start of the last part
    and the length of all.
    """

    begins: Callable[[bytes], bool]
    header: Callable[[bytes], int]
    part: Callable[[bytes], int]
    repeats: bool = True
    final: bytes = b""
    lacks: Callable[[bytes, int, bytes, int], bool] = lambda header, n_parts, last, end: False


def walk(file: BinaryIO, start: int, size: int) -> Walk | None:
    """Steps through the container that begins at ``start`` of a file of ``size`` bytes; None for an unknown kind.

    >>> boxes = bytes.fromhex("00000008") + b"ftyp" + bytes.fromhex("00000008") + b"moov"
    >>> walk(io.BytesIO(boxes + boxes), 0, 32)
    Walk(end=16, another=True, is_cut=False)
    """
    file.seek(start)
    head = file.read(512)
    kind = next((kind for kind in KINDS if kind.begins(head)), None) or _y4m(head) or _nut(head)
    if kind is None:
        return None
    header, n_parts, last_part = head, 0, b""
    length = kind.header(head)
    at = start + (_tta_length(file, start, head) if length < 0 else length)  # a table of lengths follows
    is_final, last = not kind.final, at
    for _ in range(MOST_PARTS):
        if at >= size:
            break
        file.seek(at)
        head = file.read(HEAD)
        if kind.repeats and kind.begins(head):
            return Walk(at, True, kind.lacks(header, n_parts, last_part, last - start))
        length = kind.part(head)
        if not length:
            length = tag_length(head)
            if not length or at + length > size:  # what is behind changes no sound
                return Walk(last, False, not is_final)
            at += length
            continue
        is_final = is_final or head[4:8] == kind.final
        at += length
        last, last_part, n_parts = at, head, n_parts + 1
    lacks = n_parts < MOST_PARTS and kind.lacks(header, n_parts, last_part, min(last, size) - start)
    return Walk(min(last, size), False, last > size or not is_final or lacks)


def pieces(data: bytes) -> list[bytes]:
    """The files that content joins; content of a kind that is not stepped through here is one piece."""
    found: list[bytes] = []
    file, at = io.BytesIO(data), 0
    for _ in range(MOST_FILES):
        step = walk(file, at, len(data))
        if step is None or not step.another:
            break
        found.append(data[at : step.end])
        at = step.end
    # decoders of containers know their trailers, those of bare frames take them for sound
    is_bare = step is not None and not step.is_cut and data[at : at + 5].startswith(BARE)
    return [*found, data[at : step.end if is_bare and step is not None else None]]


def _little(head: bytes, at: int, n: int = 4) -> int:
    return int.from_bytes(head[at : at + n], "little")


def _box(head: bytes) -> int:
    if len(head) < 8 or head[4:8] not in BOXES:
        return 0
    length = int.from_bytes(head[:4], "big")
    length = int.from_bytes(head[8:16], "big") if length == 1 else length
    return length if length >= 8 else 0


def _asf_object(head: bytes) -> int:
    length = _little(head, 16, 8)
    return length if head[:4] in ASF_OBJECTS and 24 <= length < 1 << 62 else 0


def _flv_tag(head: bytes) -> int:
    return 15 + int.from_bytes(head[1:4], "big") if head[:1] in (b"\x08", b"\x09", b"\x12") else 0


def _is_wavpack(head: bytes) -> bool:
    """The first block of a file: of sample 0, and the first of its channels."""
    return head[:4] == b"wvpk" and not _little(head, 16) and bool(_little(head, 24) & 0x800)


def _ape_length(head: bytes) -> int:
    if _little(head, 4, 2) < 3980:  # older ones have no such table
        return 1 << 62 if len(head) < 76 else HEAD
    return sum(_little(head, at) for at in (8, 12, 16, 20, 24, 32)) + (_little(head, 28) << 32)


def _tta_length(file: BinaryIO, start: int, head: bytes) -> int:
    rate, n_samples = struct.unpack_from("<II", head.ljust(22, b"\0"), 10)
    n_frames = -(-n_samples // max(1, 256 * rate // 245))
    file.seek(start + 22)
    table = file.read(4 * min(n_frames, MOST_PARTS))
    return 26 + 4 * n_frames + sum(struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4]))


def _amr_frame(sizes: tuple[int, ...]) -> Callable[[bytes], int]:
    return lambda head: 1 + sizes[head[0] >> 3 & 15] if not head[0] & 0x83 else 0


def _ac3_frame(head: bytes) -> int:
    if head[:2] != b"\x0b\x77" or len(head) < 6:
        return 0
    if head[5] >> 3 > 10:  # enhanced AC-3 announces 16-bit words
        return 2 * ((int.from_bytes(head[2:4], "big") & 0x7FF) + 1)
    code, rate = head[4] & 63, head[4] >> 6
    if code >= 38 or rate == 3:
        return 0
    kbits = AC3_KBITS[code // 2]
    return {0: 4 * kbits, 1: 2 * (kbits * 96_000 // 44_100 + code % 2), 2: 6 * kbits}[rate]


def _adts_frame(head: bytes) -> int:
    return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5 if is_adts(head) and len(head) > 6 else 0


def is_adts(head: bytes) -> bool:
    """Whether a frame of AAC begins here, without a container."""
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def _png_chunk(head: bytes) -> int:
    return 12 + int.from_bytes(head[:4], "big") if head[4:8].isalpha() else 0


def _riff(head: bytes) -> int:
    size = _little(head, 4)
    return 8 + size + size % 2


def _y4m(head: bytes) -> Kind | None:
    """Of films without compression, whose every frame is as long as the first line says."""
    found = Y4M.match(head)
    if not found:
        return None
    width, height = int(found[1]), int(found[2])
    colour = Y4M_COLOUR.search(found[0])
    across, down = CHROMA.get(colour[1] if colour else b"420", (2, 2))
    chroma = 2 * -(-width // across) * -(-height // down) if across else 0
    n_bytes = (width * height + chroma) * (2 if colour and colour[2] else 1)
    return Kind(
        lambda head: head.startswith(b"YUV4MPEG2 "),
        lambda head: found.end(),
        lambda head: head.find(b"\n") + 1 + n_bytes if head[:5] == b"FRAME" and b"\n" in head else 0,
    )


def _nut(head: bytes) -> Kind | None:
    """Of NUT, whose lengths of frames follow from a table in its header."""
    part = nut.length_of_parts(head)
    return part and Kind(nut.begins, lambda head: len(nut.NAME), part)


def _ivf_lacks(header: bytes, n_frames: int, last: bytes, end: int) -> bool:
    """Whether frames are missing by the header, which gives their number (vpxenc) or the duration (FFmpeg)."""
    announced, time = _little(header, 24), _little(last, 4, 8)
    if not n_frames < announced < 0x7FFFFFFF:
        return False
    return time >= announced or time + time / max(1, n_frames - 1) < announced - 0.5


def _mxf_part(head: bytes) -> int:
    """A key, a length in the basic encoding rules (ITU-T X.690), a value (SMPTE 336M)."""
    if not MXF_KEY.startswith(head[:4]):
        return 0
    if len(head) < 26:  # the file ends within it
        return 26
    n = head[16] & 127 if head[16] & 128 else 0
    return 17 + n + (int.from_bytes(head[17 : 17 + n], "big") if n else head[16])


def _mxf_lacks(header: bytes, n_parts: int, last: bytes, end: int) -> bool:
    """Whether the footer is missing, of which the header says where it stands (SMPTE 377M)."""
    at = 17 + (header[16] & 127 if header[16] & 128 else 0) + 24
    return int.from_bytes(header[at : at + 8], "big") >= end


def _dv_frame(head: bytes) -> int:
    """A frame of DV (IEC 61834), of 625 or 525 lines."""
    return (144_000 if head[3] & 128 else 120_000) if head[:2] == b"\x1f\x07" and len(head) > 3 else 0


def _wavpack_block(head: bytes) -> int:
    return 8 + _little(head, 4) if head[:4] == b"wvpk" else 0


def _nothing(head: bytes) -> int:
    return 0


KINDS = (
    Kind(lambda head: head[4:8] == b"ftyp", _box, _box),
    Kind(lambda head: head[:16] == ASF_HEADER, _asf_object, _asf_object),
    Kind(lambda head: head[:4] == b"FLV\1", lambda head: 4 + int.from_bytes(head[5:9], "big"), _flv_tag),
    Kind(_is_wavpack, _wavpack_block, _wavpack_block),
    Kind(lambda head: head[:4] == b"TTA1", lambda head: -1, _nothing),
    Kind(lambda head: head[:4] == b"MAC ", _ape_length, _nothing),
    Kind(lambda head: head[:6] == b"#!AMR\n", lambda head: 6, _amr_frame(AMR)),
    Kind(lambda head: head[:9] == b"#!AMR-WB\n", lambda head: 9, _amr_frame(AMR_WB)),
    Kind(lambda head: head[:2] == b"\x0b\x77", _ac3_frame, _ac3_frame, repeats=False),
    Kind(is_adts, _adts_frame, _adts_frame, repeats=False),
    Kind(lambda head: head[:8] == b"\x89PNG\r\n\x1a\n", lambda head: 8, _png_chunk, final=b"IEND"),
    Kind(lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _riff, _nothing),
    Kind(
        lambda head: head[:4] == b"DKIF",
        lambda head: 32,
        lambda head: 12 + _little(head, 0),
        lacks=_ivf_lacks,
    ),
    Kind(lambda head: head.startswith(MXF_KEY), _mxf_part, _mxf_part, False, lacks=_mxf_lacks),
    Kind(lambda head: head[:3] == b"\x1f\x07\0", _dv_frame, _dv_frame, repeats=False),
)
