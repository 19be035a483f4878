"""TIFF 6: the samples of the first page where OpenCV has none or misreads them.

That is so of samples that lie in planes, unless they are colours of 8 bits; of grey beside alpha; of numbers of bits
other than whole bytes; of wide CMYK; and of small tiles. libtiff, inside OpenCV, decompresses strips and tiles.
"""

import lzma
from collections.abc import Iterator

import cv2
import numpy as np

from classicxm.media import tiff, tiff_parts
from classicxm.media.orientation import orientation_of, turned
from classicxm.media.pnm import scaled
from classicxm.media.tiff import Tiff, values
from classicxm.media.tiff_parts import DAMAGED, HEADER, MOST_BYTES, PLAIN, Layout

__all__ = ["needed", "read"]

COLOUR_MAP, LZMA, REVERSED_BITS = 320, 34925, 2
BY_LIBTIFF = (*tiff_parts.RUNS, *tiff_parts.DEFLATE)
COMPRESSIONS = {
    2: "CCITT", 3: "CCITT fax", 4: "CCITT fax", 6: "old JPEG", 7: "JPEG", 34712: "JPEG 2000", 34887: "LERC",
    50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
KINDS = {1: "u", 2: "i", 3: "f"}
BLOCK = 1 << 20  # bytes that are taken apart into bits at once


def needed(tags: Tiff) -> bool:
    """Whether OpenCV misreads samples of this kind."""
    if tags.planar == 2 and tags.n_samples > 1 and tags.bits != 8:
        return True
    odd = tags.bits not in (1, 8, 16, 32, 64) or (tags.bits == 16 and tags.sample_format == tiff.FLOAT)
    if tags.photometric == tiff.CMYK and tags.alpha:
        return True
    return (odd and tags.photometric != tiff.PALETTE) or (tags.n_samples == 2 and bool(tags.alpha))


def read(data: bytes, tags: Tiff) -> np.ndarray | str:
    """Samples of the first page, upright.

    Returns
    -------
    array (height, width, n), n of 1 to 4: grey or RGB, the last of 2 and 4 alpha, unsigned integers that span their
    type, or floats; or a str that says what is wrong.
    """
    found = _stored(data, tags)
    if isinstance(found, str):
        return found
    found = _colours(found, data, tags)
    return found if isinstance(found, str) else turned(found, orientation_of(data))


def _stored(data: bytes, tags: Tiff) -> np.ndarray | str:
    """The numbers as they are stored: (height, width, n_samples)."""
    compression = values(data, tags, tiff_parts.COMPRESSION, (PLAIN,))[0]
    if compression not in (PLAIN, LZMA, *BY_LIBTIFF):
        name = COMPRESSIONS.get(compression, f"of kind {compression}")
        return (
            f"its samples are of a rare kind and compressed by {name}: magick INPUT -compress lzw OUTPUT.tif"
        )
    if len(set(values(data, tags, 258, (1,)))) > 1 or tags.bits > 64 or tags.sample_format not in KINDS:
        return "its samples have bits or kinds that are not decoded here"
    n_bytes = tags.width * tags.height * tags.n_samples * max(8, tags.bits) // 8
    if n_bytes > MOST_BYTES:
        return f"its samples take more than the limit of {MOST_BYTES:,} bytes"
    if not n_bytes:
        return HEADER
    layout = tiff_parts.layout(data, tags)
    begins, lengths = tiff_parts.places(data, tags)
    n_planes = tags.n_samples // layout.n_together
    n_parts = layout.n_across * layout.n_down * n_planes
    if not 0 < layout.width * layout.height * layout.n_together * tags.bits // 8 <= MOST_BYTES:
        return HEADER
    if not n_parts <= min(len(begins), len(lengths), tiff_parts.MOST_PARTS):
        return HEADER
    samples = np.empty((tags.height, tags.width, tags.n_samples), _kind(tags))
    for number, (rows, columns, planes) in enumerate(_places(tags, layout, n_planes)):
        n_rows = layout.height if layout.is_tiled else rows.stop - rows.start
        row_bytes = layout.row_bytes(tags)
        part = data[begins[number] : begins[number] + lengths[number]]
        raw = _inflated(part, compression, n_rows, row_bytes)
        if raw is None:
            return DAMAGED
        if compression == PLAIN and values(data, tags, tiff_parts.FILL_ORDER, (1,))[0] == REVERSED_BITS:
            raw = np.packbits(np.unpackbits(raw.reshape(-1, 1), axis=1)[:, ::-1], axis=1).reshape(raw.shape)
        block = _numbers(raw, layout.width, tags).reshape(n_rows, layout.width, layout.n_together)
        if tags.predictor == 2:
            block = np.cumsum(block, axis=1, dtype=block.dtype)
        samples[rows, columns, planes] = block[: rows.stop - rows.start, : columns.stop - columns.start]
    return samples


def _places(tags: Tiff, layout: Layout, n_planes: int) -> Iterator[tuple[slice, slice, slice]]:
    """Rows, columns and samples that each part covers, in the order in which parts are listed."""
    for plane in range(n_planes):
        for top in range(0, layout.n_down * layout.height, layout.height):
            for left in range(0, layout.n_across * layout.width, layout.width):
                yield (
                    slice(top, min(top + layout.height, tags.height)),
                    slice(left, min(left + layout.width, tags.width)),
                    slice(plane, plane + 1) if n_planes > 1 else slice(None),
                )


def _kind(tags: Tiff) -> np.dtype:
    """The type of samples, in the machine's order of bytes."""
    if tags.bits in (8, 16, 32, 64) and tags.predictor != 3:
        return np.dtype(f"{KINDS[tags.sample_format]}{tags.bits // 8}")
    if tags.predictor == 3:
        return np.dtype(f"f{tags.bits // 8}")
    return np.dtype(np.uint8 if tags.bits <= 8 else np.uint16 if tags.bits <= 16 else np.uint32)


def _inflated(part: bytes, compression: int, n_rows: int, row_bytes: int) -> np.ndarray | None:
    """Bytes of a strip or tile: (n_rows, row_bytes); None where it is damaged."""
    n_bytes = n_rows * row_bytes
    if compression in BY_LIBTIFF:
        strip = tiff_parts.one_strip(part, compression, n_rows, row_bytes)
        found = cv2.imdecode(strip, cv2.IMREAD_UNCHANGED)
        return found if found is not None and found.shape == (n_rows, row_bytes) else None
    if compression == LZMA:
        try:
            part = lzma.LZMADecompressor().decompress(part, n_bytes)
        except lzma.LZMAError:
            return None
    if len(part) < n_bytes:
        return None
    return np.frombuffer(part, np.uint8, n_bytes).reshape(n_rows, row_bytes)


def _numbers(raw: np.ndarray, width: int, tags: Tiff) -> np.ndarray:
    """Samples of rows of bytes: (n_rows, samples a row), without the bits that fill up the last byte."""
    (n_rows, row_bytes), n = raw.shape, 1 if tags.planar == 2 else tags.n_samples
    if tags.predictor == 3:  # bytes of all samples by their significance, as differences
        summed = np.cumsum(raw.reshape(n_rows, -1, n), axis=1, dtype=np.uint8)
        apart = summed.reshape(n_rows, tags.bits // 8, -1).swapaxes(1, 2)
        return np.ascontiguousarray(apart).view(f">f{tags.bits // 8}").reshape(n_rows, -1).astype(_kind(tags))
    if tags.bits in (8, 16, 32, 64):
        stored = np.ascontiguousarray(raw).view(_kind(tags).newbyteorder("<" if tags.order == "<" else ">"))
        return stored.astype(_kind(tags))
    found = np.zeros((n_rows, width * n), _kind(tags))
    step = max(1, BLOCK // max(1, row_bytes))
    for top in range(0, n_rows, step):
        bits = np.unpackbits(raw[top : top + step], axis=1)[:, : width * n * tags.bits]
        for place in range(tags.bits):
            found[top : top + step] = found[top : top + step] << 1 | bits[:, place :: tags.bits]
    return found


def _colours(samples: np.ndarray, data: bytes, tags: Tiff) -> np.ndarray | str:
    """Grey or RGB, and alpha where there is any, of stored numbers."""
    if tags.photometric == tiff.PALETTE:
        table = np.array(values(data, tags, COLOUR_MAP, ()), np.uint16)
        if tags.bits > 16 or len(table) != 3 << tags.bits:
            return HEADER
        colours = (table.reshape(3, -1) >> 8).astype(np.uint8).T[samples[..., 0]]
        if not tags.alpha:
            return colours
        return np.dstack([colours, scaled(samples[..., 1], (1 << tags.bits) - 1)])
    if tags.photometric not in (tiff.WHITE_IS_ZERO, tiff.GREY, tiff.RGB, tiff.CMYK):
        return "it holds colours other than grey, RGB and CMYK in samples of a rare kind"
    n = tags.n_colours + bool(tags.alpha)
    if tags.photometric == tiff.CMYK and tags.alpha == tiff.ASSOCIATED:
        n = tags.n_colours  # inks that were multiplied lie over white already, as no ink is white
    samples = samples[..., :n]
    if samples.dtype == np.float16:
        samples = samples.astype(np.float32)
    if samples.dtype.kind == "u" and tags.bits not in (8, 16, 32, 64):
        shift = max(0, tags.bits - 16)
        samples = scaled(samples >> shift, (1 << tags.bits - shift) - 1)
    if tags.photometric == tiff.WHITE_IS_ZERO:
        whites = samples[..., :1]
        inverted = np.invert(whites) if samples.dtype.kind == "u" else 1 - whites
        return np.concatenate([inverted, samples[..., 1:]], axis=2)
    if tags.photometric == tiff.CMYK:
        if samples.dtype.kind != "u":
            return "it holds CMYK colours in floats"
        inks = (samples >> 8 * (samples.itemsize - 1)).astype(np.uint32)
        colours = (255 - inks[..., :3]) * (255 - inks[..., 3:4]) // 255
        return np.concatenate([colours, inks[..., 4:]], axis=2).astype(np.uint8)
    return samples
