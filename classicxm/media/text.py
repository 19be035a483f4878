"""Text: strings, lists of captions and UTF-8 files."""

import codecs
from os import PathLike
from typing import Any

from classicxm.errors import MediaDecodeError
from classicxm.media.contents import contents

__all__ = ["MAX_BYTES", "captions_of", "decode", "decoded", "read_text"]

#: Texts with more bytes than this are refused before they are read (16 MiB, three times the Bible).
MAX_BYTES = 1 << 24

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is this one's beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: str | PathLike[str]) -> str:
    """The contents of a UTF-8 file; a byte order mark is dropped.

    UTF-16 and UTF-32 are recognised by their mark, or without one by where their zero bytes stand.

    Raises
    ------
    MediaDecodeError
        If the file is missing, too large, no regular file, or not UTF-8, UTF-16 or UTF-32.
    """
    return decoded(contents(path, MAX_BYTES, allow_empty=True)[1], path)


def decoded(data: bytes, path: str | PathLike[str]) -> str:
    """What the bytes of a text file say, as `read_text` reads them; the path is for messages.

    >>> decoded(b"\\xef\\xbb\\xbfred", "a.txt")
    'red'
    """
    encoding: str | None = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in data:
        encoding = _encoding_by_zeros(data)
    if encoding is None:
        at = data.index(0)
        raise MediaDecodeError(path, f"is not UTF-8 text (byte {at} is 0x00); convert it to UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = data[min(error.start, len(data) - 1)]
        raise MediaDecodeError(
            path,
            f"is not {encoding.upper().removesuffix('-SIG')} text (byte {error.start} is 0x{byte:02x}); "
            "convert it to UTF-8",
        ) from None


def _encoding_by_zeros(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, recognised by where its zero bytes stand; None for no text."""
    for encoding, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        try:
            text = data.decode(encoding) if len(data) % width == 0 else ""
        except UnicodeDecodeError:
            continue
        # Read at the wrong order, Latin letters become the unassigned or Asian U+6100; blanks become U+2000.
        ascii_share = sum(character < "\x80" for character in text[:4096]) / max(1, len(text[:4096]))
        if text and ascii_share > 0.1 and "\0" not in text and "\uffff" not in text:
            return encoding
    return None


def decode(item: Any) -> str:
    """One text: a string is itself, a `pathlib.Path` is read, several captions are joined by newlines.

    >>> decode(["a red circle", "left of a square"])
    'a red circle\\nleft of a square'
    """
    if isinstance(item, str):
        return item
    if isinstance(item, PathLike):
        return read_text(item)
    if isinstance(item, (list, tuple)) and all(isinstance(part, (str, PathLike)) for part in item):
        return "\n".join(decode(part) for part in item)
    raise TypeError(
        f"a text must be a string, a list of strings or a pathlib.Path, got {type(item).__name__}"
    )


def captions_of(text: Any) -> list[str]:
    """The captions of one item: a string is one, a list holds several, and every line of a file is one.

    Captions without a letter are left out.

    Parameters
    ----------
    text : str, path, list of them, or None

    Raises
    ------
    MediaDecodeError
        For a file that is missing or no text.

    Examples
    --------
    >>> captions_of(["a red circle", " ", "a disc"]), captions_of("one caption,\\nof two lines"), captions_of(None)
    (['a red circle', 'a disc'], ['one caption,\\nof two lines'], [])
    """
    if text is None:
        return []
    if isinstance(text, str):
        return [text] if text.strip() else []
    if isinstance(text, PathLike):
        return [line.strip() for line in read_text(text).splitlines() if line.strip()]
    return [caption for part in text for caption in captions_of(part)]
