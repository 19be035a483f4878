"""What a long comparison has finished so far, one file a step, so that a killed run goes on where it was."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

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

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder)

    def recall(
        self, key: Any, step: Callable[[], tuple[dict[str, Any], dict[str, np.ndarray]]]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The result stored under a key, or else that of ``step()``, which is then stored."""
        if self.folder is None:
            return step()
        kept = self.read(key)
        if kept is None:
            kept = step()
            self._write(self.folder, key, *kept)
        return kept

    def read(self, key: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """The facts and arrays that were stored under a key, or None."""
        if self.folder is None:
            return None
        try:
            arrays, _ = read_arrays(self.folder / f"{key}.npz")
            return json.loads(str(arrays.pop("facts"))), arrays
        except (OSError, ValueError, KeyError, RecursionError):
            return None

    def _write(
        self, folder: Path, key: Any, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> None:
        packed = io.BytesIO()
        everything: dict[str, Any] = {"facts": np.array(json.dumps(facts)), **arrays}
        np.savez_compressed(packed, **everything)
        write_file(folder / f"{key}.npz", packed.getvalue())
