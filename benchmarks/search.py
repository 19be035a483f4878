"""How much recall each index gives for its time: queries a second, building and memory, on one thread.

Two collections of 64 dimensions are searched for the 10 nearest under cosine. `cca`: the common subspace of the
Wikipedia collection (visual words against tf-idf texts); its image and text items are repeated with Gaussian noise
of NOISE times each dimension's deviation until there are n. `clustered`: 1000 Gaussian clusters. Queries are drawn as
the items are, and are not among them.
"""

import re
import time
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, row
from benchmarks.timing import best_seconds
from classicxm.search import ExactIndex, HammingIndex, LSHIndex, NearPyIndex
from classicxm.search.tuning import recall_of

DATA = "wikipedia"
K, DIMENSIONS, N_QUERIES, N_SINGLE = 10, 64, 1000, 100
SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (5000,)
NOISE, CLUSTER_NOISE, N_CLUSTERS = 0.5, 0.7, 1000
RECALLS = (0.5, 0.8, 0.9, 0.95)
#: NearPy stores a tuple an item and table in Python lists: a million items take gigabytes.
LARGEST = {"NearPyIndex": 100_000}
#: Above this size each system but ours is measured at one setting.
MAX_SWEPT = 100_000


@dataclass
class Candidate:
    """A system with its settings; build(vectors) gives a function from queries to ids, and megabytes."""

    system: str
    build: callable
    settings: dict


def run(data, quick=False):
    """Yield the rows of every system on both collections at every size."""
    sizes = QUICK_SIZES if quick else SIZES
    makers = {"cca": cca_sampler(data), "clustered": clustered_sampler()}
    faiss = _faiss()
    if faiss is not None:
        faiss.omp_set_num_threads(1)
    with threadpool_limits(1):
        for n in sizes:
            for name, draw in makers.items():
                random = np.random.default_rng(SEED)
                vectors, queries = draw(random, n), draw(random, N_QUERIES)
                yield from _compared(name, vectors, queries, faiss)


def cca_sampler(data):
    """A function (random, n) -> vectors (n, 64) around the items of the Wikipedia collection's CCA subspace."""
    from scipy.io import loadmat
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    from classicxm.alignment import CCA

    if not (data / "raw_features.mat").is_file():
        raise BenchmarkError(f"no raw_features.mat in {data}; give --data the wikipedia folder")
    features = loadmat(data / "raw_features.mat")
    images = np.sqrt(np.concatenate([features["I_tr"], features["I_te"]]))
    texts = []
    for split in ("trainset", "testset"):
        for line in (data / f"{split}_txt_img_cat.list").read_text(encoding="utf-8").splitlines():
            xml = (data / "texts" / f"{line.split()[0]}.xml").read_text(encoding="utf-8", errors="replace")
            texts.append(re.sub(r"<[^>]*>", " ", xml))
    weights = TfidfVectorizer(max_features=5000, stop_words="english", sublinear_tf=True).fit_transform(texts)
    words = TruncatedSVD(128, random_state=SEED).fit_transform(weights)
    views = CCA(DIMENSIONS, ridge=0.1).fit_transform({"image": images, "text": words})
    items = np.concatenate([np.asarray(view) for view in views.values()])

    def draw(random, n):
        chosen = items[random.integers(0, len(items), n)]
        noise = random.standard_normal(chosen.shape) * (NOISE * items.std(axis=0))
        return (chosen + noise).astype(np.float32)

    return draw


def clustered_sampler():
    """A function (random, n) -> vectors (n, 64) in Gaussian clusters."""
    centres = np.random.default_rng(SEED + 1).standard_normal((N_CLUSTERS, DIMENSIONS))

    def draw(random, n):
        chosen = centres[random.integers(0, N_CLUSTERS, n)]
        return (chosen + CLUSTER_NOISE * random.standard_normal(chosen.shape)).astype(np.float32)

    return draw


