"""The bytes of one file, read with a bound: regular files only, so that no pipe or device is ever waited for."""

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from os import PathLike
from typing import BinaryIO

from classicxm.errors import MediaDecodeError

__all__ = ["MAX_BYTES", "contents", "guess_text", "open_regular", "silent_stderr"]

#: Image, audio and text files with more bytes than this are refused before they are read (256 MiB).
MAX_BYTES = 1 << 28


def open_regular(path: str | PathLike[str]) -> BinaryIO:
    """A regular file opened for reading bytes.

    Raises
    ------
    MediaDecodeError
        If the file is missing, or a folder, pipe, socket or device.
    """
    try:
        # A pipe without a writer would block in open itself.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise MediaDecodeError(path, f"cannot be read ({getattr(error, 'strerror', error)})") from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "Is a directory" if stat.S_ISDIR(mode) else "a pipe, socket or device, not a regular file"
        raise MediaDecodeError(path, f"cannot be read ({kind}); give a regular file")
    return os.fdopen(descriptor, "rb")


def contents(
    source: str | PathLike[str] | bytes, max_bytes: int | None = None, *, allow_empty: bool = False
) -> tuple[str, bytes]:
    """Name for messages and bytes of a path, or of bytes that are already there.

    Parameters
    ----------
    source : path or bytes
    max_bytes : int or None, default=None
        Larger content is refused; None takes `MAX_BYTES`.
    allow_empty : bool, default=False
        Whether 0 bytes are legal.

    Examples
    --------
    >>> contents(b"abc")
    ('3 bytes', b'abc')
    """
    limit = MAX_BYTES if max_bytes is None else max_bytes
    if isinstance(source, bytes):
        name, size, data = f"{len(source)} bytes", len(source), source
    elif isinstance(source, (str, PathLike)):
        name, data = str(source), b""
        with open_regular(source) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= limit:
                try:
                    # Files of /proc announce no size, a growing file announces too little.
                    data = file.read(limit + 1)
                except OSError as error:
                    raise MediaDecodeError(name, f"cannot be read ({error.strerror})") from None
                size = len(data)
    else:
        raise TypeError(f"a file must be a path or bytes, got {type(source).__name__}")
    if size > limit:
        raise MediaDecodeError(name, f"has more bytes than the limit of {limit:,}; cut or shrink it")
    if not data and not allow_empty:
        raise MediaDecodeError(name, "is empty (0 bytes); replace the file")
    return name, data


def guess_text(data: bytes) -> str | None:
    """What content that is none of a medium's formats seems to be ("it holds text"), or None.

    >>> guess_text(b"a line of words"), guess_text(bytes(9))
    ('it holds text', 'it holds zero bytes only')
    """
    head = data[:512]
    if not head.strip(b"\0"):
        return "it holds zero bytes only" if not data.strip(b"\0") else "it starts with zero bytes"
    try:
        head[: len(head) - 3 if len(data) > 512 else None].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if b"\0" in head else "it holds text"


class _SilentStderr:
    """The process's stderr turned to nowhere while anybody is inside: codecs written in C print there."""

    def __init__(self) -> None:
        self.lock, self.inside = threading.Lock(), 0
        self.kept: int | None = None

    def enter(self) -> None:
        with self.lock:
            if not self.inside:
                try:
                    self.kept = os.dup(2)
                except OSError:  # there is no stderr
                    self.kept = None
                else:
                    nowhere = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(nowhere, 2)
                    os.close(nowhere)
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if not self.inside and self.kept is not None:
                os.dup2(self.kept, 2)
                os.close(self.kept)


_stderr = _SilentStderr()


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Nothing that C libraries print reaches stderr inside this context."""
    _stderr.enter()
    try:
        yield
    finally:
        _stderr.leave()
