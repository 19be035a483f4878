"""How much recall each index gives for its time: queries a second, building and memory, on one thread.

Two collections of 64 dimensions are searched for the 10 nearest under cosine. `cca`: the common subspace of the
Wikipedia collection (visual words against tf-idf texts); its image and text items are repeated with Gaussian noise
of NOISE times each dimension's deviation until there are n. `clustered`: 1000 Gaussian clusters. Queries are drawn as
the items are, and are not among them. NearPy stops at 100,000 items, as its memory allows no more; faiss's HNSW
stops there on `clustered`, as it takes minutes to build. `recall_above_target` is what `LSHIndex.tuned` reaches on
these queries less what it was asked for; `speed_ratio` is the queries a second (batch) of the fastest setting with at
least a peer's recall, over the peer's.

What somebody waits for is one query: `lone_microseconds` (batch 1) are medians over queries that every system is asked
in turn, so that other work on the machine touches all alike, and `times_flat` is faiss-flat's median over a system's.
`fixed_microseconds` is what a search of FEW items takes.

The rows whose `data` is `stores` are of every index on 50,000 `clustered` vectors, servers too: in batches of 200 and
one query at a time, with no filter and with three. They come alone by ``python -m benchmarks stores``, which says how.
"""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import stores
from benchmarks.environment import SEED
from benchmarks.rows import row
from benchmarks.search_data import cca_sampler, clustered_sampler
from benchmarks.search_plot import batch_points, plot
from benchmarks.search_systems import K, load_faiss, ours, systems
from benchmarks.timing import best_seconds, in_turn
from classicxm.search import ExactIndex, LSHIndex
from classicxm.search.tuning import recall_of

__all__ = ["plot", "run"]

DATA = "wikipedia"
N_QUERIES, N_SINGLE = 1000, 50
SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (5000,)
RECALLS = (0.5, 0.8, 0.9, 0.95)
#: The recall from which scanning everything is compared with.
USEFUL_RECALL = 0.9
#: NearPy stores one tuple per item and table in Python lists: a million items take gigabytes.
LARGEST = {
    ("cca", "NearPyIndex"): 100_000,
    ("clustered", "NearPyIndex"): 100_000,
    ("clustered", "faiss-hnsw"): 100_000,
}
#: Asked one query at a time in turn, beside LSHIndex with these probes; items of a search that is all fixed cost.
LONE, LONE_PROBES, FEW = ("ExactIndex", "NearPyIndex", "faiss-flat", "faiss-hnsw"), (10, 50, 100, 200), 100
#: Above this size fewer settings are measured.
MAX_SWEPT = 100_000
#: Times a search is repeated, and seconds after which it is not repeated again: where every setting is measured, and
#: elsewhere.
REPEATS, BUDGET, SHORT_BUDGET = 5, 2.0, 0.3


def run(data, quick=False):
    """Yield the rows of every system on both collections at every size."""
    makers = {"cca": cca_sampler(data), "clustered": clustered_sampler()}
    faiss = load_faiss()
    with threadpool_limits(1):
        for n in QUICK_SIZES if quick else SIZES:
            for name, draw in makers.items():
                random = np.random.default_rng(SEED)
                vectors, queries = draw(random, n), draw(random, N_QUERIES)
                yield from _compared(name, vectors, queries, faiss, every=not quick and n <= MAX_SWEPT)
    for one in stores.run(data, quick):
        yield {**one, "benchmark": "search"}


def _compared(name, vectors, queries, faiss, every):
    """Rows of every system on one collection, at every or at few of their settings, and those that compare them."""
    n = len(vectors)
    truth = ExactIndex().add(vectors, range(n)).search(queries, K)[0].astype(np.int64)
    shared = {"n": n, "d": vectors.shape[1], "data": name, "threads": 1}
    budget = BUDGET if every else SHORT_BUDGET
    rows = []
    for system in systems(faiss, every):
        if n <= LARGEST.get((name, system.name), n):
            for one in _measured(system, vectors, queries, truth, shared, budget):
                rows.append(one)
                yield one
    for one in _tuned_rows(vectors, queries, truth, shared, RECALLS if every else (USEFUL_RECALL,), budget):
        rows.append(one)
        yield one
    yield from _ratio_rows(rows, shared)
    yield from _lone_rows(name, vectors, queries, truth, faiss, shared)


