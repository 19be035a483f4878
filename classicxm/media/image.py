"""Images: jpeg, png, webp, bmp, tiff and gif files as 8-bit RGB arrays."""

import io
from os import PathLike
from pathlib import Path

import imagesize
import numpy as np

from classicxm.errors import MediaDecodeError

try:
    import cv2
except ImportError as error:  # the wheel with windows needs libGL, which servers lack
    raise ImportError(
        f"OpenCV does not load ({error}); install the system library libgl1, or replace the package by "
        "opencv-contrib-python-headless"
    ) from None

__all__ = ["MAX_PIXELS", "as_rgb", "decode", "read_image"]

#: Images with more pixels than this are refused before they are decoded (100 megapixels).
MAX_PIXELS = 100_000_000


def read_image(source, max_pixels=MAX_PIXELS):
    """Decode an image file or the bytes of one.

    EXIF orientation is applied, transparency is laid over white, 16 bits become 8, an animated gif gives its
    first frame.

    Parameters
    ----------
    source : path or bytes
    max_pixels : int, default=100_000_000
        Larger images are refused from their header alone.

    Returns
    -------
    uint8 array (height, width, 3), RGB.

    Raises
    ------
    MediaDecodeError
        If the file is missing, empty, too large or not a readable image.
    """
    name, data = _contents(source)
    width, height = _header_size(data)
    if width * height > max_pixels:
        raise MediaDecodeError(
            name, f"has {width} x {height} pixels, more than the limit of {max_pixels:,}; shrink the image"
        )
    pixels = _decode_pixels(data)
    if pixels is None or _is_cut_off(data):
        raise MediaDecodeError(name, f"is not a readable image ({_guess(data)}); replace the file")
    return pixels


def decode(item):
    """One image: a path or bytes are read, arrays go through `as_rgb`."""
    return as_rgb(item) if isinstance(item, np.ndarray) else read_image(item)


def as_rgb(image):
    """A decoded image as uint8 RGB (height, width, 3).

    Grey and RGBA arrays are converted; floats must lie in [0, 1]; 16-bit values are scaled to 8.

    >>> as_rgb(np.ones((2, 3))).shape
    (2, 3, 3)
    """
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise ValueError(
            "an image array must have shape (height, width), (height, width, 3) or (height, width, 4), "
            f"got {image.shape}"
        )
    if image.dtype.kind == "f":
        if not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1):
            raise ValueError(
                "a floating-point image must lie in [0, 1]; divide by its maximum or convert it to uint8"
            )
        image = np.round(image * 255).astype(np.uint8)
    elif image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    elif image.dtype == bool:
        image = image.astype(np.uint8) * 255
    elif image.dtype != np.uint8:
        raise TypeError(f"an image array must be uint8, uint16, bool or float, got {image.dtype}")
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)
    return _over_white(image) if image.shape[2] == 4 else image


def _contents(source):
    if isinstance(source, bytes):
        name, data = f"{len(source)} bytes", source
    elif isinstance(source, (str, PathLike)):
        name = str(source)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise MediaDecodeError(name, f"cannot be read ({error.strerror})") from None
    else:
        raise TypeError(f"an image must be a path, bytes or an array, got {type(source).__name__}")
    if not data:
        raise MediaDecodeError(name, "is empty (0 bytes); replace the file")
    return name, data


def _header_size(data):
    """(width, height) as the header says, or (0, 0) for a kind the parser does not know."""
    if data[:2] == b"BM" and len(data) >= 26:
        return int.from_bytes(data[18:22], "little"), abs(int.from_bytes(data[22:26], "little", signed=True))
    try:
        width, height = imagesize.get(io.BytesIO(data))
    except (ValueError, OSError, IndexError, KeyError, ArithmeticError, TypeError):
        return 0, 0
    return max(int(width), 0), max(int(height), 0)


def _decode_pixels(data):
    """uint8 RGB pixels, or None where OpenCV finds no image."""
    buffer = np.frombuffer(data, np.uint8)
    try:
        if not data.startswith(b"\xff\xd8"):  # every kind but jpeg may be transparent
            raw = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
            if raw is not None and raw.ndim == 3 and raw.shape[2] == 4:
                return _over_white(cv2.cvtColor(_to_8_bits(raw), cv2.COLOR_BGRA2RGBA))
            if raw is not None and raw.dtype not in (np.uint8, np.uint16):
                return cv2.cvtColor(
                    _to_8_bits(raw), cv2.COLOR_GRAY2RGB if raw.ndim == 2 else cv2.COLOR_BGR2RGB
                )
        return cv2.imdecode(buffer, cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None


def _to_8_bits(pixels):
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return cv2.normalize(np.nan_to_num(pixels), None, 0, 255, cv2.NORM_MINMAX, cv2.CV_8U)


def _over_white(rgba):
    alpha = rgba[..., 3:].astype(np.uint16)
    blended = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)


def _is_cut_off(data):
    """Whether a jpeg or png stops before its end marker; OpenCV would fill the rest with grey."""
    if data.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in data[-65536:]
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-4096:]
    return False


def _guess(data):
    if _is_cut_off(data):
        return "it stops before its end"
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II", b"MM")):
        return "its header is an image's, its contents are damaged"
    try:
        data[:512].decode("utf-8")
    except UnicodeDecodeError:
        return "its header is no image format that OpenCV knows"
    return "it holds text"
