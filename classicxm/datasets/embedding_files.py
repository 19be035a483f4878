"""The arrays of a .npy, .npz or .mat file, and the ids that lie beside it; pickled content is refused."""

import numpy as np
from scipy import sparse
from scipy.io import loadmat

from classicxm.errors import CollectionError

__all__ = ["read_arrays"]


def read_arrays(path):
    """Every array of a file by name, and the ids of the text file beside it.

    Parameters
    ----------
    path : Path
        A .npy file has one array, here called "array".

    Returns
    -------
    arrays : dict of str to array
        Large .npy files are mapped into memory, not read.
    ids : list of str or None
        The lines of ``NAME.ids.txt``, where it exists.
    """
    readers = {".npy": _read_npy, ".npz": _read_npz, ".mat": _read_mat}
    if path.suffix.lower() not in readers:
        raise CollectionError(
            f"{path} must be a .npy, .npz or .mat file; convert the embeddings to one of them"
        )
    if not path.is_file():
        raise CollectionError(f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; name a file")
    try:
        arrays = readers[path.suffix.lower()](path)
    except NotImplementedError:
        raise CollectionError(f"{path} is a MATLAB 7.3 file; save it again with '-v7'") from None
    except Exception as error:  # NumPy, zipfile and SciPy raise many kinds for damaged files
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            reason = "holds Python objects, which are not read; save numbers, and ids as text of dtype str"
        else:
            reason = f"is not a readable {path.suffix.lower()} file ({_line(error)}); save it again"
        raise CollectionError(f"{path} {reason}") from None
    beside = path.with_name(path.stem + ".ids.txt")
    ids = _read_lines(beside) if beside.is_file() else None
    inside = [name for name in arrays if name == "ids" or name.endswith("_ids")]
    if ids is not None and inside:
        raise CollectionError(
            f"{path} has {inside[0]!r} inside and {beside.name} beside it; keep one of them"
        )
    return arrays, ids


def _read_npy(path):
    return {"array": np.load(path, mmap_mode="r", allow_pickle=False)}


def _read_npz(path):
    with np.load(path, allow_pickle=False) as stored:
        if not isinstance(stored, np.lib.npyio.NpzFile):
            raise ValueError("no archive of arrays")
        return {name: stored[name] for name in stored.files}


def _read_mat(path):
    stored = {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    return {
        name: value.toarray() if sparse.issparse(value) else _without_padding(np.asarray(value))
        for name, value in stored.items()
    }


def _without_padding(array):
    """Rows of a MATLAB character matrix are filled up with blanks."""
    return np.char.rstrip(array) if array.dtype.kind == "U" else array


def _read_lines(path):
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
            f"{path}: line {empty} is empty; expected one id a line, in the order of the rows"
        )
    return lines


def _line(error):
    return " ".join(str(error).split())[:120] or type(error).__name__
