"""Ways of spoiling a whole file, and paths that are no file to read."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["SPECIAL", "SPOILED", "Case", "sparse_file", "written"]

GIB = 1 << 30


@dataclass(frozen=True)
class Case:
    """A bad file: its name, what reads it, how it is made, and whether it must be refused or warned of."""

    name: str
    reader: str
    write: Callable[[Path], object]
    must_fail: bool = False


def written(content):
    return lambda path: path.write_bytes(content)


def _flipped(share, seed):
    def spoil(content):
        rng = np.random.default_rng(seed)
        data = np.frombuffer(content, np.uint8).copy()
        at = rng.integers(0, len(data), max(1, int(share * len(data))))
        data[at] ^= rng.integers(1, 256, len(at)).astype(np.uint8)
        return data.tobytes()

    return spoil


def _absurd(at, width):
    return lambda content: content[:at] + b"\xff" * width + content[at + width :]


SPOILED = {
    "empty": lambda content: b"",
    "one byte": lambda content: content[:1],
    "first 12 bytes": lambda content: content[:12],
    "first 64 bytes": lambda content: content[:64],
    "quarter": lambda content: content[: len(content) // 4],
    "half": lambda content: content[: len(content) // 2],
    "three quarters": lambda content: content[: len(content) * 3 // 4],
    "without its last byte": lambda content: content[:-1],
    "without its first byte": lambda content: content[1:],
    "zeros": lambda content: bytes(len(content)),
    "zeros behind half": lambda content: content[: len(content) // 2].ljust(len(content), b"\0"),
    "random": lambda content: np.random.default_rng(1).bytes(len(content)),
    "all ones": lambda content: b"\xff" * len(content),
    "one byte flipped": _flipped(0, 2),
    "a hundredth flipped": _flipped(0.01, 3),
    "a tenth flipped": _flipped(0.1, 4),
    "absurd at 4": _absurd(4, 4),
    "absurd at 16": _absurd(16, 8),
    "absurd at 24": _absurd(24, 8),
    "absurd at 40": _absurd(40, 8),
    "line ends of dos": lambda content: content.replace(b"\n", b"\r\n"),
    "seven bits": lambda content: bytes(byte & 127 for byte in content),
    "as utf-16": lambda content: content.decode("latin-1").encode("utf-16"),
    "twice": lambda content: content + content,
    "a web page": lambda content: b"<!DOCTYPE html><html><body>404 Not Found</body></html>\n",
    "large trailer": lambda content: content + bytes(5_000_000),
}


def sparse_file(n_bytes, start=b""):
    def make(path):
        with open(path, "wb") as file:
            file.write(start)
            file.truncate(n_bytes)

    return make


def _socket(path):
    made = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(path.parent)  # names of sockets are short
    try:
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()


SPECIAL = {
    "pipe": os.mkfifo,
    "folder": os.mkdir,
    "socket": _socket,
    "missing": lambda path: None,
    "device zero": lambda path: path.symlink_to("/dev/zero"),
    "device random": lambda path: path.symlink_to("/dev/urandom"),
    "device null": lambda path: path.symlink_to("/dev/null"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "sparse": sparse_file(8 * GIB),
}
