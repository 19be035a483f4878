"""JPEG (ITU-T T.81): where the first picture ends, by its markers from the start."""

__all__ = ["end_of_picture"]

STANDALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


def end_of_picture(data):
    """The first byte behind the end marker of the first picture, or None where it is cut.

    Previews lie inside a segment and are passed over with it; what a camera appends (a second picture, a
    film, a maker's notes) lies behind the end.
    """
    at = 2
    while at + 2 <= len(data):
        if data[at] != 0xFF:  # no marker: libjpeg skips to the next one
            at = data.find(b"\xff", at)
            if at < 0:
                return None
            continue
        marker = data[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF:
            at += 1
        elif marker == 0 or marker in STANDALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                at = _after_scan(data, at)
    return None


def _after_scan(data, at):
    """The next marker that ends entropy-coded data."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1 : at + 2]
        if not following:
            break
        if following == b"\xff":
            at += 1
        elif following[0] and following[0] not in STANDALONE:
            return at
        else:
            at += 2
    return len(data)
