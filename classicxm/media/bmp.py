"""Windows bitmaps of 16 and 32 bits per pixel whose colours lie where masks say."""

import numpy as np

from classicxm.media.pnm import scaled

__all__ = ["by_masks"]

ROWS = 256  # taken apart at once
PLAIN, BIT_FIELDS, ALPHA_BIT_FIELDS = 0, 3, 6
#: What 16 bits without masks mean, and the masks of 32 bits that OpenCV decodes.
PLAIN_16 = (0x7C00, 0x3E0, 0x1F, 0)
USUAL_32 = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
DAMAGED = "its header is damaged"


def by_masks(data: bytes) -> np.ndarray | str | None:
    """uint8 pixels (height, width, 3 or 4), or None for a bitmap whose bytes OpenCV takes for what they are.

    A str says what is wrong. OpenCV takes the bytes of 32 bits for blue, green, red and alpha whatever the masks say;
    16 bits it reads behind the shortest header only, and there gives 248 for the lightest of 32 shades.
    """
    if data[:2] != b"BM" or len(data) < 34:
        return None

    def number(at: int, n: int = 4, signed: bool = False) -> int:
        return int.from_bytes(data[at : at + n], "little", signed=signed)

    begins, header, width, height = number(10), number(14), number(18), number(22, 4, True)
    bits, kind = number(28, 2), number(30)
    if header >= 40 and begins < 14 + header:
        return DAMAGED
    if header < 40 or kind not in (PLAIN, BIT_FIELDS, ALPHA_BIT_FIELDS):
        return None
    n_bytes = -(-width * bits // 32) * 4 * abs(height)
    if begins + n_bytes > len(data):
        return "it stops before its end"
    if bits not in (16, 32):
        return None
    n_masks = 4 if header >= 56 or kind == ALPHA_BIT_FIELDS else 3
    masks = PLAIN_16 if kind == PLAIN else (*(number(54 + 4 * i) for i in range(n_masks)), 0)[:4]
    if bits == 32 and (kind == PLAIN or masks == USUAL_32):
        return None
    if not n_bytes or not all(masks[:3]) or max(masks) >> bits:
        return DAMAGED
    word = np.dtype(f"u{bits // 8}").newbyteorder("little")
    words = np.frombuffer(data, word, n_bytes * 8 // bits, begins).reshape(abs(height), -1)[:, :width]
    given = [mask for mask in masks if mask]
    pixels = np.empty((*words.shape, len(given)), np.uint8)
    for top in range(0, len(words), ROWS):
        for place, mask in enumerate(given):
            pixels[top : top + ROWS, :, place] = _channel(words[top : top + ROWS], mask)
    return np.ascontiguousarray(pixels[::-1]) if height > 0 else pixels


def _channel(words: np.ndarray, mask: int) -> np.ndarray:
    lowest = (mask & -mask).bit_length() - 1
    largest, values = mask >> lowest, (words & mask) >> lowest
    more = max(0, largest.bit_length() - 16)
    return scaled((values >> more).astype(np.uint16), largest >> more)
