"""JPEG (ITU-T T.81): where the first picture ends, by its markers from the start."""

import re

__all__ = ["end_of_picture"]

# Stuffed bytes (FF 00), restarts and other markers without a length are passed over in one search, and so are FF
# that fill: one FF alone is looked for, since a run of them would be tried again from each of its bytes.
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")

MOST_SEGMENTS = 100_000  # a picture has some hundreds


def end_of_picture(data: bytes) -> int | None:
    """The first byte behind the end marker of the first picture, or None where it is cut.

    Previews lie inside a segment and are passed over with it; what a camera appends (a second picture, a
    film, a maker's notes) lies behind the end.
    """
    at = 2
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(data, at)
        if found is None:
            break
        at = found.end()
        if found[1] == b"\xd9":
            return at
        if found[1] == b"\xd8":  # the next picture begins before this one has ended
            break
        at += int.from_bytes(data[at : at + 2], "big")
    return None
