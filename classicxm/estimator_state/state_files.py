"""One estimator as one file: its JSON and its arrays, stored uncompressed in a zip archive."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import zipfile
from collections.abc import Sequence
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from sklearn.base import BaseEstimator

from classicxm.errors import DamagedFileError, MediaDecodeError, UnsavableError
from classicxm.estimator_state.value_reader import ValueReader
from classicxm.estimator_state.value_writer import ValueWriter
from classicxm.media.contents import open_regular

__all__ = ["read_state", "write_state"]

TREE = "state.json"


def write_state(estimator: BaseEstimator, path: str | PathLike[str] | BinaryIO) -> None:
    """Write one estimator; UnsavableError, before anything is written, for what could not be read back."""
    writer = ValueWriter()
    try:
        tree = json.dumps(writer.encoded(estimator), ensure_ascii=True, allow_nan=False)
    except RecursionError:
        raise UnsavableError(
            f"{type(estimator).__name__} cannot be saved: it holds lists or records within each other without end"
        ) from None
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(TREE), tree)  # not dated: equal estimators are equal files
        for name, data in writer.files.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    np.lib.format.write_array(file, data, allow_pickle=False)


def read_state(path: str | PathLike[str] | BinaryIO, trusted: Sequence[str] = ()) -> Any:
    """Read what `write_state` wrote.

    Raises
    ------
    DamagedFileError
        For a file that is not one, and for one that names what is neither known nor trusted.
    """
    try:
        with _opened(path) as file, zipfile.ZipFile(file) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise DamagedFileError(path, "has compressed parts, which no saved estimator has")
            return ValueReader(path, archive, trusted).decoded(json.loads(archive.read(TREE)))
    except (DamagedFileError, FileNotFoundError):
        raise
    except RecursionError:
        raise DamagedFileError(path, "is nested deeper than any estimator") from None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        zipfile.BadZipFile,
    ) as e:
        reason = " ".join(str(e).split()) or type(e).__name__
        raise DamagedFileError(path, f"is not a readable estimator ({reason:.200})") from e


def _opened(path: str | PathLike[str] | BinaryIO) -> Any:
    """A regular file opened, or the open file that was given, as a context."""
    if not isinstance(path, (str, PathLike)):
        return contextlib.nullcontext(path)
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "there is no saved estimator", str(path))
    try:
        return open_regular(path)
    except MediaDecodeError as error:
        raise DamagedFileError(path, error.reason) from None
