"""A folder of descriptions, found again by content, parameters and version."""

import contextlib
import io
import os
import stat
import warnings
from hashlib import blake2b
from pathlib import Path

import joblib
import numpy as np

from classicxm import media
from classicxm.atomic import write_file
from classicxm.errors import CacheWarning, DamagedFileError, UnsavableError
from classicxm.persistence import read_estimator, write_estimator

__all__ = ["FeatureCache", "cached_fit", "state_digest"]

DIGEST = 16
MOST_BYTES = 1 << 30
_WARNED = set()
# How a description is computed, where and what happens on errors do not change its value.
EXECUTION_PARAMETERS = {"n_jobs", "on_error", "cache"}


def state_digest(estimator, version):
    """A hexadecimal digest of an estimator's class, parameters, learned state and the package version."""
    return joblib.hash((version, _state(estimator)))


def _state(value):
    if hasattr(value, "get_params"):
        state = {
            name: _state(part)
            for name, part in vars(value).items()
            if name not in EXECUTION_PARAMETERS and name != "error_report_"
        }
        return f"{type(value).__module__}.{type(value).__qualname__}", sorted(state.items())
    if isinstance(value, (list, tuple)):
        return [_state(part) for part in value]
    return value


class FeatureCache:
    """Vectors in a folder, one file per key; safe for several processes at once.

    A file holds the digest of everything after it, the shape and the values. Whatever is wrong with a file (altered,
    another's, cut short, not a regular file) makes it count as absent, and whatever keeps one from being written (a
    full or read-only disk) leaves it out; both with one warning per folder.

    Parameters
    ----------
    folder : path
        Made when missing.
    digest : str
        `state_digest` of what computes the arrays.
    """

    def __init__(self, folder, digest):
        self.folder = Path(folder)
        self.digest = digest

    def path(self, fingerprint):
        """Where the array of an item with this fingerprint lies."""
        key = blake2b(f"{self.digest} {fingerprint}".encode(), digest_size=20).hexdigest()
        return self.folder / key[:2] / f"{key}.vector"

    def read(self, path):
        """The stored array, or None where there is none or it is damaged."""
        data = _regular_bytes(path, self.folder)
        if data is None:
            return None
        found = _unpacked(data, path.stem)
        if found is None:
            _warn_once(self.folder, f"{path.name} is damaged and is computed anew")
        return found

    def write(self, path, array):
        """Store an array so that readers see all of it or nothing."""
        _store(self.folder, path, _packed(np.asarray(array, np.float32), path.stem))


def _packed(array, key):
    """A float32 array as bytes: digest, number of axes, lengths, values; the digest covers the key too."""
    shape = np.array([array.ndim, *array.shape], "<i8").tobytes()
    body = shape + np.ascontiguousarray(array, "<f4").tobytes()
    return _digest(key, body) + body


def _unpacked(data, key):
    """The array of `_packed`, or None for bytes that are not those of this key."""
    digest, body = data[:DIGEST], data[DIGEST:]
    if len(body) < 8 or digest != _digest(key, body):
        return None
    n_axes = int(np.frombuffer(body, "<i8", 1)[0])
    shape = np.frombuffer(body, "<i8", n_axes, 8)
    return np.frombuffer(body, "<f4", -1, 8 * (n_axes + 1)).reshape(shape).astype(np.float32)


def _digest(key, body):
    return blake2b(key.encode() + b"\0" + body, digest_size=DIGEST).digest()


def _regular_bytes(path, folder):
    """What a regular file holds; None where there is none, with a warning where there is something else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        _warn_once(folder, f"{path.name} cannot be read ({error.strerror}) and is computed anew")
        return None
    with os.fdopen(handle, "rb") as file:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode) or seen.st_size > MOST_BYTES:
            _warn_once(folder, f"{path.name} is not a file of this cache and is computed anew")
            return None
        return file.read(MOST_BYTES)


def _store(folder, path, data):
    try:
        write_file(path, data)
    except OSError as error:
        _warn_once(folder, f"nothing can be kept there ({error.strerror}); everything is computed")


def _warn_once(folder, what):
    """One warning per folder and process: what is wrong with one entry is mostly wrong with many."""
    if folder not in _WARNED:
        _WARNED.add(folder)
        warnings.warn(f"cache {folder}: {what}", CacheWarning, stacklevel=2)


def cached_fit(folder, digest, modality, items, fit):
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
        except OSError:
            key.update(b"unreadable")
    path = Path(folder) / "fitted" / f"{key.hexdigest()}.zip"
    data = _regular_bytes(path, Path(folder))
    if data is not None and data[:DIGEST] == _digest(path.stem, data[DIGEST:]):
        with contextlib.suppress(DamagedFileError):
            return read_estimator(io.BytesIO(data[DIGEST:]))
    if data is not None:
        _warn_once(Path(folder), f"{path.name} is damaged and is computed anew")
    fitted = fit()
    packed = io.BytesIO()
    try:
        write_estimator(fitted, packed)
    except UnsavableError:
        return fitted  # an extractor of somebody's script: fitted anew each time
    _store(Path(folder), path, _digest(path.stem, packed.getvalue()) + packed.getvalue())
    return fitted
