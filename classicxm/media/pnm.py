"""Netpbm (pbm, pgm, ppm, pam): samples of any largest value, scaled to 8 bits."""

import re

import numpy as np

__all__ = ["decode", "lacks_floats", "scaled", "size"]

HEADER = re.compile(rb"P([1-6])((?:\s+|#[^\n]*\n)+\d+)((?:\s+|#[^\n]*\n)+\d+)((?:\s+|#[^\n]*\n)+\d+)?")
COMMENT = re.compile(rb"#[^\n]*")
#: A pam header, and the channels of its kinds of tuple; those without one are grey or RGB by their depth.
PAM = re.compile(rb"P7\r?\n((?:[^\n]*\n){1,100}?)ENDHDR\r?\n")
PAM_STARTS = (b"P7\n", b"P7\r\n")
#: The header of a portable float map: grey or RGB, width, height, the order of bytes and a scale.
FLOATS = re.compile(rb"P([Ff])\s+(\d{1,9})\s+(\d{1,9})\s+[-+.\deE]{1,30}\s")
TUPLES = {
    b"BLACKANDWHITE": 1,
    b"GRAYSCALE": 1,
    b"RGB": 3,
    b"BLACKANDWHITE_ALPHA": 2,
    b"GRAYSCALE_ALPHA": 2,
    b"RGB_ALPHA": 4,
}


def size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a netpbm file, or None for another kind."""
    if data.startswith(PAM_STARTS):
        fields = _pam_fields(data)
        return fields.get(b"WIDTH", 0), fields.get(b"HEIGHT", 0)
    header = _header(data)
    return None if header is None else header[1:3]


def decode(data: bytes) -> np.ndarray | str:
    """uint8 pixels, (height, width) or (height, width, 1, 2, 3 or 4), the last one alpha; a str says what is wrong."""
    if data.startswith(PAM_STARTS):
        return _pam(data)
    header = _header(data)
    if header is None:
        return "its header is damaged"
    kind, width, height, largest, at = header
    n_channels = 3 if kind in (3, 6) else 1
    count = width * height * n_channels
    if not 0 < largest < 65536 or not count:
        return "its header is damaged"
    if kind <= 3:
        values = _plain(data[at:], kind, count)
    elif kind == 4:
        n_bytes = -(-width // 8) * height
        bits = np.frombuffer(data[at + 1 : at + 1 + n_bytes], np.uint8)
        if len(bits) < n_bytes:
            return "it stops before its end"
        values = np.unpackbits(bits.reshape(height, -1), axis=1)[:, :width]
    else:
        values = _stored(data, at + 1, count, largest)
    if values.size < count:
        return "it stops before its end"
    values = values.reshape(height, width, n_channels)
    if kind in (1, 4):  # 1 is black
        return (1 - values[..., 0]).astype(np.uint8) * 255
    return scaled(values, largest)


def lacks_floats(data: bytes) -> bool:
    """Whether content is a portable float map and stops before its end.

    >>> lacks_floats(b"Pf 1 1 -1\\n" + bytes(4)), lacks_floats(b"PF 1 1 -1\\n" + bytes(4))
    (False, True)
    """
    found = FLOATS.match(data[:256])
    if not found:
        return False
    return found.end() + 4 * (3 if found[1] == b"F" else 1) * int(found[2]) * int(found[3]) > len(data)


def scaled(values: np.ndarray, largest: int) -> np.ndarray:
    """Integers 0..largest as uint8 0..255; what lies above counts as the largest."""
    if largest == 255:
        return values.astype(np.uint8)
    levels = np.arange(65536 if values.dtype.itemsize > 1 else 256, dtype=np.uint32)
    if largest == 65535:
        return (values >> 8).astype(np.uint8)
    table = (np.minimum(levels, largest) * 255 + largest // 2) // largest
    return table.astype(np.uint8)[values]


def _stored(data: bytes, at: int, count: int, largest: int) -> np.ndarray:
    """Binary samples from a byte on: so many, or those that are there."""
    sample = np.dtype(np.uint8 if largest < 256 else ">u2")
    stored = data[at : at + count * sample.itemsize]
    return np.frombuffer(stored, sample, count=len(stored) // sample.itemsize)


def _pam_fields(data: bytes) -> dict[bytes, int]:
    """The numbers in a pam header by their names; ``b"CHANNELS"`` as its kind of tuple says, ``b"AT"`` its end."""
    found = PAM.match(data[:65536])
    if not found:
        return {}
    lines = [line.split(None, 1) for line in found[1].splitlines() if not line.startswith(b"#")]
    words = {line[0]: line[1].strip() for line in lines if len(line) == 2}
    fields = {name: int(word) for name, word in words.items() if word.isdigit() and len(word) < 10}
    depth = fields.get(b"DEPTH", 0)
    fields[b"CHANNELS"] = TUPLES.get(words.get(b"TUPLTYPE", b""), 3 if depth >= 3 else min(depth, 1))
    return fields | {b"AT": found.end()}


def _pam(data: bytes) -> np.ndarray | str:
    fields = _pam_fields(data)
    names = (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
    width, height, depth, largest = (fields.get(name, 0) for name in names)
    if not (width and height and 0 < largest < 65536 and 0 < fields.get(b"CHANNELS", 0) <= depth):
        return "its header is damaged"
    count = width * height * depth
    values = _stored(data, fields[b"AT"], count, largest)
    if values.size < count:
        return "it stops before its end"
    return scaled(values.reshape(height, width, depth)[..., : fields[b"CHANNELS"]], largest)


def _plain(text: bytes, kind: int, count: int) -> np.ndarray:
    text = COMMENT.sub(b"", text)
    if kind == 1:
        return np.frombuffer(re.sub(rb"[^01]", b"", text)[:count], np.uint8) - 48
    numbers = re.findall(rb"\d+", text)[:count]
    return np.minimum(np.array(numbers, dtype="S9").astype(np.uint32), 65535).astype(np.uint16)


def _header(data: bytes) -> tuple[int, int, int, int, int] | None:
    """(kind, width, height, largest value, first byte behind the header), or None."""
    found = HEADER.match(data[:65536])
    if not found:
        return None
    kind = int(found[1])
    numbers = [int(COMMENT.sub(b"", part)) for part in found.groups()[1:] if part]
    if kind in (1, 4):
        return kind, numbers[0], numbers[1], 1, found.end(3)
    return (kind, numbers[0], numbers[1], numbers[2], found.end()) if len(numbers) == 3 else None
