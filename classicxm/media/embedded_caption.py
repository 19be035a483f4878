"""The caption that a photo carries: EXIF's ImageDescription and comment, IPTC's Caption, XMP's description."""

import re
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from os import PathLike

from classicxm.media import tiff
from classicxm.media.contents import open_regular

__all__ = ["embedded_caption"]

HEAD = 1 << 20  # bytes of a file in which its metadata stand
MOST_TAGS = 512
DESCRIPTION, XP_TITLE, XP_COMMENT = 0x010E, 0x9C9B, 0x9C9C
#: What makers of cameras write into every photo.
MAKERS = re.compile(
    r"(olympus|minolta|sony|samsung|casio|kodak|fuji|konica|nikon)?\s*(digital (still )?camera)\s*|sony dsc|dcim|"
    r"screenshot|default|untitled|charset=.*|jfif|\W*",
    re.IGNORECASE,
)


def embedded_caption(path: str | PathLike[str]) -> str | None:
    """The description that a JPEG or TIFF file carries, or None; IPTC's before XMP's before EXIF's.

    What makers of cameras write into every photo is no caption.

    Raises
    ------
    MediaDecodeError
        If the file is missing, or a folder, pipe, socket or device.
    """
    with open_regular(path) as file:
        head = file.read(HEAD)
    if head.startswith(tiff.CLASSIC):
        found = list(_exif(head))
    elif head.startswith(b"\xff\xd8"):
        parts = list(_segments(head))
        found = [text for read in (_iptc, _xmp, _exif_segment) for part in parts for text in read(part)]
    else:
        return None
    texts = (" ".join(text.replace("\0", " ").split()) for text in found)
    return next((text for text in texts if text and not MAKERS.fullmatch(text)), None)


def _segments(data: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xDA, 0xD9):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 4 : at + 2 + length]
        at += 2 + max(length, 2)


def _exif_segment(part: bytes) -> Iterator[str]:
    return _exif(part[6:]) if part.startswith(b"Exif\0\0") else iter(())


def _exif(data: bytes) -> Iterator[str]:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return
    try:
        at = struct.unpack_from(order + "I", data, 4)[0]
        for number in range(min(struct.unpack_from(order + "H", data, at)[0], MOST_TAGS)):
            tag, kind, count = struct.unpack_from(order + "HHI", data, at + 2 + 12 * number)
            if tag not in (DESCRIPTION, XP_TITLE, XP_COMMENT) or kind not in (1, 2, 7):
                continue
            start = at + 10 + 12 * number
            if count > 4:
                start = struct.unpack_from(order + "I", data, start)[0]
            yield _text(data[start : start + count], "utf-8" if tag == DESCRIPTION else "utf-16-le")
    except struct.error:
        return


def _iptc(part: bytes) -> Iterator[str]:
    """Records 2:120 (caption) of IPTC-IIM within a Photoshop segment."""
    if not part.startswith(b"Photoshop 3.0\0"):
        return
    at = 14
    while at + 12 <= len(part) and part[at : at + 4] == b"8BIM":
        kind = int.from_bytes(part[at + 4 : at + 6], "big")
        name = 1 + part[at + 6]
        at += 6 + name + name % 2
        size = int.from_bytes(part[at : at + 4], "big")
        if kind == 0x0404:
            yield from _iptc_captions(part[at + 4 : at + 4 + size])
        at += 4 + size + size % 2


def _iptc_captions(data: bytes) -> Iterator[str]:
    at = 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if data[at + 1 : at + 3] == b"\x02\x78":
            yield _text(data[at + 5 : at + 5 + size], "utf-8")
        at += 5 + size


def _xmp(part: bytes) -> Iterator[str]:
    mark = b"http://ns.adobe.com/xap/1.0/\0"
    if not part.startswith(mark) or b"<!" in part:  # no entities, whatever they would expand to
        return
    try:
        tree = ElementTree.fromstring(part[len(mark) :].strip(b"\0 \r\n"))
    except ElementTree.ParseError:
        return
    for description in tree.iter("{http://purl.org/dc/elements/1.1/}description"):
        for one in description.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"):
            yield one.text or ""


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1") if encoding == "utf-8" else ""
