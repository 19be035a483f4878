"""The rows and ids that an index holds: appended in chunks, removed without copying."""

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from classicxm.errors import DamagedFileError
from classicxm.search.inputs import check_ids

__all__ = ["Snapshot", "VectorStore"]


@dataclass(frozen=True)
class Snapshot:
    """A store at one moment; what is added or removed later does not show.

    Attributes
    ----------
    vectors : array (n, d)
    ids : object array (n,)
    alive : bool array (n,), False for removed rows
    row_of : dict of id to row
    """

    vectors: np.ndarray
    ids: np.ndarray
    alive: np.ndarray
    row_of: dict

    @cached_property
    def _living(self) -> np.ndarray | None:
        return None if self.alive.all() else np.flatnonzero(self.alive)

    def living(self, allowed: Iterable[Any] | None = None) -> np.ndarray | None:
        """Rows (ascending) that may be answered: None stands for all of them.

        ``allowed`` is None or a collection of ids; ids that are not held are passed over.
        """
        if allowed is None:
            return self._living
        found = (self.row_of.get(key, -1) for key in set(check_ids(allowed)))
        rows = np.sort(np.fromiter(found, dtype=np.int64))
        rows = rows[(rows >= 0) & (rows < len(self.ids))]
        return rows[self.alive[rows]]

    def living_ids(self) -> np.ndarray:
        """The ids held (n_living,), in the order in which they were added."""
        rows = self.living()
        return self.ids if rows is None else self.ids[rows]


