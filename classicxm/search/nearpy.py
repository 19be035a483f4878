"""NearPy's engine and hashes behind the contract of every index: its hashing, our answers."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from nearpy import Engine
from nearpy.hashes import RandomBinaryProjections, RandomDiscretizedProjections
from sklearn.utils import check_random_state

from classicxm.parameters import Choice, Either, InstanceOf, Integer, Real
from classicxm.search.answers import named, nothing_found
from classicxm.search.base import StoredIndex
from classicxm.search.inputs import check_ids
from classicxm.search.rerank import rerank
from classicxm.search.scan import scan
from classicxm.search.scoring import Scorer, prepare_items
from classicxm.search.vector_store import Snapshot

__all__ = ["NearPyIndex"]

SCAN_ENTRIES = 8_000_000
REFUSED = ("pca_binary", "pca_discretized")


class NearPyIndex(StoredIndex):
    """Candidates from NearPy's hash tables, re-ranked by the exact score of the vectors as they were given.

    The engine only keeps ids: every hash has a name and a seed of its own, each candidate counts once, and scores
    never come from NearPy's normalised copies. A query that meets too few candidates gets a short answer, padded.

    Parameters
    ----------
    metric : {"cosine", "correlation", "dot", "euclidean"}, default="cosine"
    hashing : {"binary", "discretized"}, default="binary"
        RandomBinaryProjections or RandomDiscretizedProjections. NearPy's PCA hashes are refused: they fail on
        current SciPy.
    n_tables : int, default=8
    n_bits : int, default=12
        Projections of each hash.
    bin_width : float, default=1.0
        Of discretized projections, in the units of the stored vectors.
    random_state : int, RandomState or None, default=0

    Examples
    --------
    >>> index = NearPyIndex(n_bits=2).add([[1, 0], [0, 1], [1, 1]], ["a", "b", "c"])
    >>> index.search([[2, 0]], k=1)[0].tolist()
    [['a']]
    """

    parameter_ranges = {
        "metric": Choice("cosine", "correlation", "dot", "euclidean"),
        "hashing": Choice("binary", "discretized", *REFUSED),
        "n_tables": Integer(1),
        "n_bits": Integer(1),
        "bin_width": Real(0, above=True),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        metric: str = "cosine",
        hashing: str = "binary",
        n_tables: int = 8,
        n_bits: int = 12,
        bin_width: float = 1.0,
        random_state: int = 0,
    ) -> None:
        self.metric = metric
        self.hashing = hashing
        self.n_tables = n_tables
        self.n_bits = n_bits
        self.bin_width = bin_width
        self.random_state = random_state

    def begin(self, vectors: np.ndarray) -> None:
        """Draw a seed for each hash."""
        if self.hashing in REFUSED:
            raise ValueError(
                f"hashing {self.hashing!r} is refused: NearPy's PCA hashes call functions that SciPy removed; "
                "take 'binary' or 'discretized'"
            )
        random = check_random_state(self.random_state)
        self.seeds_ = [int(seed) for seed in random.randint(0, 2**31 - 1, self.n_tables)]

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Rows normalised or centred as the metric needs."""
        return prepare_items(self.metric, vectors)

    def engine(self) -> Any:
        """A new engine without items."""
        hashes = [
            RandomBinaryProjections(f"table{i}", self.n_bits, rand_seed=seed)
            if self.hashing == "binary"
            else RandomDiscretizedProjections(f"table{i}", self.n_bits, self.bin_width, rand_seed=seed)
            for i, seed in enumerate(self.seeds_)
        ]
        engine = Engine(self.n_features_in_, lshashes=hashes, vector_filters=[], fetch_vector_filters=[])
        engine.distance = None  # candidates are scored here
        return engine

    def extended(self, structure: Any, snapshot: Snapshot, start: int) -> Any:
        """The engine with the new rows stored under their ids."""
        engine = structure or self.engine()
        vectors = np.asarray(snapshot.vectors[start:], np.float64)
        for vector, key in zip(vectors, snapshot.ids[start:], strict=True):
            engine.store_vector(vector, key)
        return engine

    def remove(self, ids: Sequence[Any]) -> Self:
        """Forget ids; KeyError for an unknown one, and then none is removed."""
        store = self._store()
        with store.writing:
            ids = list(dict.fromkeys(check_ids(ids)))
            held = [key for key in ids if key in store]
            vectors = dict(zip(held, store.rows(held), strict=True))
            super().remove(ids)
            for key, vector in vectors.items():
                self.structure.delete_vector(key, vector.astype(np.float64))
        return self

    def search(
        self, queries: np.ndarray, k: int = 10, allowed: Iterable[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best of the items in the queries' buckets, best first; see `ExactIndex.search`.

        Buckets cannot be widened: a filter is answered by scanning the items that pass.
        """
        queries, k = self.checked(queries, k)
        snapshot, engine = self.state()
        if snapshot is None:
            return nothing_found(len(queries), k)
        rows, scorer = snapshot.living(allowed), Scorer(self.metric, queries)
        if self.scans_filtered((snapshot, engine), allowed, rows, len(queries)):
            return named(*scan(scorer, snapshot.vectors, rows, k, SCAN_ENTRIES), snapshot.ids)
        mask = np.ones(len(snapshot.ids), bool)
        if rows is not None:
            mask[:] = False
            mask[rows] = True
        found = (_rows(engine, query, snapshot, mask) for query in scorer.queries)
        return named(*rerank(scorer, snapshot.vectors, found, k), snapshot.ids)


def _rows(engine: Any, query: np.ndarray, snapshot: Snapshot, mask: np.ndarray) -> np.ndarray:
    """Distinct rows of the engine's candidates that the mask lets pass."""
    keys = {key for _, key in engine.neighbours(query)}
    found = (snapshot.row_of.get(key, -1) for key in keys)
    rows = np.fromiter(found, dtype=np.int64, count=len(keys))
    rows = rows[(rows >= 0) & (rows < len(mask))]
    return np.sort(rows[mask[rows]])
