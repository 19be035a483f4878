"""Sun raster files: what OpenCV misreads of them."""

import numpy as np

__all__ = ["MARK", "mended"]

MARK = b"\x59\xa6\x6a\x95"


def mended(pixels: np.ndarray, data: bytes) -> np.ndarray:
    """RGB pixels that OpenCV decoded from a file, as they are stored.

    OpenCV reads blue, green and red from a map of colours, which begins with red; and of single bits without a map it
    makes white what is black.
    """
    bits, map_kind = (int.from_bytes(data[at : at + 4], "big") for at in (12, 24))
    if map_kind:
        return np.ascontiguousarray(pixels[..., ::-1])
    return np.invert(pixels) if bits == 1 else pixels
