"""Vectors rounded to 8 bits a coordinate, with the error this makes: a quarter of the memory to read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from classicxm.errors import DamagedFileError
from classicxm.search.growing import appended_rows

__all__ = ["QuantisedRows", "quantised"]

#: Rows rounded at a time.
ROUNDED_ROWS = 16_384


def quantised(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row as whole numbers times a scale of its own.

    Parameters
    ----------
    vectors : float32 array (n, d)

    Returns
    -------
    codes : int8 (n, d), in [-127, 127]
    rounding : float32 (n, 2); each row's scale, and the length of vector - scale * code

    Examples
    --------
    >>> codes, rounding = quantised(np.array([[127, -63.5, 0]], np.float32))
    >>> codes.tolist(), rounding.tolist()
    ([[127, -64, 0]], [[1.0, 0.5]])
    """
    codes, rounding = np.empty(vectors.shape, np.int8), np.empty((len(vectors), 2), np.float32)
    for start in range(0, len(vectors), ROUNDED_ROWS):
        block = slice(start, start + ROUNDED_ROWS)
        rows = vectors[block].astype(np.float64)
        scale = (np.abs(rows).max(axis=1) / 127).astype(np.float32)
        whole = np.rint(rows / np.where(scale > 0, scale, 1)[:, None])
        codes[block] = np.clip(whole, -127, 127)
        rounding[block, 0] = scale
        # By Cauchy and Schwarz |q.v - scale q.code| is at most |q| times this length, which bounds what a
        # scan skips.
        rounding[block, 1] = np.linalg.norm(rows - scale[:, None] * codes[block].astype(np.float64), axis=1)
    return codes, rounding


@dataclass(frozen=True)
class QuantisedRows:
    """The rounded vectors of an index; arrays may have room for more rows behind those in use."""

    codes: np.ndarray
    rounding: np.ndarray

    @classmethod
    def extended(cls, before: "QuantisedRows | None", used: int, vectors: np.ndarray) -> Self:
        """The first ``used`` rows of ``before`` (or None) and those of more vectors (n, d)."""
        old = (before.codes, before.rounding) if before is not None else (None, None)
        return cls(*(appended_rows(a, used, b) for a, b in zip(old, quantised(vectors), strict=True)))

    def kept(self, rows: np.ndarray) -> "QuantisedRows":
        """Only these rows."""
        return QuantisedRows(self.codes[rows], self.rounding[rows])

    def write(self, folder: Path, n: int) -> None:
        """The first n rows as codes.npy and rounding.npy."""
        np.save(folder / "codes.npy", self.codes[:n], allow_pickle=False)
        np.save(folder / "rounding.npy", self.rounding[:n], allow_pickle=False)

    @classmethod
    def read(cls, folder: Path, shape: tuple[int, int]) -> Self:
        """What `write` wrote for vectors of a shape (n, d); the arrays stay on disk until used."""
        arrays = []
        for name, dtype, expected in (("codes", "int8", shape), ("rounding", "float32", (shape[0], 2))):
            path = folder / f"{name}.npy"
            try:
                array = np.load(path, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError) as error:
                raise DamagedFileError(path, f"is not a readable array ({error})") from None
            if array.shape != expected or array.dtype != dtype:
                raise DamagedFileError(
                    path, f"has shape {array.shape} of {array.dtype}, expected {expected} of {dtype}"
                )
            arrays.append(array)
        return cls(*arrays)
