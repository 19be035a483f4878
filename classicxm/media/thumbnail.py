"""Small pictures inside a page."""

import base64
from typing import Any

import cv2
import numpy as np

from classicxm.media.image import decode

__all__ = ["jpeg", "thumbnail"]


def thumbnail(source: Any, side: int = 220) -> str:
    """An image file or array as a JPEG data URI, its longer side at most ``side`` pixels.

    Raises
    ------
    MediaDecodeError, ValueError or TypeError
        For what is no picture.

    Examples
    --------
    >>> thumbnail(np.zeros((4, 4, 3), np.uint8))[:23]
    'data:image/jpeg;base64,'
    """
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(source, side)).decode()}"


def jpeg(source: object, side: int = 220) -> bytes:
    """An image file or array as the bytes of a JPEG file, its longer side at most ``side`` pixels.

    >>> jpeg(np.zeros((4, 4, 3), np.uint8))[:2]
    b'\\xff\\xd8'
    """
    pixels = decode(source)
    scale = side / max(pixels.shape[:2])
    if scale < 1:
        size = [max(1, round(n * scale)) for n in pixels.shape[1::-1]]
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return encoded.tobytes()
