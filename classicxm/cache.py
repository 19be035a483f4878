"""A folder of descriptions, found again by content, parameters and version."""

import os
import tempfile
from hashlib import blake2b
from pathlib import Path

import joblib
import numpy as np

from classicxm import media
from classicxm.errors import DamagedFileError
from classicxm.persistence import read_estimator, write_estimator

__all__ = ["FeatureCache", "cached_fit", "state_digest"]

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
    """Arrays in a folder, one file a key; safe for several processes at once.

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
        return self.folder / key[:2] / f"{key}.npy"

    @staticmethod
    def read(path):
        """The stored array, or None where there is none or it is damaged."""
        try:
            return np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None

    @staticmethod
    def write(path, array):
        """Store an array so that readers see all of it or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".writing")
        with os.fdopen(handle, "wb") as file:
            np.save(file, array, allow_pickle=False)
        os.replace(temporary, path)


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
    path = Path(folder) / "fitted" / f"{key.hexdigest()}.skops"
    if path.exists():
        try:
            return read_estimator(path)
        except DamagedFileError:
            path.unlink(missing_ok=True)
    fitted = fit()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".writing")
    os.close(handle)
    write_estimator(fitted, temporary)
    os.replace(temporary, path)
    return fitted