def _lone_rows(name, vectors, queries, truth, faiss, shared):
    """Medians of one query at a time, every system at every setting asked in turn, and the fixed cost of a search."""
    settings = {"n_tables": 16, "n_bits": max(4, round(np.log2(len(vectors))) - 4)}
    sweep = tuple({"n_probes": n} for n in LONE_PROBES)
    chosen = [one for one in systems(faiss, every=False) if one.name in LONE]
    chosen = [one for one in chosen if len(vectors) <= LARGEST.get((name, one.name), len(vectors))]
    asked = []
    for system in (*chosen, ours(LSHIndex(**settings), settings, sweep)):
        search, _ = system.build(vectors)
        asked += [(system.name, shared | system.settings | one, search, one) for one in system.sweep]
    few, _ = ours(ExactIndex()).build(vectors[:FEW])
    asked.append(("ExactIndex", shared | {"n": FEW}, few, {}))
    seconds = in_turn(
        [lambda i, search=search, one=one: search(queries[i : i + 1], **one) for _, _, search, one in asked],
        N_SINGLE,
    )
    *seconds, fixed = np.median(seconds, axis=1)
    flat = next((s for (one, *_), s in zip(asked, seconds, strict=False) if one == "faiss-flat"), None)
    for (system, own, search, one), median in zip(asked, seconds, strict=False):
        recall = recall_of(
            np.concatenate([search(queries[i : i + 1], **one) for i in range(N_SINGLE)]), truth[:N_SINGLE]
        )
        own = own | {"batch": 1, "recall": round(recall, 3)}
        yield row("search", system, "lone_microseconds", 1e6 * median, "us", **own)
        if flat is not None:
            yield row("search", system, "times_flat", flat / median, "x", **own)
    yield row("search", "ExactIndex", "fixed_microseconds", 1e6 * fixed, "us", batch=1, **asked[-1][1])


def _measured(system, vectors, queries, truth, shared, budget):
    """Building time, memory, and recall and speed at each setting of the sweep."""
    start = time.perf_counter()
    search, megabytes = system.build(vectors)
    build_seconds = time.perf_counter() - start
    settings = shared | system.settings
    yield row("search", system.name, "build_seconds", build_seconds, "s", **settings)
    yield row("search", system.name, "megabytes", megabytes, "MB", **settings)
    for one in system.sweep:
        yield from _speed_rows(system.name, search, queries, truth, settings, one, budget)


def _speed_rows(name, search, queries, truth, settings, one, budget):
    """Recall, and speed in one batch and one query at a time."""
    answers = {}

    def batch():
        answers["ids"] = search(queries, **one)

    def single():
        for i in range(N_SINGLE):
            search(queries[i : i + 1], **one)

    settings = settings | one
    speeds = {len(queries): len(queries) / best_seconds(batch, REPEATS, budget)}
    speeds[1] = N_SINGLE / best_seconds(single, REPEATS, budget)
    found = (truth[:, :, None] == answers["ids"][:, None, :]).any(axis=2).mean(axis=1)
    half = 1.96 * found.std(ddof=1) / np.sqrt(len(found))
    recall, low, high = recall_of(answers["ids"], truth), found.mean() - half, found.mean() + half
    yield row("search", name, "recall_at_10", recall, "", low, high, batch=len(queries), **settings)
    for size, speed in speeds.items():
        yield row("search", name, "queries_per_second", speed, "1/s", batch=size, **settings)


def _tuned_rows(vectors, queries, truth, shared, targets, budget):
    """LSHIndex tuned for several recalls, and with more probes; for USEFUL_RECALL with fewer too."""
    for target in targets:
        start = time.perf_counter()
        index = LSHIndex.tuned(vectors, target, K)
        tuning = time.perf_counter() - start
        settings = {"target": target, "n_tables": index.n_tables, "n_bits": index.n_bits}
        factors = (1, 0.25, 0.5, 1.2, 2, 4) if target == USEFUL_RECALL else (1, 1.2, 1.5)
        n_probes = dict.fromkeys(max(1, int(index.n_probes * factor)) for factor in factors)
        sweep = tuple({"n_probes": n} for n in n_probes)
        yield row("search", "LSHIndex", "tuning_seconds", tuning, "s", **shared, **settings)
        for one in _measured(ours(index, settings, sweep), vectors, queries, truth, shared, budget):
            yield one
            if one["measure"] == "recall_at_10" and one["settings"]["n_probes"] == sweep[0]["n_probes"]:
                above, low, high = (one[end] - target for end in ("value", "low", "high"))
                yield row(
                    "search", "LSHIndex", "recall_above_target", above, "", low, high, **one["settings"]
                )


def _ratio_rows(rows, shared):
    """LSHIndex against each setting of NearPyIndex and against scans, and ExactIndex against the other scans."""
    points = batch_points(rows)
    for peer, name, least in (
        ("NearPyIndex", "LSHIndex", 0),
        ("ExactIndex", "LSHIndex", USEFUL_RECALL),
        ("faiss-flat", "LSHIndex", USEFUL_RECALL),
        ("faiss-flat", "ExactIndex", 1),
        ("sklearn-brute", "ExactIndex", 1),
    ):
        for recall, speed, settings in points.get(peer, ()):
            wanted = least or recall
            fastest = max((mine for at, mine, _ in points.get(name, ()) if at >= wanted), default=None)
            if fastest is None:
                continue
            described = {f"peer_{key}": settings[key] for key in ("n_tables", "n_bits") if key in settings}
            described |= {"peer": peer, "recall": wanted}
            yield row("search", name, "speed_ratio", fastest / speed, "x", **shared, **described)
