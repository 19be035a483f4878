"""Images: jpeg, png, webp, bmp, tiff and gif files as 8-bit RGB arrays."""

from os import PathLike
from typing import Any

import numpy as np

from classicxm.errors import MediaDecodeError, MissingExtraError
from classicxm.media import bmp, foreign, gif, jpeg, jpeg2000, png, pnm, sun, tiff, tiff_parts, tiff_samples
from classicxm.media.contents import contents, guess_text, silent_stderr
from classicxm.media.heif import is_heif, read_heif
from classicxm.media.image_size import header_size
from classicxm.media.orientation import orientation_of, turned
from classicxm.sequences import native, plain_array

try:
    import cv2
except ImportError as error:  # the wheel with windows needs libGL, which servers lack
    raise ImportError(
        f"OpenCV does not load ({error}); install the system library libgl1, or replace the package by "
        "opencv-contrib-python-headless"
    ) from None

__all__ = ["MAX_PIXELS", "as_rgb", "decode", "read_image"]

#: Images with more pixels than this are decoded at a half, a quarter or an eighth of their size (100 megapixels).
MAX_PIXELS = 100_000_000
#: Images with more pixels are refused by their header: JPEG, of which the whole is never in memory, and others.
MOST_PIXELS_JPEG, MOST_PIXELS = 1_000_000_000, 250_000_000

MOST_DECODED = (
    220_000_000  # bytes of samples wider than 8-bit RGB; their conversion takes three times as many
)
#: How a JPEG is decoded at a part of its size.
REDUCED = {
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
ROUNDING = 1e-6  # by which floats may pass 0 and 1
ROWS = 256  # laid over white at once, so that no second whole picture is in memory


def read_image(source: str | PathLike[str] | bytes, max_pixels: int | None = None) -> np.ndarray:
    """Decode an image file or the bytes of one.

    EXIF orientation is applied, transparency is laid over white, an animation gives its first frame, a TIFF file its
    first page, and what lies behind the picture (a film, a second picture) is ignored. Samples mean what they mean
    in an array (`as_rgb`): unsigned integers reach from 0 to their largest number, floats from 0 to 1 and others
    are refused.

    Parameters
    ----------
    source : path or bytes
    max_pixels : int or None, default=None
        Larger images are refused from their header alone. None: those of over 100 megapixels are given at a half, a
        quarter or an eighth of their width and height, and JPEG files of over 1000, others of over 250, are refused.

    Returns
    -------
    uint8 array (height, width, 3), RGB.

    Raises
    ------
    MediaDecodeError
        If the file is missing, empty, too large or not a readable image.
    """
    if not isinstance(source, (str, PathLike, bytes)):
        raise TypeError(f"an image must be a path, bytes or an array, got {type(source).__name__}")
    name, data = contents(source)
    width, height, n_bytes = header_size(data)
    if max_pixels is None:
        max_pixels = MOST_PIXELS_JPEG if data.startswith(b"\xff\xd8") else MOST_PIXELS
    if width * height > max_pixels:
        raise MediaDecodeError(
            name, f"has {width} x {height} pixels, more than the limit of {max_pixels:,}; shrink the image"
        )
    if n_bytes > 3 and width * height * n_bytes > MOST_DECODED:
        raise MediaDecodeError(
            name,
            f"has {width} x {height} pixels of {n_bytes} bytes, more than the limit of {MOST_DECODED:,} bytes; "
            "shrink the image or store 8 bits",
        )
    pixels: np.ndarray | str | None
    try:
        with silent_stderr():
            if is_heif(data):
                pixels = _heif_pixels(data, min(max_pixels, MAX_PIXELS))
            elif width * height > MAX_PIXELS:
                pixels = _reduced(data, width * height)
            else:
                pixels = _decode_pixels(data)
    except (ValueError, TypeError) as error:
        raise MediaDecodeError(name, f"is not usable: {error}") from None
    if pixels is None:
        pixels = _guess(data)
    if isinstance(pixels, str):
        raise MediaDecodeError(name, f"is not a readable image ({pixels}); replace or convert the file")
    return pixels


def decode(item: Any) -> np.ndarray:
    """One image: a path or bytes are read, arrays go through `as_rgb`, images of PIL through both their modes."""
    if type(item).__module__.partition(".")[0] == "PIL":
        from PIL import ImageOps

        upright = ImageOps.exif_transpose(item)
        if upright.mode == "La":  # of which Pillow converts no other way
            upright = upright.convert("LA")
        if upright.mode.startswith(("I", "F")):  # wide numbers, which `convert` would clip to 255
            return as_rgb(np.asarray(upright))
        return as_rgb(np.asarray(upright.convert("RGBA" if upright.has_transparency_data else "RGB")))
    return as_rgb(item) if isinstance(item, np.ndarray) else read_image(item)


def as_rgb(image: np.ndarray) -> np.ndarray:
    """A decoded image as uint8 RGB (height, width, 3).

    Grey and RGBA arrays are converted. Unsigned integers of 8, 16 and 32 bits reach from 0 to the largest number
    of their type; floats reach from 0 to 1, and values beyond (also NaN) are refused, as are signed integers:
    their range is not known.

    >>> as_rgb(np.ones((2, 3))).shape
    (2, 3, 3)
    """
    image = native(plain_array("pixels", image))
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise ValueError(
            "an image array must have shape (height, width), (height, width, 3) or (height, width, 4), "
            f"got {image.shape}"
        )
    if image.dtype.kind == "f":
        if not (np.isfinite(image).all() and image.min() >= -ROUNDING and image.max() <= 1 + ROUNDING):
            raise ValueError(
                "a floating-point image must lie in [0, 1]; divide by its maximum or convert it to uint8"
            )
        image = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    elif image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    elif image.dtype == np.uint32:
        image = (image >> 24).astype(np.uint8)
    elif image.dtype == bool:
        image = image.astype(np.uint8) * 255
    elif image.dtype != np.uint8:
        raise TypeError(f"an image array must be uint8, uint16, uint32, bool or float, got {image.dtype}")
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)
    return _over_white(image) if image.shape[2] == 4 else image


