"""Opening media: the only code that reads image, audio, video and text files.

`decode` turns a path, encoded bytes or already decoded content into what extractors take; `fingerprint` names
that content so that a cached description is found again whatever the file is called.
"""

import hashlib
import importlib
from os import PathLike
from typing import Any

import numpy as np

PATH_TYPES = (str, PathLike)
MODALITIES = ("text", "image", "audio", "video")

__all__ = ["MODALITIES", "PATH_TYPES", "decode", "describe_source", "fingerprint"]


def decode(modality: str, item: Any) -> Any:
    """One item as its medium's arrays or strings.

    Parameters
    ----------
    modality : {"text", "image", "audio", "video"}
    item : path, bytes, array, str or list of str
        A `str` is a path for every medium but text, where it is the text itself and a `pathlib.Path` is a file.

    Returns
    -------
    text: str; image: uint8 array (height, width, 3) in RGB; others as their module says.

    Raises
    ------
    MediaDecodeError
        If the content is not what the modality promises.
    """
    if modality not in MODALITIES:
        raise ValueError(f"modality must be one of {', '.join(MODALITIES)}, got {modality!r}")
    return importlib.import_module(f"classicxm.media.{modality}").decode(item)


def describe_source(item: Any) -> str:
    """A short name of an item for messages: its path, the beginning of its text, or its shape."""
    if isinstance(item, np.ndarray):
        return f"array of shape {item.shape}"
    if isinstance(item, bytes):
        return f"{len(item)} bytes"
    text = " | ".join(map(str, item)) if isinstance(item, (list, tuple)) else str(item)
    text = " ".join(text.split())
    return text if len(text) <= 120 or isinstance(item, PathLike) else text[:117] + "..."


def fingerprint(modality: str, item: Any) -> str:
    """A hexadecimal digest of an item's content: of the file's bytes for paths, of the values otherwise."""
    digest = hashlib.blake2b(digest_size=20)
    if isinstance(item, PathLike) or (isinstance(item, str) and modality != "text"):
        _update_by_file(digest, item)
    else:
        _update(digest, item)
    return digest.hexdigest()


def _update_by_file(digest: Any, path: str | PathLike[str]) -> None:
    from classicxm.media.contents import open_regular

    with open_regular(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)


def _update(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"array {value.shape} {value.dtype.str}".encode())
        digest.update(np.ascontiguousarray(value).data)
    elif isinstance(value, bytes):
        digest.update(value)
    elif isinstance(value, (list, tuple)):
        digest.update(f"list {len(value)}".encode())
        for part in value:
            # of its own, so that what one part ends with is not what the next begins with
            inner = hashlib.blake2b(digest_size=20)
            _update(inner, part)
            digest.update(inner.digest())
    elif isinstance(value, PathLike):
        _update_by_file(digest, value)
    elif hasattr(value, "content"):
        _update(digest, value.content())
    else:
        digest.update(f"{type(value).__name__} {value!r}".encode("utf-8", "surrogatepass"))
