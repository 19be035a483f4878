"""A folder of descriptions, found again by content, parameters and version.

Every entry carries its key, shape, type and a checksum. An entry that is not as it was written, and a folder that
cannot be read or written, mean that the description is computed anew, with one warning; never a wrong vector.
"""

import io
import os
import stat
import types
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
LONGEST_HEAD = 200  # bytes of the line above an entry

# How a description is computed, where and what happens on errors do not change its value.
# The first description may set n_features_out_, which follows from all else.
# scikit-learn's vectorizers keep the address of their stop words, another in every process.
NOT_OF_VALUES = {"n_jobs", "on_error", "cache", "error_report_", "n_features_out_", "_stop_words_id"}


#: Packages whose code changes with their version alone.
RELEASED = ("classicxm", "sklearn", "numpy", "scipy", "builtins", "abc")


def state_digest(estimator: Any, version: str) -> str:
    """A hexadecimal digest of an estimator's class, parameters, learned state and the package version.

    Classes and functions of the caller's own count by what they are compiled to, so that nothing is found again that an
    earlier form of them computed; what they call elsewhere does not count.
    """
    return joblib.hash((version, _state(estimator)))


def _state(value: Any) -> Any:
    if hasattr(value, "get_params") and not isinstance(value, type):
        state = {name: _state(part) for name, part in vars(value).items() if name not in NOT_OF_VALUES}
        name = f"{type(value).__module__}.{type(value).__qualname__}"
        own = _own_code(type(value))
        return (name, sorted(state.items()), *([own] if own else []))
    if isinstance(value, (list, tuple)):
        return [_state(part) for part in value]
    if isinstance(value, types.FunctionType) and not _is_released(value):
        return value.__module__, value.__qualname__, _code(value)
    return value


def _is_released(value: Any) -> bool:
    return value.__module__.partition(".")[0] in RELEASED


def _own_code(cls: type) -> list[Any]:
    """What the functions of a class and of those it derives from do, but for released packages."""
    return [
        (name, _code(getattr(part, "__func__", getattr(part, "fget", part))))
        for kind in cls.__mro__
        if not _is_released(kind)
        for name, part in sorted(vars(kind).items())
        if isinstance(getattr(part, "__func__", getattr(part, "fget", part)), types.FunctionType)
    ]


def _code(function: types.FunctionType) -> Any:
    """What a function does, wherever it stands: its instructions, constants, names and defaults."""

    def parts(code: types.CodeType) -> Any:
        constants = [parts(one) if isinstance(one, types.CodeType) else repr(one) for one in code.co_consts]
        return code.co_code, constants, code.co_names, code.co_varnames

    return parts(function.__code__), repr(function.__defaults__), repr(function.__kwdefaults__)


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
        try:
            return np.load(io.BytesIO(_data_of(path)), allow_pickle=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._note(f"{path} cannot be read ({error.strerror or error})")
        except ValueError as error:
            self._note(f"{path} {error}")
        return None

    def write(self, path: Path, array: np.ndarray) -> None:
        """Store an array so that readers see all of it or nothing; a folder that cannot be written is noted."""
        try:
            _write_entry(path, _packed(array, path.stem))
        except (OSError, ValueError) as error:
            self._note(f"{path} cannot be written ({getattr(error, 'strerror', None) or error})")

    def _note(self, what: str) -> None:
        self.trouble = self.trouble or what


def warn_of_trouble(what: str) -> None:
    """One warning for a cache that could not be used."""
    warnings.warn(f"{what}; the cache is passed over there and computed anew", CacheWarning, stacklevel=3)


def _packed(array: np.ndarray, key: str) -> bytes:
    """The bytes of an entry that holds an array."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return _entry(buffer.getvalue(), key)


def _entry(data: bytes, key: str) -> bytes:
    """One line with key, checksum and length, then the data."""
    return f"{MAGIC} {key} {_checksum(data)} {len(data)}\n".encode() + data


def _data_of(path: Path) -> bytes:
    """What an entry holds; ValueError says how it differs from what was written under this key."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO is not waited for
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("is not a regular file")
        words = file.readline(LONGEST_HEAD).decode("ascii", "replace").split()
        if len(words) != 4 or words[0] != MAGIC or not (words[3].isascii() and words[3].isdecimal()):
            raise ValueError("is not an entry of this cache")
        if words[1] != path.stem:
            raise ValueError("is the entry of another item")
        if os.fstat(handle).st_size - file.tell() != int(words[3]):  # which also bounds what is read
            raise ValueError("was altered since it was written")
        data = file.read()
    if words[2:] != [_checksum(data), str(len(data))]:
        raise ValueError("was altered since it was written")
    return data


def _checksum(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


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
        return read_estimator(io.BytesIO(_data_of(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        warn_of_trouble(f"{path} cannot be read ({error.strerror or error})")
    except ValueError as error:
        if "trusted=" not in str(error):  # else a user's own class, which no cache may import
            warn_of_trouble(f"{path} {error}")
    return None


def _write_fitted(fitted: Any, path: Path) -> None:
    packed = io.BytesIO()
    write_estimator(fitted, packed)
    _write_entry(path, _entry(packed.getvalue(), path.stem))
