"""GIF 89a: the blocks of a file, and its first picture alone."""

from collections.abc import Iterator

__all__ = ["blocks", "first_picture", "is_cut", "size"]

EXTENSION, PICTURE, TRAILER = 0x21, 0x2C, 0x3B
#: Extensions that say which colour of what comes next is transparent, and that are a text instead of a picture.
CONTROL, PLAIN_TEXT = 0xF9, 0x01
LARGEST_SIDE = 65_535
SHORT = "it stops before its end"


def blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, first byte and the byte behind of each block up to the trailer; a cut one ends behind the content.

    >>> list(blocks(b"GIF89a\\2\\0\\1\\0\\0\\0\\0" + b"!\\xf9\\4\\0\\0\\0\\0\\0" + b";"))
    [(33, 13, 21), (59, 21, 22)]
    """
    at = 13 + _table_bytes(data, 10)
    while at < len(data):
        start, kind = at, data[at]
        if kind == TRAILER:
            yield kind, start, at + 1
            return
        if kind == PICTURE:
            at += 11 + _table_bytes(data, at + 9)
        elif kind == EXTENSION:
            at += 2
        else:
            at += 1  # padding, which some writers leave between blocks
            continue
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
        yield kind, start, at


def is_cut(data: bytes) -> bool:
    """Whether the trailer is missing.

    >>> is_cut(b"GIF89a" + bytes(7) + b";"), is_cut(b"GIF89a" + bytes(7))
    (False, True)
    """
    last = EXTENSION
    for kind, _, _ in blocks(data):
        last = kind
    return last != TRAILER


def size(data: bytes) -> tuple[int, int]:
    """(width, height) of the screen, or of what the first picture covers where that is more."""
    at = next((start for kind, start, _ in blocks(data) if kind == PICTURE), len(data))
    width, height = (_number(data, at + i) + _number(data, at + i + 4) for i in (1, 3))
    return max(_number(data, 6), width), max(_number(data, 8), height)


def first_picture(data: bytes) -> bytes | str:
    """A file of the first picture alone; a str says what is wrong.

    OpenCV asks the controls of all pictures whether a colour is transparent, and believes the last one.
    """
    control, picture, last = b"", b"", EXTENSION
    for kind, start, end in blocks(data):
        last = kind
        if picture:
            continue
        if kind == PICTURE:
            picture = data[start:end]
        elif kind == EXTENSION and end <= len(data) and data[start + 1] in (CONTROL, PLAIN_TEXT):
            control = data[start:end] if data[start + 1] == CONTROL else b""
    if last != TRAILER:
        return SHORT
    if not picture:
        return "it holds no picture"
    screen = b"".join(min(side, LARGEST_SIDE).to_bytes(2, "little") for side in size(data))
    return b"".join((data[:6], screen, data[10 : 13 + _table_bytes(data, 10)], control, picture, b";"))


def _table_bytes(data: bytes, at: int) -> int:
    """Bytes of the table of colours that the flags at a place announce."""
    return 3 << (data[at] & 7) + 1 if at < len(data) and data[at] & 128 else 0


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
