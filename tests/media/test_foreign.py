"""Formats that are known by their first bytes."""

import pytest

from classicxm.errors import MediaDecodeError
from classicxm.media.foreign import picture
from classicxm.media.image import read_image

KNOWN = {
    b"\xff\x0a" + bytes(30): "JPEG XL.*ffmpeg",
    b"\x89PNG\r\n\x1a\n\0\0\0\4CgBI" + bytes(60): "a PNG of an iPhone app.*pngcrush",
    b"\0\0\2" + bytes(9) + b"\x38\0\x28\0\x18\0" + bytes(99): "TGA.*ffmpeg",
    b"\0\1\1\0\0\0\1\x18\0\0\0\0\x38\0\x28\0\x08\0" + bytes(999): "TGA.*ffmpeg",
    b"\x0a\5\1\x08" + bytes(200): "PCX.*ffmpeg",
    b'<?xml version="1.0"?>\n<!-- made -->\n<svg width="9"/>': "SVG.*magick",
    b"\xef\xbb\xbf<svg></svg>": "SVG",
    bytes(128) + b"DICM" + bytes(40): "DICOM",
    b"\0\0\0\x18ftypcrx " + bytes(40): "a camera's raw file",
    b"%!PS-Adobe-3.0 EPSF": "PostScript",
    b"SIMPLE  =                    T": "FITS",
}


@pytest.mark.parametrize("data", KNOWN)
def test_what_a_picture_is_and_how_to_convert_it(data):
    with pytest.raises(MediaDecodeError, match=f"it is {KNOWN[data]}"):
        read_image(data)


@pytest.mark.parametrize(
    "data", [b"", b"words of a text", bytes(300), b"\xff\xd8\xff\xe0", b"<svgx", b"BM" + bytes(90)]
)
def test_what_is_not_known(data):
    assert picture(data) is None
