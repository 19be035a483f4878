"""Windows bitmaps of 16 and 32 bits a pixel whose colours lie where masks say."""

import numpy as np

from classicxm.media.pnm import scaled

__all__ = ["by_masks"]

ROWS = 256  # taken apart at once
BIT_FIELDS, ALPHA_BIT_FIELDS = 3, 6
#: Masks that OpenCV decodes, without alpha at 16 bits and with it at 32.
DECODED = {
    16: ((0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)),
    32: ((0xFF0000, 0xFF00, 0xFF, 0xFF000000),),
}


def by_masks(data: bytes) -> np.ndarray | str | None:
    """uint8 pixels (height, width, 3 or 4), or None for a bitmap without masks or with usual ones.

    A str says what is wrong. OpenCV takes the bytes of a pixel for blue, green, red and alpha whatever the masks say.
    """
    if data[:2] != b"BM" or len(data) < 70:
        return None

    def number(at: int, n: int = 4, signed: bool = False) -> int:
        return int.from_bytes(data[at : at + n], "little", signed=signed)

    begins, header, width, height, bits = (
        number(10),
        number(14),
        number(18),
        number(22, 4, True),
        number(28, 2),
    )
    kind = number(30)
    if header < 40 or kind not in (BIT_FIELDS, ALPHA_BIT_FIELDS) or bits not in DECODED:
        return None
    has_alpha = header >= 56 or kind == ALPHA_BIT_FIELDS
    masks = (
        tuple(number(54 + 4 * i) for i in range(4))
        if has_alpha
        else (*(number(54 + 4 * i) for i in range(3)), 0)
    )
    if masks in DECODED[bits]:
        return None
    row = -(-width * bits // 32) * 4
    n_bytes = row * abs(height)
    if not n_bytes or not all(masks[:3]) or max(masks) >> bits:
        return "its header is damaged"
    if begins + n_bytes > len(data):
        return "it stops before its end"
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
