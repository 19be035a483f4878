"""Formats of pictures that are known by their first bytes and not decoded here, and commands that convert them."""

import re

__all__ = ["picture"]

FFMPEG, MAGICK = "ffmpeg -i INPUT OUTPUT.png", "magick INPUT OUTPUT.png"
RAW = "a camera's raw file"
#: Where the mark stands, the mark, what it means, and how to convert it.
MARKS = (
    (0, b"\xff\x0a", "JPEG XL", FFMPEG),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL", FFMPEG),
    (0, b"II\xbc", "JPEG XR", "JxrDecApp -i INPUT -o OUTPUT.bmp"),
    (12, b"CgBI", "a PNG of an iPhone app", "pngcrush -revert-iphone-optimizations INPUT OUTPUT.png"),
    (0, b"8BPS", "a Photoshop file", MAGICK),
    (0, b"%PDF", "a PDF", "pdftoppm -png INPUT OUTPUT"),
    (0, b"%!PS", "PostScript", MAGICK),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript", MAGICK),
    (0, b"v/1\1", "OpenEXR", MAGICK),
    (0, b"DDS ", "a DDS texture", FFMPEG),
    (0, b"qoif", "QOI", FFMPEG),
    (0, b"\x01\xda", "SGI", FFMPEG),
    (0, b"\0\0\1\0", "an icon", FFMPEG),
    (0, b"icns", "icons of a Macintosh", MAGICK),
    (0, b"gimp xcf", "a GIMP file", MAGICK),
    (0, b"SIMPLE  =", "FITS", MAGICK),
    (0, b"AT&TFORM", "DjVu", "ddjvu -format=ppm INPUT OUTPUT.ppm"),
    (8, b"ILBM", "Amiga IFF", FFMPEG),
    (128, b"DICM", "DICOM", MAGICK),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile", MAGICK),
    (40, b" EMF", "a Windows metafile", MAGICK),
    (0, b"BPG\xfb", "BPG", "bpgdec -o OUTPUT.png INPUT"),
    (0, b"FLIF", "FLIF", "flif -d INPUT OUTPUT.png"),
    (0, b"FUJIFILMCCD-RAW", RAW, MAGICK),
    (8, b"CR\2\0", RAW, MAGICK),
    (4, b"ftypcrx ", RAW, MAGICK),
    (0, b"IIRO", RAW, MAGICK),
    (0, b"IIRS", RAW, MAGICK),
    (0, b"IIU\0", RAW, MAGICK),
    (0, b"FOVb", RAW, MAGICK),
)
SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:[<]\?xml[^>]*>\s*|[<]!--.*?-->\s*|[<]!DOCTYPE svg[^>]*>\s*)*[<]svg[\s>]",
    re.DOTALL,
)
PCX = re.compile(rb"\x0a[\0\2-\5][\0\1][\1\2\4\x08]")
#: A palette or none, the kind of picture, the table of colours, a place and size, the bits of a pixel.
TGA = re.compile(
    rb".(?:\x01[\1\x09]|\0[\2\3\x0a\x0b])....[\0\x10\x18\x20].{8}[\x08\x0f\x10\x18\x20][\0-\x3f]", re.DOTALL
)
PATTERNS = ((PCX, "PCX", FFMPEG), (SVG, "SVG", MAGICK), (TGA, "TGA", FFMPEG))


def picture(data: bytes) -> str | None:
    """What a picture is and how to convert it, or None for formats that are decoded here or not known.

    >>> picture(b"qoif" + bytes(10))
    'it is QOI, which is not decoded here; convert it: ffmpeg -i INPUT OUTPUT.png'
    """
    head = data[:4096]
    found = [(name, command) for at, mark, name, command in MARKS if head[at : at + len(mark)] == mark]
    found += [(name, command) for pattern, name, command in PATTERNS if pattern.match(head)]
    if not found:
        return None
    return f"it is {found[0][0]}, which is not decoded here; convert it: {found[0][1]}"
