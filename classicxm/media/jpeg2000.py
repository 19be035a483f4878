"""JPEG 2000 (ISO/IEC 15444-1): pictures whose header says that they hold luminance and differences of colour."""

import cv2
import numpy as np

__all__ = ["MARK", "as_rgb_samples", "as_stored"]

MARK = b"\0\0\0\x0cjP  "
SPACE = b"\0\0\0\x0fcolr\1"  # a box of 15 bytes that ends with the number of a space of colours
HEADER = 4096  # bytes in which it lies
SYCC, SRGB = (18).to_bytes(4, "big"), (16).to_bytes(4, "big")


def as_stored(data: bytes) -> bytes | None:
    """Content whose samples OpenCV leaves as they are, or None where they are no sYCC (IEC 61966-2-1, annex F).

    OpenCV converts them by the weights of analogue television, which makes all colours too pale or too strong.
    """
    at = data.find(SPACE, 0, HEADER) + len(SPACE) + 2
    if not data.startswith(MARK) or at < len(SPACE) + 2 or data[at : at + 4] != SYCC:
        return None
    return data[:at] + SRGB + data[at + 4 :]


def as_rgb_samples(pixels: np.ndarray) -> np.ndarray:
    """Y, Cb, Cr (and alpha), last first as OpenCV gives colours, as RGB (and alpha); grey as it is."""
    if pixels.ndim == 2:
        return pixels
    colours = cv2.cvtColor(np.ascontiguousarray(pixels[..., [2, 0, 1]]), cv2.COLOR_YCrCb2RGB)
    return np.dstack([colours, pixels[..., 3:]])