def _decode_pixels(data: bytes) -> np.ndarray | str | None:
    """uint8 RGB pixels; None where OpenCV finds no image, or a str that says what is wrong."""
    if data.startswith(b"\xff\xd8"):
        return _jpeg_pixels(data, cv2.IMREAD_COLOR_RGB)
    if data.startswith(b"\x89PNG"):
        if data[12:16] != b"IHDR":
            return None
        found = png.checked(data)
        if isinstance(found, str):
            return found
        if found.colour == 0 and found.transparent is not None:
            grey = _by_opencv(found.data, cv2.IMREAD_UNCHANGED)
            if grey is None:
                return None
            return _as_rgb_file(turned(png.with_alpha(grey, found), orientation_of(data)))
        return _any_kind(found.data)
    if pnm.size(data):
        samples = pnm.decode(data)
        return samples if isinstance(samples, str) else _as_rgb_file(samples)
    if data.startswith(tiff.MARKS):
        return _tiff_pixels(data)
    if (fields := bmp.by_masks(data)) is not None:
        return fields if isinstance(fields, str) else as_rgb(fields)
    if data.startswith(b"GIF8"):
        picture = gif.first_picture(data)
        return picture if isinstance(picture, str) else _any_kind(picture)
    if (stored := jpeg2000.as_stored(data)) is not None:
        planes = _by_opencv(stored, cv2.IMREAD_UNCHANGED)
        return None if planes is None else as_rgb(jpeg2000.as_rgb_samples(planes))
    if data.startswith(sun.MARK):
        return None if (pixels := _any_kind(data)) is None else sun.mended(pixels, data)
    if pnm.lacks_floats(data):
        return "it stops before its end"
    if data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        return "it stops before its end"
    return _any_kind(data)


def _jpeg_pixels(data: bytes, how: int) -> np.ndarray | str | None:
    if (kind := jpeg.rare_kind(data)) is not None and kind.startswith(jpeg.NEVER):
        return kind
    end = jpeg.end_of_picture(data)
    if end is None:
        return "it stops before its end"
    # OpenCV leaves the orientation out where any other tag is broken.
    pixels = _by_opencv(data[:end], how | cv2.IMREAD_IGNORE_ORIENTATION)
    return kind if pixels is None else turned(pixels, orientation_of(data))


def _heif_pixels(data: bytes, max_pixels: int) -> np.ndarray | str:
    try:
        pixels = read_heif(data, max_pixels)
    except MissingExtraError as error:
        return f"it is HEIC or AVIF; {error}, or convert it: heif-convert INPUT OUTPUT.png"
    return pixels if isinstance(pixels, str) else as_rgb(pixels)


