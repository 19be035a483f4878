"""HEIC, HEIF and AVIF pictures, as phones write them, by pillow-heif and Pillow (extra ``heif``)."""

import io
import re
import warnings
from typing import Any

import numpy as np

from classicxm.errors import MissingExtraError

__all__ = ["is_heif", "read_heif"]

HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
AVIF = (b"avif", b"avis")
ADDRESS = re.compile(r" <[^>]* at 0x[0-9a-f]+>")


def is_heif(data: bytes) -> bool:
    """Whether content is of the HEIF family, by the brands that its first box names.

    >>> is_heif(b"\\0\\0\\0\\x18ftypheic\\0\\0\\0\\0mif1heic"), is_heif(b"\\0\\0\\0\\x18ftypisom\\0\\0\\0\\0isommp42")
    (True, False)
    """
    return data[4:8] == b"ftyp" and bool(_brands(data) & {*HEIC, *AVIF})


def _brands(data: bytes) -> set[bytes]:
    end = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}


def read_heif(data: bytes, max_pixels: int) -> np.ndarray | str:
    """RGB or RGBA pixels, uint8, turned as the file says; or a str that says what is wrong.

    Raises
    ------
    MissingExtraError
        Where the extra is not installed.
    """
    try:
        import pillow_heif
        from PIL import Image, ImageOps
    except ImportError:
        raise MissingExtraError("heif", "pillow-heif") from None
    picture: Any
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of pictures larger than it would open by itself
            if _brands(data) & {*AVIF}:
                picture = Image.open(io.BytesIO(data), formats=["AVIF"])
            else:
                picture = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
            width, height = picture.size
            if width * height > max_pixels:
                return f"it has {width} x {height} pixels, more than the limit of {max_pixels:,}"
            if not isinstance(picture, Image.Image):
                picture = picture.to_pillow()  # which libheif has turned already
            else:
                picture = ImageOps.exif_transpose(picture)
        return np.asarray(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))
    except (ValueError, OSError, RuntimeError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        said = ADDRESS.sub("", " ".join(str(error).split()))
        return f"it is damaged: {said[:120]}"
