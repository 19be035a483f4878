"""TIFF 6: the tags that say what the samples of the first page mean."""

import struct
from typing import NamedTuple

__all__ = ["Tiff", "rare_kind", "read_tags", "values"]

SIZES = {1: 1, 3: 2, 4: 4, 16: 8}
CLASSIC = (b"II*\0", b"MM\0*")
MARKS = (*CLASSIC, b"II+\0", b"MM\0+")  # of BigTIFF too
FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}
ASSOCIATED, UNASSOCIATED = 1, 2
WHITE_IS_ZERO, GREY, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
FLOAT = 3
#: Whether a page is a smaller copy of another one, and the pages that belong to one.
SUBFILE, SUB_DIRECTORIES = 254, 330
MOST_VALUES = 1 << 20  # of a tag
#: Colours that OpenCV hands out as if they were RGB.
OTHER_COLOURS = {8: "CIE Lab", 9: "ICC Lab", 10: "ITU Lab", 32844: "LogL", 32845: "LogLuv"}


class Tiff(NamedTuple):
    """Tags of the first page; ``entries`` gives where each tag's 12 (20) bytes stand.

    ``is_preview`` says that another page holds the picture, of which this one is a smaller copy.
    """

    width: int
    height: int
    bits: int
    n_samples: int
    photometric: int
    extra: tuple[int, ...]
    sample_format: int
    predictor: int
    planar: int
    entries: dict[int, int]
    order: str
    is_big: bool
    is_preview: bool = False

    @property
    def n_colours(self) -> int:
        """Samples per pixel that are colours, by the photometric interpretation."""
        return {RGB: 3, CMYK: 4, 6: 3, 8: 3}.get(self.photometric, 1)

    @property
    def alpha(self) -> int:
        """What the first extra sample is: 1 alpha already multiplied in, 2 alpha, 0 something else."""
        return self.extra[0] if self.extra and self.n_samples > self.n_colours else 0


def read_tags(data: bytes) -> Tiff | None:
    """The `Tiff` of content, or None where its directory cannot be read."""
    try:
        return _read(data)
    except (struct.error, KeyError, IndexError, ValueError, OverflowError):
        return None


def _read(data: bytes) -> Tiff | None:
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    magic = struct.unpack_from(order + "H", data, 2)[0]
    if magic not in (42, 43):
        return None
    is_big = magic == 43
    at = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)[0]
    count = struct.unpack_from(order + ("Q" if is_big else "H"), data, at)[0]
    at += 8 if is_big else 2
    step = 20 if is_big else 12
    entries = {
        struct.unpack_from(order + "H", data, at + i * step)[0]: at + i * step
        for i in range(min(count, 4096))
    }

    def first(tag: int, default: int) -> int:
        return _values(data, order, is_big, entries, tag, (default,))[0]

    return Tiff(
        first(256, 0),
        first(257, 0),
        max(_values(data, order, is_big, entries, 258, (1,))),
        first(277, 1),
        first(262, 1),
        _values(data, order, is_big, entries, 338, ()),
        first(339, 1),
        first(317, 1),
        first(284, 1),
        entries,
        order,
        is_big,
        bool(first(SUBFILE, 0) & 1)
        and (SUB_DIRECTORIES in entries or _goes_on(data, at + count * step, is_big)),
    )


def _goes_on(data: bytes, at: int, is_big: bool) -> bool:
    """Whether another page follows a directory that ends here."""
    return any(data[at : at + (8 if is_big else 4)])


def values(data: bytes, tiff: Tiff, tag: int, default: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers of a tag, or the default where it is missing or of another type."""
    try:
        return _values(data, tiff.order, tiff.is_big, tiff.entries, tag, default)
    except (struct.error, OverflowError):
        return default


def _values(
    data: bytes, order: str, is_big: bool, entries: dict[int, int], tag: int, default: tuple[int, ...]
) -> tuple[int, ...]:
    if tag not in entries:
        return default
    entry = entries[tag]
    kind, n = struct.unpack_from(order + ("HQ" if is_big else "HI"), data, entry + 2)
    if kind not in SIZES or not 0 < n <= MOST_VALUES:
        return default
    inline = entry + (12 if is_big else 8)
    fits = n * SIZES[kind] <= (8 if is_big else 4)
    start = inline if fits else struct.unpack_from(order + ("Q" if is_big else "I"), data, inline)[0]
    return struct.unpack_from(f"{order}{n}{FORMATS[kind]}", data, start)


def rare_kind(tiff: Tiff) -> str | None:
    """What the samples are, where they are of a kind that is not decoded here; else None."""
    if tiff.is_preview:
        return (
            "its first page is a small copy of another one, as in a camera's raw file; "
            "convert it: magick INPUT OUTPUT.png"
        )
    if tiff.photometric in OTHER_COLOURS:
        return f"it holds {OTHER_COLOURS[tiff.photometric]} colours, expected grey or RGB"
    if tiff.sample_format == FLOAT and tiff.bits not in (16, 32, 64):
        return f"it holds floats of {tiff.bits} bits, expected 16, 32 or 64"
    return None