def _compared(name, vectors, queries, faiss):
    """Rows of every system on one collection."""
    n = len(vectors)
    exact = ExactIndex().add(vectors, range(n))
    truth = exact.search(queries, K)[0].astype(np.int64)
    shared = {"n": n, "d": vectors.shape[1], "data": name}
    yield from _measured(Candidate("ExactIndex", _ours(ExactIndex()), {}), vectors, queries, truth, shared)
    del exact
    for candidate in [*_ours_tried(n), *(_peers(faiss, n) if faiss else []), _sklearn()]:
        if n <= LARGEST.get(candidate.system, n):
            yield from _measured(candidate, vectors, queries, truth, shared)
    yield from _lsh_rows(vectors, queries, truth, shared)


def _measured(candidate, vectors, queries, truth, shared):
    """Recall, speed, building time and memory of one candidate."""
    start = time.perf_counter()
    search, megabytes = candidate.build(vectors)
    build_seconds = time.perf_counter() - start
    yield from _speed_rows(candidate.system, search, queries, truth, shared | candidate.settings)
    settings = shared | candidate.settings
    yield row("search", candidate.system, "build_seconds", build_seconds, "s", **settings)
    yield row("search", candidate.system, "megabytes", megabytes, "MB", **settings)


def _speed_rows(system, search, queries, truth, settings):
    ids = search(queries)
    batch = best_seconds(lambda: search(queries), repeats=3, budget=5)
    single = best_seconds(lambda: [search(queries[i : i + 1]) for i in range(N_SINGLE)], repeats=3, budget=5)
    recall = recall_of(ids, truth)
    low, high = _interval(ids, truth)
    yield row("search", system, "recall_at_10", recall, "", low, high, batch=len(queries), **settings)
    for size, speed in ((len(queries), len(queries) / batch), (1, N_SINGLE / single)):
        yield row("search", system, "queries_per_second", speed, "1/s", batch=size, **settings)


def _interval(ids, truth):
    each = (truth[:, :, None] == ids[:, None, :]).any(axis=2).mean(axis=1)
    half = 1.96 * each.std(ddof=1) / np.sqrt(len(each))
    return each.mean() - half, each.mean() + half


def _lsh_rows(vectors, queries, truth, shared):
    """LSHIndex tuned for several recalls, and the best setting with fewer and more probes."""
    n = len(vectors)
    for recall in RECALLS if n <= MAX_SWEPT else (0.9,):
        start = time.perf_counter()
        index = LSHIndex.tuned(vectors, recall, K)
        tuning = time.perf_counter() - start
        chosen = {name: getattr(index, name) for name in ("n_tables", "n_bits", "n_probes")}
        settings = {"target": recall, "tuning_seconds": round(tuning, 1), **chosen}
        yield from _measured(Candidate("LSHIndex", _ours(index), settings), vectors, queries, truth, shared)
        if recall != 0.9:
            continue
        for factor in (0.125, 0.25, 0.5, 2, 4):
            index.n_probes = max(1, int(chosen["n_probes"] * factor))
            settings = shared | chosen | {"n_probes": index.n_probes}
            yield from _speed_rows("LSHIndex", _searcher(index), queries, truth, settings)


def _ours_tried(n):
    """The other indexes of the package."""
    for tables, bits in ((4, 12), (8, 12), (16, 12), (8, 9), (16, 10), (32, 11)):
        settings = {"n_tables": tables, "n_bits": bits}
        yield Candidate("NearPyIndex", _ours(NearPyIndex(**settings)), settings)
    for bits, reranked in ((64, 0), (64, 200), (256, 200), (256, 1000)):
        settings = {"n_bits": bits, "n_reranked": reranked}
        yield Candidate("HammingIndex", _ours(HammingIndex(**settings)), settings)


def _ours(index):
    def build(vectors):
        index.add(vectors, range(len(vectors)))
        return _searcher(index), index_megabytes(index)

    return build


def _searcher(index):
    return lambda queries: index.search(queries, K)[0]


