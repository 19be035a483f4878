"""A folder of descriptions, found again by content, parameters and version.

Every entry carries its key, shape, type and a checksum. An entry that is not as it was written, and a folder that
cannot be read or written, mean that the description is computed anew, with one warning; never a wrong vector.
"""

import io
import os
import stat
import warnings
from collections.abc import Callable, Iterable
from hashlib import blake2b
from os import PathLike
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from classicxm import media
from classicxm.atomic import write_file
from classicxm.errors import CacheWarning
from classicxm.persistence import read_estimator, write_estimator

__all__ = ["FeatureCache", "cached_fit", "state_digest", "warn_of_trouble"]

#: First word of every entry; another version of the form has another.
MAGIC = "classicxm-cache-2"

# How a description is computed, where and what happens on errors do not change its value.
# The first description may set n_features_out_, which follows from all else.
# scikit-learn's vectorizers keep the address of their stop words, another in every process.
NOT_OF_VALUES = {"n_jobs", "on_error", "cache", "error_report_", "n_features_out_", "_stop_words_id"}


def state_digest(estimator: Any, version: str) -> str:
    """A hexadecimal digest of an estimator's class, parameters, learned state and the package version."""
    return joblib.hash((version, _state(estimator)))


def _state(value: Any) -> Any:
    if hasattr(value, "get_params"):
        state = {name: _state(part) for name, part in vars(value).items() if name not in NOT_OF_VALUES}
        return f"{type(value).__module__}.{type(value).__qualname__}", sorted(state.items())
    if isinstance(value, (list, tuple)):
        return [_state(part) for part in value]
    return value


class FeatureCache:
    """Arrays in a folder, one file per key; safe for several processes at once.

    Parameters
    ----------
    folder : path
        Made when missing.
    digest : str
        `state_digest` of what computes the arrays.
    """

    def __init__(self, folder: str | PathLike[str], digest: str) -> None:
        self.folder = Path(folder)
        self.digest = digest
        self.trouble: str | None = None  # the first thing that was wrong, for whoever warns of it

    def path(self, fingerprint: str) -> Path:
        """Where the array of an item with this fingerprint lies."""
        key = blake2b(f"{self.digest} {fingerprint}".encode(), digest_size=20).hexdigest()
        return self.folder / key[:2] / f"{key}.entry"

    def read(self, path: Path) -> np.ndarray | None:
        """The stored array, or None where there is none or it is damaged, which is noted."""
        data = self._bytes(path)
        if data is None:
            return None
        try:
            return _unpacked(data, path.stem)
        except ValueError as error:
            self._note(f"{path} {error}")
            return None

    def write(self, path: Path, array: np.ndarray) -> None:
        """Store an array so that readers see all of it or nothing; a folder that cannot be written is noted."""
        try:
            _write_entry(path, _packed(array, path.stem))
        except (OSError, ValueError) as error:
            self._note(f"{path} cannot be written ({getattr(error, 'strerror', None) or error})")

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return _regular_bytes(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._note(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})")
            return None

    def _note(self, what: str) -> None:
        self.trouble = self.trouble or what


def warn_of_trouble(what: str) -> None:
    """One warning for a cache that could not be used."""
    warnings.warn(f"{what}; the cache is passed over there and computed anew", CacheWarning, stacklevel=3)


def _packed(array: np.ndarray, key: str) -> bytes:
    """The bytes of an entry: one line with key, checksum and length, then a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    data = buffer.getvalue()
    return f"{MAGIC} {key} {_checksum(data)} {len(data)}\n".encode() + data


def _unpacked(data: bytes, key: str) -> np.ndarray:
    """The array of an entry; ValueError says how it differs from what was written under this key."""
    head, _, rest = data.partition(b"\n")
    words = head.decode("ascii", "replace").split()
    if len(words) != 4 or words[0] != MAGIC:
        raise ValueError("is not an entry of this cache")
    if words[1] != key:
        raise ValueError("is the entry of another item")
    if words[2:] != [_checksum(rest), str(len(rest))]:
        raise ValueError("was altered since it was written")
    return np.load(io.BytesIO(rest), allow_pickle=False)


def _checksum(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _regular_bytes(path: Path) -> bytes:
    """The bytes of a regular file; a FIFO or device is refused and not waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("it is not a regular file")
        return file.read()


def _write_entry(path: Path, data: bytes) -> None:
    """Put an entry in its place; a link or a pipe that somebody put there is no entry, and what it leads to stays."""
    if path.is_symlink() or path.is_fifo():
        path.unlink()
    write_file(path, data)


def cached_fit(
    folder: str | PathLike[str] | None,
    digest: str,
    modality: str,
    items: Iterable[Any],
    fit: Callable[[], Any],
) -> Any:
    """The estimator that ``fit()`` returned for these items before, or its result now, kept for the next time.

    Parameters
    ----------
    folder : path or None
        None keeps nothing.
    digest : str
        `state_digest` of what is fitted.
    modality : str
    items : sequence
        What it is fitted on; unreadable ones count by their absence.
    fit : callable
    """
    if folder is None:
        return fit()
    key = blake2b(digest.encode(), digest_size=20)
    for item in items:
        try:
            key.update(media.fingerprint(modality, item).encode())
        except (OSError, ValueError):
            key.update(b"unreadable")
    path = Path(folder) / "fitted" / f"{key.hexdigest()}.state"
    found = _read_fitted(path)
    if found is not None:
        return found
    fitted = fit()
    try:
        _write_fitted(fitted, path)
    except (OSError, ValueError) as error:  # full or read-only, or a part that no file can hold
        warn_of_trouble(f"{path} cannot be written ({getattr(error, 'strerror', None) or error})")
    return fitted


def _read_fitted(path: Path) -> Any:
    """The estimator of an entry, or None, with a warning where the entry is damaged."""
    try:
        head, _, data = _regular_bytes(path).partition(b"\n")
        if head != f"{MAGIC} {path.stem} {_checksum(data)}".encode():
            raise ValueError("it was altered since it was written")
        return read_estimator(io.BytesIO(data))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        if "trusted=" in str(error):  # a user's own class, which no cache may import
            return None
        warn_of_trouble(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})")
        return None


def _write_fitted(fitted: Any, path: Path) -> None:
    packed = io.BytesIO()
    write_estimator(fitted, packed)
    data = packed.getvalue()
    _write_entry(path, f"{MAGIC} {path.stem} {_checksum(data)}\n".encode() + data)
