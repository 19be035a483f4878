"""What every index over stored vectors shares: adding, removing, saving and loading."""

import copy
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from classicxm.base import Index
from classicxm.parameters import check_parameters
from classicxm.persistence import ESTIMATOR, read_estimator, write_estimator
from classicxm.search.filtered import scans_allowed
from classicxm.search.inputs import check_k, check_new, check_queries, check_vectors
from classicxm.search.vector_store import Snapshot, VectorStore

__all__ = ["StoredIndex"]

_MAKING_STORE = threading.Lock()


class StoredIndex(Index):
    """An index that keeps its vectors in a `VectorStore`, ``store_``, and what it derives from them beside it.

    A subclass writes `search`, which starts from `state`: a pair (snapshot of the store, structure) that
    always belong together, so that searches run while another thread adds or removes. A structure is never
    changed once published: `extended` and `packed` return a new one.
    """

    store_dtype: str = "float32"

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """The form in which finite float32 vectors (n, d) are stored."""
        return vectors

    def begin(self, vectors: np.ndarray) -> None:
        """Called with the first vectors (n, d) that an empty index is given, before they are stored."""

    def extended(self, structure: Any, snapshot: Snapshot, start: int) -> Any:
        """The structure after rows ``start:`` of the snapshot were added."""
        return structure

    def n_compared(self, structure: Any, n: int) -> float:
        """With how many of n items a query is compared, about, where all may be answered; all, unless overridden."""
        return n

    def scans_filtered(
        self,
        state: tuple[Snapshot, Any],
        allowed: Iterable[Any] | None,
        rows: np.ndarray | None,
        n_queries: int,
    ) -> bool:
        """Whether a search answers a filter, which lets these rows pass, by scanning them; see `search.filtered`."""
        if allowed is None or rows is None:
            return False
        snapshot, structure = state
        n = len(snapshot.ids)
        return scans_allowed(len(rows), n, n_queries, self.n_compared(structure, n))

    def packed(self, structure: Any, kept: np.ndarray) -> Any:
        """The structure after only these rows (ascending old numbers) were kept and numbered anew."""
        return structure

    def add(self, vectors: np.ndarray, ids: Sequence[Any]) -> Self:
        """Add vectors (n, d) under unique ids (str or int); nothing is added when one of them is refused."""
        check_parameters(self)
        store = self._store()
        with store.writing:
            vectors, ids = check_vectors(vectors, ids, getattr(self, "n_features_in_", None))
            check_new(ids, store)
            if not len(ids):
                return self
            if not hasattr(self, "n_features_in_"):
                self.begin(vectors)
                self.n_features_in_ = vectors.shape[1]
            rows = store.add(self.prepare(vectors), ids)
            snapshot = store.snapshot()
            try:
                structure = self.extended(self.structure, snapshot, rows.start)
            except BaseException:  # an interrupted addition has added nothing
                store.undo(rows)
                raise
            self.state_ = snapshot, structure
        return self

    def remove(self, ids: Sequence[Any]) -> Self:
        """Forget ids; KeyError for an unknown one, and then none is removed."""
        store = self._store()
        with store.writing:
            store.remove(ids)
            structure = self.structure
            if store.crowded:
                structure = self.packed(structure, store.pack())
            self.state_ = store.snapshot(), structure
        return self

    def __len__(self) -> int:
        return len(self.store_) if hasattr(self, "store_") else 0

    def __contains__(self, key: Any) -> bool:
        return hasattr(self, "store_") and key in self.store_

    def ids(self) -> list[Any]:
        """All ids held, a list in the order in which they were added."""
        snapshot, _ = self.state()
        return [] if snapshot is None else snapshot.living_ids().tolist()

    def vectors(self, ids: Sequence[Any]) -> np.ndarray:
        """Vectors (n, d) of stored ids, float64, as they would be searched with; KeyError for an unknown id."""
        return self.restored(self._store().rows(ids))

    def insertion_ranks(self, ids: Sequence[Any]) -> np.ndarray:
        """Numbers that order stored ids as they were added: int array (n,); unknown ids come last."""
        snapshot, _ = self.state()
        rows = {} if snapshot is None else snapshot.row_of
        return np.array([rows.get(key, np.iinfo(np.int64).max) for key in ids], dtype=np.int64)

    def restored(self, rows: np.ndarray) -> np.ndarray:
        """Stored rows in the form in which they could be added again: what `prepare` did is undone up to length."""
        rows = rows.astype(np.float64)
        return rows**2 if self.metric == "hellinger" else rows

    @property
    def structure(self) -> Any:
        """What is derived from the stored vectors, or None."""
        return self.state_[1] if hasattr(self, "state_") else None

    def state(self) -> tuple[Snapshot | None, Any]:
        """(snapshot, structure) at this moment, or (None, None) where nothing is held."""
        return self.state_ if len(self) else (None, None)

    def checked(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, int]:
        """Queries (n_queries, d) as float32 and k as int, or one clear error."""
        return check_queries(queries, getattr(self, "n_features_in_", None)), check_k(k)

    def _store(self) -> VectorStore:
        with _MAKING_STORE:
            if not hasattr(self, "store_"):
                self.store_ = VectorStore(self.store_dtype)
        return self.store_

    def write_files(self, folder: Path) -> None:
        """Parameters and state in one file, vectors as .npy, ids as JSON lines, then `write_structure`."""
        store = self._store()
        with store.writing:
            bare = copy.copy(self)
            structure = self.structure
            if len(store) < len(store.snapshot().ids) and structure is not None:
                structure = self.packed(structure, np.flatnonzero(store.snapshot().alive))
            for name in ("store_", "state_"):
                bare.__dict__.pop(name, None)
            write_estimator(bare, folder / ESTIMATOR)
            store.write_files(folder)
            if structure is not None:
                self.write_structure(structure, folder)

    @classmethod
    def read_files(cls, folder: Path, trusted: Sequence[Any] = ()) -> Self:
        """Read what `write_files` wrote."""
        index = read_estimator(folder / ESTIMATOR, trusted)
        index.store_ = VectorStore.read_files(folder)
        snapshot = index.store_.snapshot()
        index.state_ = snapshot, index.read_structure(folder, snapshot)
        return index

    def write_structure(self, structure: Any, folder: Path) -> None:
        """Write what is derived from the vectors; indexes that can rebuild it quickly write nothing."""

    def read_structure(self, folder: Path, snapshot: Snapshot) -> Any:
        """Read what `write_structure` wrote, or rebuild it."""
        return self.extended(None, snapshot, 0) if len(snapshot.ids) else None
