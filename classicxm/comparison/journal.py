"""What a long comparison has finished so far, one file a step, so that a killed run goes on where it was."""

import io
import json
from pathlib import Path

import numpy as np

from classicxm.atomic import write_file
from classicxm.datasets.embedding_files import read_arrays

__all__ = ["Journal"]


class Journal:
    """Results of steps, found again by a key of everything that they depend on.

    A step's result is a dict of JSON values and a dict of arrays, in one ``.npz`` that is written beside its place
    and renamed: a reader sees all of it or nothing. A damaged file counts as none.

    Parameters
    ----------
    folder : path or None
        Made when missing; None keeps nothing.

    Examples
    --------
    >>> Journal(None).recall("key", lambda: ({"ridge": 0.1}, {"scores": np.ones(2)}))
    ({'ridge': 0.1}, {'scores': array([1., 1.])})
    """

    def __init__(self, folder=None):
        self.folder = None if folder is None else Path(folder)

    def recall(self, key, step):
        """The result kept under a key, or that of ``step()``, which is then kept."""
        if self.folder is None:
            return step()
        kept = self.read(key)
        if kept is None:
            kept = step()
            self._write(key, *kept)
        return kept

    def read(self, key):
        """The facts and arrays kept under a key, or None."""
        try:
            arrays, _ = read_arrays(self.folder / f"{key}.npz")
            return json.loads(str(arrays.pop("facts"))), arrays
        except (OSError, ValueError, KeyError, RecursionError):
            return None

    def _write(self, key, facts, arrays):
        packed = io.BytesIO()
        np.savez_compressed(packed, facts=np.array(json.dumps(facts)), **arrays)
        write_file(self.folder / f"{key}.npz", packed.getvalue())