class VectorStore:
    """Growing rows of one type with unique ids in insertion order.

    Removed rows are only marked, until `pack` drops them. One thread at a time may write (`writing` is the
    lock for it); a `Snapshot` stays as it was taken whatever is written afterwards.

    Parameters
    ----------
    dtype : dtype, default=float32
        Of the rows.

    Examples
    --------
    >>> store = VectorStore()
    >>> store.add(np.eye(2), ["a", "b"]), store.remove(["a"]), len(store)
    (slice(0, 2, None), array([0]), 1)
    """

    def __init__(self, dtype: DTypeLike = np.float32) -> None:
        self._vectors = np.empty((0, 0), dtype)
        self._ids = np.empty(0, object)
        self._alive = np.empty(0, bool)
        self._row: dict[Any, int] = {}
        self._used = 0
        self.writing = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        with self.writing:
            state = self.__dict__.copy()
            state["_row"] = self._row.copy()
        del state["writing"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.writing = threading.RLock()

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, key: Any) -> bool:
        return key in self._row

    @property
    def dimensions(self) -> int | None:
        """Length of a row, or None while nothing was ever added."""
        return self._vectors.shape[1] or None

    @property
    def crowded(self) -> bool:
        """Whether more than half of the rows are removed ones."""
        return len(self._row) * 2 < self._used

    def add(self, vectors: np.ndarray, ids: Sequence[Any]) -> slice:
        """Append checked rows (n, d) under new ids; returns the slice of their rows.

        Raises
        ------
        ValueError
            For an id that is already there; nothing is added then.
        """
        with self.writing:
            known = next((key for key in ids if key in self._row), None)
            if known is not None:
                raise ValueError(f"id {known!r} is already in the index; remove it first or use another id")
            rows = slice(self._used, self._used + len(ids))
            if not len(ids):
                return rows
            vectors = np.asarray(vectors)
            self._reserve(rows.stop, vectors.shape[1])
            self._vectors[rows], self._alive[rows] = vectors, True
            self._ids[rows] = _object_array(ids)
            self._row.update(zip(ids, range(rows.start, rows.stop), strict=True))
            self._used = rows.stop
            return rows

    def undo(self, rows: slice) -> None:
        """Take back the addition of these rows, which has to be the last one."""
        with self.writing:
            for key in self._ids[rows]:
                del self._row[key]
            self._alive[rows], self._used = False, rows.start

    def remove(self, ids: Sequence[Any]) -> np.ndarray:
        """Forget ids; returns their rows. KeyError names the first unknown one, and nothing is removed then."""
        ids = list(dict.fromkeys(check_ids(ids)))
        with self.writing:
            unknown = next((key for key in ids if key not in self._row), None)
            if unknown is not None:
                raise KeyError(f"id {unknown!r} is not in the index")
            rows = np.array([self._row.pop(key) for key in ids], dtype=int)
            alive = self._alive.copy()  # a running search keeps the array it started with
            alive[rows] = False
            self._alive = alive
            return rows

    def pack(self) -> np.ndarray:
        """Drop the removed rows and number the others anew; returns the old numbers of those kept."""
        with self.writing:
            kept = np.flatnonzero(self._alive[: self._used])
            self._vectors, self._ids = self._vectors[kept], self._ids[kept]
            self._used = len(kept)
            self._alive = np.ones(self._used, bool)
            self._row = {key: row for row, key in enumerate(self._ids)}
            return kept

    def rows(self, ids: Sequence[Any]) -> np.ndarray:
        """A copy of the rows (n, d) of these ids; KeyError names the first unknown one."""
        with self.writing:
            unknown = next((key for key in ids if key not in self._row), None)
            if unknown is not None:
                raise KeyError(f"id {unknown!r} is not in the index")
            return self._vectors[[self._row[key] for key in ids]]

    def snapshot(self) -> Snapshot:
        """All used rows at this moment."""
        with self.writing:
            used = slice(0, self._used)
            return Snapshot(self._vectors[used], self._ids[used], self._alive[used], self._row)

    def write_files(self, folder: Path) -> None:
        """Write the living rows as ``vectors.npy`` and ``ids.jsonl``."""
        now = self.snapshot()
        rows = now.living()
        vectors, ids = (now.vectors, now.ids) if rows is None else (now.vectors[rows], now.ids[rows])
        np.save(folder / "vectors.npy", vectors, allow_pickle=False)
        with open(folder / "ids.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(key) + "\n" for key in ids)

    @classmethod
    def read_files(cls, folder: Path) -> Self:
        """Read what `write_files` wrote; the rows stay on disk until they are used."""
        try:
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            raise DamagedFileError(folder / "vectors.npy", f"is not a readable array ({error})") from None
        if vectors.ndim != 2 or vectors.dtype.kind not in "fu":
            raise DamagedFileError(
                folder / "vectors.npy", f"has shape {vectors.shape} of {vectors.dtype}, not rows of vectors"
            )
        ids = _read_ids(folder / "ids.jsonl")
        if len(ids) != len(vectors):
            raise DamagedFileError(folder / "ids.jsonl", f"has {len(ids)} ids for {len(vectors)} vectors")
        store = cls(vectors.dtype)
        store._vectors, store._ids = vectors, _object_array(ids)
        store._alive, store._used = np.ones(len(ids), bool), len(ids)
        store._row = {key: row for row, key in enumerate(ids)}
        return store

    def _reserve(self, rows: int, dimensions: int) -> None:
        if self._vectors.shape[1] != dimensions:
            self._vectors = np.empty((0, dimensions), self._vectors.dtype)
        capacity = min(len(self._vectors), len(self._alive)) if self._vectors.flags.writeable else 0
        if rows <= capacity:
            return
        capacity = max(rows, self._used * 3 // 2, 16)
        for name, empty in (
            ("_vectors", np.empty((capacity, dimensions), self._vectors.dtype)),
            ("_ids", np.empty(capacity, object)),
            ("_alive", np.zeros(capacity, bool)),
        ):
            empty[: self._used] = getattr(self, name)[: self._used]
            setattr(self, name, empty)


def _read_ids(path: Path) -> list[Any]:
    try:
        with open(path, encoding="utf-8") as file:
            ids = check_ids(json.loads(line) for line in file)
    except (TypeError, ValueError) as error:
        raise DamagedFileError(path, f"is not a list of ids ({error})") from None
    if len(set(ids)) < len(ids):
        raise DamagedFileError(path, "has an id twice")
    return ids


def _object_array(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array
