"""Matrices that are given out as text: numbers with white space between them, one row per line."""

from __future__ import annotations

import codecs
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.contents import open_regular

__all__ = ["read_matrix"]


def read_matrix(path: Path, n_rows: int | None = None, dtype: Any = np.float32) -> np.ndarray:
    """The numbers of a text file.

    Parameters
    ----------
    path : Path
    n_rows : int, optional
        Rows that there must be; None takes the number of lines.
    dtype : data-type, default=float32

    Returns
    -------
    array (n_rows, n_columns)

    Raises
    ------
    CollectionError
        For a file that cannot be read, holds anything but numbers, or has rows of several lengths.
    """
    try:
        with open_regular(path) as file:
            begin = 3 if file.read(3) == codecs.BOM_UTF8 else 0
    except MediaDecodeError as error:
        raise CollectionError(f"{path} {error.reason}; fetch it again") from None
    kind = np.dtype(dtype)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # what NumPy says of text that is no number
            # read as what it becomes: a thousand tags of every photo would be gigabytes as float64
            with path.open("rb") as stream:
                stream.seek(begin)
                numbers = np.fromfile(stream, dtype=kind, sep=" ")
        with path.open("rb") as stream:
            stream.seek(begin)
            lines = [_n_held(line.split(), kind) for line in stream if line.strip()]
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror or error}; fetch it again") from None
    except OverflowError as error:
        raise CollectionError(f"{path} holds {error}; fetch it again") from None
    except (DeprecationWarning, ValueError):
        raise CollectionError(f"{path} holds something that is no number; fetch it again") from None
    if not lines or len(set(lines)) > 1:
        raise CollectionError(f"{path} holds rows of {sorted(set(lines)) or 'no'} numbers; fetch it again")
    if n_rows not in (None, len(lines)):
        raise CollectionError(f"{path} has {len(lines)} rows, expected {n_rows}; fetch it again")
    if not np.isfinite(numbers).all():
        raise CollectionError(f"{path} holds NaN or infinity; fetch it again")
    return numbers.reshape(len(lines), lines[0])


def _n_held(words: list[bytes], kind: np.dtype) -> int:
    """How many numbers a line has; OverflowError for a whole one that the type does not hold, and would wrap round."""
    if kind.kind in "iu" and (
        max(map(len, words)) > 2 or (kind.kind == "u" and any(word[:1] == b"-" for word in words))
    ):
        limits = np.iinfo(kind)
        beyond = [word for word in words if not limits.min <= int(word) <= limits.max]
        if beyond:
            raise OverflowError(f"{beyond[0][:40].decode('latin-1')}, expected {limits.min} to {limits.max}")
    return len(words)