def _reduced(data: bytes, n_pixels: int) -> np.ndarray | str | None:
    """The picture at the largest size of at most `MAX_PIXELS`; JPEG is decoded at that size."""
    scale = 2 if n_pixels <= 4 * MAX_PIXELS else 4 if n_pixels <= 16 * MAX_PIXELS else 8
    if data.startswith(b"\xff\xd8"):
        pixels = _jpeg_pixels(data, REDUCED[scale])
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if isinstance(pixels, np.ndarray) else pixels
    pixels = _decode_pixels(data)
    if not isinstance(pixels, np.ndarray):
        return pixels
    height, width = (max(1, side // scale) for side in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def _any_kind(data: bytes) -> np.ndarray | None:
    raw = _by_opencv(data, cv2.IMREAD_UNCHANGED)
    if raw is None:  # of what it cannot give as it is, it would leave out alpha
        return None
    if raw.dtype in (np.uint8, np.uint16) and (raw.ndim == 2 or raw.shape[2] == 3):
        del raw
        return _by_opencv(data, cv2.IMREAD_COLOR_RGB)  # which turns it as its EXIF data say
    if not data.startswith((b"II", b"MM")):  # of TIFF alone OpenCV turns samples of any kind
        raw = turned(raw, orientation_of(data))
    return _as_rgb_file(_rgb_order(raw))


def _tiff_pixels(data: bytes) -> np.ndarray | str | None:
    tags = tiff.read_tags(data)
    if tags is None:
        return None
    if (kind := tiff.rare_kind(tags)) is not None:
        return kind
    if tags.n_samples > tags.n_colours + 1:
        samples = f"{tags.n_samples} samples of {tags.bits} bits"
        return f"it has {samples} per pixel, expected grey or RGB, with or without alpha"
    if (wrong := tiff_parts.problem(data, tags)) is not None:
        return wrong
    pixels = None if tiff_samples.needed(tags) else _tiff_by_opencv(data, tags)
    if pixels is not None:
        return pixels
    found = tiff_samples.read(data, tags)
    return found if isinstance(found, str) else _as_rgb_file(found, tags.alpha == tiff.ASSOCIATED)


def _tiff_by_opencv(data: bytes, tags: tiff.Tiff) -> np.ndarray | None:
    if tags.n_samples == 4 or (tags.photometric == tiff.WHITE_IS_ZERO and tags.bits > 8):
        raw = _by_opencv(data, cv2.IMREAD_UNCHANGED)
        if raw is None:
            return None
        if tags.photometric == tiff.WHITE_IS_ZERO:
            return as_rgb(np.invert(raw) if raw.dtype.kind == "u" else 1 - raw)
        raw = _rgb_order(raw)
        if tags.photometric == tiff.CMYK or not tags.alpha:
            return as_rgb(np.ascontiguousarray(raw[..., :3]))
        # OpenCV hands 8-bit colours out multiplied by alpha, whatever the tag says; wider ones as they are.
        return _as_rgb_file(raw, tags.alpha == tiff.ASSOCIATED or tags.bits == 8)
    return _any_kind(data)


def _by_opencv(data: bytes, how: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error:
        return None


def _rgb_order(raw: np.ndarray) -> np.ndarray:
    if raw.ndim == 2:
        return raw
    return raw[..., [2, 1, 0, 3]] if raw.shape[2] == 4 else raw[..., ::-1]


def _as_rgb_file(pixels: np.ndarray | None, is_multiplied: bool = False) -> np.ndarray | None:
    """Samples of any type, grey, grey + alpha, RGB or RGBA, over white."""
    if pixels is None:
        return None
    if pixels.ndim == 3 and pixels.shape[2] == 2:
        pixels = pixels[..., [0, 0, 0, 1]]
    if not is_multiplied or pixels.ndim == 2 or pixels.shape[2] != 4:
        return as_rgb(pixels)
    opaque = as_rgb(pixels[..., :3])
    alpha = as_rgb(pixels[..., 3])[..., :1]
    return np.minimum(opaque.astype(np.uint16) + (255 - alpha), 255).astype(np.uint8)


def _over_white(rgba: np.ndarray) -> np.ndarray:
    blended = np.empty((*rgba.shape[:2], 3), np.uint8)
    for top in range(0, len(rgba), ROWS):
        rows = rgba[top : top + ROWS]
        alpha = rows[..., 3:].astype(np.uint16)
        blended[top : top + ROWS] = (rows[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return blended


IMAGES = (
    *(b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", *tiff.CLASSIC, b"#?RADIANCE", b"#?RGBE"),
    *(jpeg2000.MARK, b"\xff\x4f\xff\x51", sun.MARK),
)


def _guess(data: bytes) -> str:
    if (kind := foreign.picture(data)) is not None:
        return kind
    if data[4:8] == b"ftyp":
        return "it is a film, or a picture in a film's container, which is not decoded here"
    if data.startswith(IMAGES):
        return "its header is an image's, its contents are damaged or of a rare kind"
    return guess_text(data) or "its header is no image format that OpenCV knows"