def index_megabytes(index):
    """MB of an index's arrays; for NearPy's dicts and lists an estimate from their entries."""
    snapshot, structure = index.state()
    total = snapshot.vectors.nbytes
    if isinstance(index, NearPyIndex):
        entries = len(snapshot.ids) * index.n_tables
        return (total + entries * 64 + len(snapshot.ids) * (8 * snapshot.vectors.shape[1] + 112)) / 1e6
    if isinstance(index, HammingIndex):
        return (total + (structure[0].nbytes if structure[0] is not None else 0)) / 1e6
    for segment in structure[0] if isinstance(index, LSHIndex) else ():
        total += segment.keys.nbytes + segment.starts.nbytes + segment.members.nbytes
    return total / 1e6


def _faiss():
    try:
        import faiss
    except ImportError:
        return None
    return faiss


def _peers(faiss, n):
    """faiss's own flat, LSH and HNSW indexes of unit vectors."""

    def build(make, **search_settings):
        def built(vectors):
            index = make(vectors.shape[1])
            index.add(_unit(vectors))
            for name, value in search_settings.items():
                setattr(index.hnsw, name, value)
            megabytes = faiss.serialize_index(index).nbytes / 1e6
            return lambda queries: index.search(_unit(queries), K)[1], megabytes

        return built

    yield Candidate("faiss-flat", build(faiss.IndexFlatIP), {})
    for bits in (256, 1024) if n <= MAX_SWEPT else (256,):
        yield Candidate("faiss-lsh", build(lambda d, bits=bits: faiss.IndexLSH(d, bits)), {"n_bits": bits})
    for visited in (16, 64, 256) if n <= MAX_SWEPT else (64,):
        make = build(lambda d: faiss.IndexHNSWFlat(d, 16, faiss.METRIC_INNER_PRODUCT), efSearch=visited)
        yield Candidate("faiss-hnsw", make, {"n_links": 16, "n_visited": visited})


def _sklearn():
    from sklearn.neighbors import NearestNeighbors

    def build(vectors):
        model = NearestNeighbors(n_neighbors=K, algorithm="brute", metric="cosine", n_jobs=1).fit(vectors)
        return lambda queries: model.kneighbors(queries, return_distance=False), vectors.nbytes / 1e6

    return Candidate("sklearn-brute", build, {})


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def plot(rows, path):
    """Draw recall against queries a second (batch) of every system, one panel a collection and size."""
    try:
        import matplotlib
    except ImportError:
        raise BenchmarkError('the picture needs matplotlib; run: pip install "classicxm[plot]"') from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = sorted({(one["settings"]["data"], one["settings"]["n"]) for one in rows})
    figure, axes = pyplot.subplots(1, len(panels), figsize=(4.5 * len(panels), 4), squeeze=False)
    for (data, n), axis in zip(panels, axes[0], strict=True):
        for system, points in sorted(_points(rows, data, n).items()):
            points = np.array(_frontier(points))
            axis.plot(points[:, 0], points[:, 1], "o-", label=system)
        axis.set(title=f"{data}, n = {n:,}", xlabel="recall at 10", yscale="log")
    axes[0][0].set_ylabel("queries a second, one thread")
    axes[0][-1].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _points(rows, data, n):
    """(recall, queries a second) of every setting of each system on one collection."""
    measured = {}
    for one in rows:
        settings = one["settings"]
        if (settings["data"], settings["n"]) == (data, n) and settings.get("batch", 0) > 1:
            key = one["system"], tuple(sorted(settings.items()))
            measured.setdefault(key, {})[one["measure"]] = one["value"]
    points = {}
    for (system, _), values in measured.items():
        points.setdefault(system, []).append((values["recall_at_10"], values["queries_per_second"]))
    return points


def _frontier(points):
    """The points that no other beats in both recall and speed, by recall.

    >>> _frontier([(0.5, 10), (0.9, 20), (0.95, 5)])
    [(0.9, 20), (0.95, 5)]
    """
    best = []
    for point in sorted(points, reverse=True):
        if not best or point[1] > best[-1][1]:
            best.append(point)
    return best[::-1]
