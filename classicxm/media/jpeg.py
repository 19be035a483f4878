"""JPEG (ITU-T T.81): where the first picture ends, by its markers from the start."""

import re

__all__ = ["NEVER", "end_of_picture", "rare_kind"]

# Stuffed bytes (FF 00), restarts and other markers without a length are passed over in one search, and so are FF
# that fill: one FF alone is looked for, since a run of them would be tried again from each of its bytes.
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")

#: Kinds by the marker of the frame: lossless, of several sizes, and JPEG-LS, which is another format.
LOSSLESS, HIERARCHICAL, LS = b"\xc3\xcb", b"\xc5\xc6\xc7\xcd\xce\xcf", b"\xf7"
ARITHMETIC = b"\xc9\xca"
FRAMES = bytes(set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) + LS
NEVER = "it is JPEG-LS"
CONVERT = "which is not decoded here; convert it: ffmpeg -i INPUT OUTPUT.png"

SCAN = b"\xda"
MOST_SEGMENTS, MOST_SCANS = 100_000, 100  # a picture has some hundreds, and some ten


def end_of_picture(data: bytes) -> int | None:
    """The first byte behind the end marker of the first picture, or None where it is cut.

    Previews lie inside a segment and are passed over with it; what a camera appends (a second picture, a
    film, a maker's notes) lies behind the end.

    Raises
    ------
    ValueError
        For more scans than any encoder makes: each is some bytes and takes as long as the whole picture.
    """
    at, n_scans = 2, 0
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(data, at)
        if found is None:
            break
        at = found.end()
        if found[1] == b"\xd9":
            return at
        n_scans += found[1] == SCAN
        if n_scans > MOST_SCANS:
            raise ValueError(f"it has over {MOST_SCANS} scans, encoders make some ten; convert it")
        if found[1] == b"\xd8":  # the next picture begins before this one has ended
            break
        at += int.from_bytes(data[at : at + 2], "big")
    return None


def rare_kind(data: bytes) -> str | None:
    """What a picture is of which decoders know little, and how to convert it; None for usual ones.

    >>> rare_kind(bytes.fromhex("ffd8 ffc3 000b 10"))
    'it is lossless JPEG of 16 bits, which is not decoded here; convert it: ffmpeg -i INPUT OUTPUT.png'
    """
    at = 2
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(data, at)
        if found is None or found[1] in (SCAN, b"\xd9"):
            break
        at = found.end()
        if found[1] in FRAMES and at + 2 < len(data):
            bits = data[at + 2]
            if data[at + 3 : at + 5] == b"\0\0":
                return f"it is JPEG whose height stands behind its samples, {CONVERT}"
            kinds = {
                LS: "JPEG-LS",
                LOSSLESS: "lossless JPEG",
                HIERARCHICAL: "hierarchical JPEG",
                ARITHMETIC: "arithmetic JPEG",
            }
            kind = next((name for marks, name in kinds.items() if found[1] in marks), "JPEG")
            return None if kind == "JPEG" and bits == 8 else f"it is {kind} of {bits} bits, {CONVERT}"
        at += int.from_bytes(data[at : at + 2], "big")
    return None
