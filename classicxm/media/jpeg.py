"""JPEG (ITU-T T.81): where the first picture ends, by its markers from the start."""

import re

__all__ = ["end_of_picture"]

# Stuffed bytes (FF 00), restarts and other markers without a length are passed over in one search.
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd7\xff])")


def end_of_picture(data: bytes) -> int | None:
    """The first byte behind the end marker of the first picture, or None where it is cut.

    Previews lie inside a segment and are passed over with it; what a camera appends (a second picture, a
    film, a maker's notes) lies behind the end.
    """
    at = 2
    while found := MARKER.search(data, at):
        at = found.end()
        if found[1] == b"\xd9":
            return at
        at += int.from_bytes(data[at : at + 2], "big")
    return None
