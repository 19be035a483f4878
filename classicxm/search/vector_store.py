"""The rows and ids that an index holds: appended in chunks, removed without copying."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from classicxm.errors import DamagedFileError
from classicxm.json_lines import read_scalars, scalar_lines
from classicxm.kept_files import SavedFile, keep_files, merged_pieces, numbered, placed_file, seen_file
from classicxm.search.inputs import check_held, check_ids, check_new

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

    @property
    def n_living(self) -> int:
        """Number of rows that are not removed."""
        return len(self.ids) if self._living is None else len(self._living)

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


VECTORS, IDS = "vectors.npy", "ids.jsonl"


@dataclass(frozen=True)
class _Rows:
    """Rows (ascending numbers) that are saved together, and the two files that hold them already, if any do."""

    numbers: np.ndarray
    files: tuple[SavedFile, SavedFile] | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, array: np.ndarray) -> np.ndarray:
        """These rows of an array, without a copy where they lie together."""
        first, n = (int(self.numbers[0]), len(self)) if len(self) else (0, 0)
        together = n == 0 or int(self.numbers[-1]) - first + 1 == n
        return array[first : first + n] if together else array[self.numbers]

    def and_then(self, other: "_Rows") -> "_Rows":
        """Both as one, which no file holds."""
        return _Rows(np.concatenate([self.numbers, other.numbers]))


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
        self._saved: list[_Rows] = []  # what files hold of the rows
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
            check_new(ids, self._row)
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
            check_held(ids, self._row)
            rows = np.array([self._row.pop(key) for key in ids], dtype=int)
            alive = self._alive.copy()  # a running search keeps the array it started with
            alive[rows] = False
            self._alive = alive
            return rows

    def pack(self) -> np.ndarray:
        """Drop the removed rows and number the others anew; returns the old numbers of those kept."""
        with self.writing:
            kept = np.flatnonzero(self._alive[: self._used])
            self._saved = []
            self._vectors, self._ids = self._vectors[kept], self._ids[kept]
            self._used = len(kept)
            self._alive = np.ones(self._used, bool)
            self._row = {key: row for row, key in enumerate(self._ids)}
            return kept

    def rows(self, ids: Sequence[Any]) -> np.ndarray:
        """A copy of the rows (n, d) of these ids; KeyError names the first unknown one."""
        with self.writing:
            check_held(ids, self._row)
            return self._vectors[[self._row[key] for key in ids]]

    def snapshot(self) -> Snapshot:
        """All used rows at this moment."""
        with self.writing:
            used = slice(0, self._used)
            return Snapshot(self._vectors[used], self._ids[used], self._alive[used], self._row)

    def write_files(self, folder: Path) -> None:
        """Write the living rows as ``vectors.npy`` and ``ids.jsonl``, later additions as ``vectors-1.npy`` and so on.

        What the folder that is being replaced holds of them already is taken over, see `classicxm.kept_files`.
        """
        with self.writing:
            now, saved = self.snapshot(), []
            pieces = merged_pieces(self._pieces(now), len, _Rows.and_then)
            for n, piece in enumerate(pieces or [_Rows(np.empty(0, int))]):
                places = folder / numbered(VECTORS, n), folder / numbered(IDS, n)
                if piece.files is None or not keep_files(piece.files, places):
                    np.save(places[0], piece.of(now.vectors), allow_pickle=False)
                    places[1].write_text(scalar_lines(piece.of(now.ids).tolist()), encoding="utf-8")
                saved.append(_Rows(piece.numbers, (placed_file(places[0]), placed_file(places[1]))))
            self._saved = saved

    def _pieces(self, now: Snapshot) -> list[_Rows]:
        """The living rows of each saved segment, then those that were never saved; nothing but living rows."""
        pieces, start = [], 0
        for rows in self._saved:
            alive = now.alive[rows.numbers]
            pieces.append(rows if alive.all() else _Rows(rows.numbers[alive]))
            start = int(rows.numbers[-1]) + 1 if len(rows) else start
        return [*pieces, _Rows(start + np.flatnonzero(now.alive[start:]))]

    @classmethod
    def read_files(cls, folder: Path) -> Self:
        """Read what `write_files` wrote; rows of one segment stay on disk until they are used."""
        parts, ids, saved = [_read_vectors(folder / VECTORS)], _read_ids(folder / IDS), []
        ends = [_checked_end(folder / IDS, 0, ids, parts[0])]
        while (folder / numbered(VECTORS, len(parts))).exists():
            n = len(parts)
            parts.append(_read_vectors(folder / numbered(VECTORS, n), parts[0]))
            ids += _read_ids(folder / numbered(IDS, n))
            ends.append(_checked_end(folder / numbered(IDS, n), ends[-1], ids, parts[n]))
        for n, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            files = seen_file(folder / numbered(VECTORS, n)), seen_file(folder / numbered(IDS, n))
            saved.append(_Rows(np.arange(start, end), files))
        store = cls(parts[0].dtype)
        store._vectors = parts[0] if len(parts) == 1 else np.concatenate(parts)
        store._ids, store._saved = _object_array(ids), saved
        store._alive, store._used = np.ones(len(ids), bool), len(ids)
        store._row = dict(zip(ids, range(len(ids)), strict=True))
        if len(store._row) < len(ids):
            raise DamagedFileError(folder / IDS, "has an id twice")
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


def _read_vectors(path: Path, like: np.ndarray | None = None) -> np.ndarray:
    """The rows of a segment, which are as those of the first one."""
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise DamagedFileError(path, f"is not a readable array ({error})") from None
    if vectors.ndim != 2 or vectors.dtype.kind not in "fu":
        raise DamagedFileError(path, f"has shape {vectors.shape} of {vectors.dtype}, not rows of vectors")
    if like is not None and (vectors.dtype != like.dtype or vectors.shape[1] != like.shape[1]):
        raise DamagedFileError(
            path, f"has rows of {vectors.shape[1]} {vectors.dtype}, unlike the first segment"
        )
    return vectors


def _checked_end(path: Path, start: int, ids: list[Any], vectors: np.ndarray) -> int:
    """Where a segment of ids ends that has as many of them as rows."""
    if len(ids) - start != len(vectors):
        raise DamagedFileError(path, f"has {len(ids) - start} ids for {len(vectors)} vectors")
    return len(ids)


def _read_ids(path: Path) -> list[Any]:
    try:
        return read_scalars(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedFileError(path, f"is not a list of ids ({error})") from None


def _object_array(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array
