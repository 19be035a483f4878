"""The indexes that the search benchmark compares: ours, faiss's own and scikit-learn's, at a few settings each."""

from dataclasses import dataclass

import numpy as np

from classicxm.search import ExactIndex, HammingIndex, LSHIndex, NearPyIndex

#: Neighbours asked for.
K = 10


@dataclass
class System:
    """A system at one setting.

    build(vectors) gives a function (queries, **one of the sweep) -> ids, and megabytes; what is swept needs no
    building anew.
    """

    name: str
    settings: dict
    build: callable
    sweep: tuple = ({},)


def ours(index, settings=None, sweep=({},)):
    """An index of the package."""

    def build(vectors):
        index.add(vectors, range(len(vectors)))

        def search(queries, **one):
            vars(index).update(one)  # set_params takes as long as a search
            return index.search(queries, K)[0]

        return search, index_megabytes(index)

    return System(type(index).__name__, settings or {}, build, sweep)


def systems(faiss, every):
    """All but LSHIndex; with ``every`` at all their settings, else at few."""
    yield ours(ExactIndex())
    for tables, bits in ((4, 12), (16, 12), (16, 10), (32, 11)) if every else ((16, 10),):
        settings = {"n_tables": tables, "n_bits": bits}
        yield ours(NearPyIndex(**settings), settings)
    yield ours(HammingIndex(64), {"n_bits": 64, "n_reranked": 0})
    reranked = ({"n_reranked": 200}, {"n_reranked": 1000})
    for bits in (64, 256) if every else (256,):
        yield ours(HammingIndex(bits, n_reranked=200), {"n_bits": bits}, reranked)
    if faiss is not None:
        yield from _faiss_systems(faiss, every)
    yield _sklearn()


def index_megabytes(index):
    """MB of an index's arrays; for NearPy's dicts and lists an estimate from their entries."""
    snapshot, structure = index.state()
    total = snapshot.vectors.nbytes
    if isinstance(index, NearPyIndex):
        entries = len(snapshot.ids) * index.n_tables
        total += entries * 64 + len(snapshot.ids) * (8 * snapshot.vectors.shape[1] + 112)
    elif isinstance(index, HammingIndex) and structure[0] is not None:
        total += structure[0].nbytes
    elif isinstance(index, LSHIndex):
        segments, rounded = structure
        total += rounded.codes.nbytes + rounded.rounding.nbytes
        for segment in segments:
            directory = segment.directory[1].nbytes if segment.directory else 0
            total += segment.keys.nbytes + segment.starts.nbytes + segment.members.nbytes + directory
    return total / 1e6


def load_faiss():
    """faiss with one thread, or None where it is not installed."""
    try:
        import faiss
    except ImportError:
        return None
    faiss.omp_set_num_threads(1)
    return faiss


def _faiss_systems(faiss, every):
    """faiss's own flat, LSH and HNSW indexes of unit vectors."""

    def build(make):
        def built(vectors):
            index = make(vectors.shape[1])
            index.add(_unit(vectors))

            def search(queries, n_visited=None):
                if n_visited is not None:
                    index.hnsw.efSearch = n_visited
                return index.search(_unit(queries), K)[1]

            return search, faiss.serialize_index(index).nbytes / 1e6

        return built

    yield System("faiss-flat", {}, build(faiss.IndexFlatIP))
    for bits in (256, 1024) if every else (256,):
        yield System("faiss-lsh", {"n_bits": bits}, build(lambda d, bits=bits: faiss.IndexLSH(d, bits)))
    make = build(lambda d: faiss.IndexHNSWFlat(d, 16, faiss.METRIC_INNER_PRODUCT))
    visited = tuple({"n_visited": n} for n in (16, 64, 256))
    yield System("faiss-hnsw", {"n_links": 16}, make, visited)


def _sklearn():
    from sklearn.neighbors import NearestNeighbors

    def build(vectors):
        model = NearestNeighbors(n_neighbors=K, algorithm="brute", metric="cosine", n_jobs=1).fit(vectors)
        return lambda queries: model.kneighbors(queries, return_distance=False), vectors.nbytes / 1e6

    return System("sklearn-brute", {}, build)


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
