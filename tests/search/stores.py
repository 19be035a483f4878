"""Every index as a store that can be left and opened again."""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classicxm import persistence
from classicxm.search import (
    ExactIndex,
    FaissIndex,
    HammingIndex,
    LSHIndex,
    NearPyIndex,
    PgVectorIndex,
    QdrantIndex,
    ShardedIndex,
)

COUNTER = itertools.count()

#: Kept in this process, and on disk when they are saved.
SAVED = {
    "exact": ExactIndex,
    "lsh": lambda: LSHIndex(n_tables=2, n_bits=3, n_probes=16),
    "hamming": lambda: HammingIndex(n_bits=8, n_reranked=10_000),
    "nearpy": lambda: NearPyIndex(n_tables=4, n_bits=1),
    "faiss": FaissIndex,
    "faiss-ivfpq": lambda: FaissIndex("ivfpq", n_subquantizers=2),
    "sharded": lambda: ShardedIndex(
        [ExactIndex(), ExactIndex(), LSHIndex(n_tables=2, n_bits=3, n_probes=16)]
    ),
}
#: Kept by somebody else, who has them on disk when an addition returns.
KEPT = ("qdrant", "postgres", "sharded-postgres")
MEMORY = ("qdrant-client",)
EVERY = (*SAVED, *KEPT, *MEMORY)
#: Whose answers are those of a scan.
EXACT = tuple(name for name in EVERY if name not in ("nearpy",))


@dataclass
class Store:
    """An empty index, and how to open it again."""

    name: str
    index: object
    folder: Path

    @classmethod
    def made(cls, name: str, folder: Path, postgres_url=None, metric="cosine") -> Store:
        """A new store; servers get a table of its own."""
        number = next(COUNTER)
        if name in SAVED:
            return cls(name, SAVED[name](), folder / f"saved-{number}")
        if name == "qdrant":
            return cls(name, QdrantIndex(str(folder / f"qdrant-{number}"), metric=metric), folder)
        if name == "qdrant-client":
            return cls(name, QdrantIndex(":memory:", f"items{number}", metric), folder)
        if name == "sharded-postgres":
            parts = [PgVectorIndex(postgres_url, f"part{number}_{part}", metric) for part in range(3)]
            return cls(name, ShardedIndex(parts), folder / f"saved-{number}")
        return cls(name, PgVectorIndex(postgres_url, f"items{number}", metric), folder)

    def acknowledge(self) -> None:
        """Do what makes additions last."""
        if self.name in SAVED or self.name == "sharded-postgres":
            persistence.save(self.index, self.folder)

    def reopened(self):
        """The index as another process would open it, after the last acknowledgement."""
        if self.name in SAVED or self.name == "sharded-postgres":
            return persistence.load(self.folder)
        if hasattr(self.index, "close") and self.name != "qdrant-client":
            self.index.close()
        return type(self.index)(**self.index.get_params())


def main():
    """Add batches of ten for ever and say each that is acknowledged: python -m tests.search.stores NAME FOLDER URL."""
    name, folder, url = sys.argv[1:4]
    store = Store.made(name, Path(folder), url)
    random = np.random.default_rng(0)
    for batch in itertools.count():
        store.index.add(random.normal(size=(10, 4)), [f"{batch}-{row}" for row in range(10)])
        store.acknowledge()
        print(batch, flush=True)


if __name__ == "__main__":
    main()
