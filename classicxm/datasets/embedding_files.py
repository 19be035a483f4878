"""The arrays of a file of embeddings, and the ids that lie beside it; pickled content is refused."""

import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.datasets.column_names import IDS_NAMES
from classicxm.datasets.embedding_tables import read_csv_arrays, read_parquet_arrays
from classicxm.datasets.matlab_files import read_mat
from classicxm.errors import CollectionError, MissingExtraError

__all__ = ["is_ids_name", "read_arrays"]

LEAST_MEMORY = 400 << 20  # bytes that any file may take
MOST_EXPANSION = 20  # times its size that a larger file may take


def is_ids_name(name: str) -> bool:
    """Whether an array of this name holds ids: alone, or after the name of a matrix and an underscore.

    >>> [is_ids_name(name) for name in ("ids", "image_filenames", "fc7")]
    [True, True, False]
    """
    return name.rpartition("_")[2] in IDS_NAMES


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], list[str] | None]:
    """Every array of a file by name, and the ids of the text file beside it.

    Parameters
    ----------
    path : Path
        A .npy file has one array, here called "array", as have the columns of numbers of a table.

    Returns
    -------
    arrays : dict of str to array
        Large .npy files are mapped into memory, not read.
    ids : list of str or None
        The lines of ``NAME.ids.txt``, where it exists.
    """
    readers = {
        ".npy": _read_npy, ".npz": _read_npz, ".mat": read_mat, ".csv": read_csv_arrays, ".parquet": _read_parquet
    }  # fmt: skip
    if path.suffix.lower() not in readers:
        raise CollectionError(
            f"{path} must be a .npy, .npz, .mat, .csv or .parquet file; convert the embeddings to one of them"
        )
    if not path.is_file():
        wrong = "is no regular file" if path.exists() else "does not exist"
        raise CollectionError(f"{path} {'is a folder' if path.is_dir() else wrong}; name a file")
    try:
        arrays = readers[path.suffix.lower()](path)
    except (CollectionError, MissingExtraError):
        raise
    except Exception as error:  # NumPy and zipfile raise many kinds for damaged files
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            reason = "holds Python objects, which are not read; save numbers, and ids as text of dtype str"
        else:
            reason = f"is not a readable {path.suffix.lower()} file ({_line(error)}); save it again"
        raise CollectionError(f"{path} {reason}") from None
    beside = path.with_name(path.stem + ".ids.txt")
    ids = _read_lines(beside) if beside.is_file() else None
    inside = [name for name in arrays if name.rpartition("_")[2] == "ids"]
    if ids is not None and inside:
        raise CollectionError(
            f"{path} has {inside[0]!r} inside and {beside.name} beside it; keep one of them"
        )
    return arrays, ids


def _read_npy(path: Path) -> dict[str, np.ndarray]:
    status = os.stat(path)
    taken = getattr(status, "st_blocks", status.st_size) * 512
    _check_expansion(path, status.st_size, taken)
    return {"array": np.load(path, mmap_mode="r", allow_pickle=False)}


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as stored:
        if not isinstance(stored, np.lib.npyio.NpzFile):
            raise ValueError("no archive of arrays")
        archive: Any = stored.zip  # None only once the file is closed
        unpacked = 0
        for member in archive.infolist():
            unpacked += max(member.file_size, _announced(archive, member))
        _check_expansion(path, unpacked, path.stat().st_size)
        return {name: stored[name] for name in stored.files}


def _read_parquet(path: Path) -> dict[str, np.ndarray]:
    size = path.stat().st_size
    return read_parquet_arrays(path, lambda n_bytes: _check_expansion(path, n_bytes, size))


def _announced(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Bytes that the array of a member says it has."""
    with archive.open(member) as file:
        if file.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
            return 0
        version = tuple(file.read(2))
        layout = np.lib.format
        read_header: Any = layout.read_array_header_1_0 if version == (1, 0) else layout.read_array_header_2_0
        shape, _, dtype = read_header(file)
    return math.prod(shape) * dtype.itemsize


def _check_expansion(path: Path, n_bytes: int, size: int) -> None:
    """CollectionError where little on disk becomes very much in memory."""
    if n_bytes > max(LEAST_MEMORY, MOST_EXPANSION * size):
        raise CollectionError(
            f"{path} takes {n_bytes >> 20} MB of memory and {size >> 10} kB on disk, over {MOST_EXPANSION} times as "
            "much; save it uncompressed, by numpy.save, if it is meant to be so"
        )


def _read_lines(path: Path) -> list[str]:
    _check_expansion(path, path.stat().st_size, 0)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CollectionError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[-1] == "":
        lines.pop()
    empty = next((number for number, line in enumerate(lines, start=1) if not line.strip()), None)
    if empty is not None:
        raise CollectionError(
            f"{path}: line {empty} is empty; expected one id per line, in the order of the rows"
        )
    return lines


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
