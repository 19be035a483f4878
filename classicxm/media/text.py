"""Text: strings, lists of captions and UTF-8 files."""

from os import PathLike
from pathlib import Path

from classicxm.errors import MediaDecodeError

__all__ = ["decode", "read_text"]


def read_text(path):
    """The contents of a UTF-8 file (a byte-order mark is dropped).

    Raises
    ------
    MediaDecodeError
        If the file is missing or not UTF-8.
    """
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MediaDecodeError(path, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise MediaDecodeError(
            path,
            f"is not UTF-8 text (byte {error.start} is 0x{error.object[error.start]:02x}); convert it to UTF-8",
        ) from None


def decode(item):
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
