"""Every index, in settings that look at everything (so that answers are exact) and in everyday ones."""

from classicxm.search import ExactIndex, FaissIndex, HammingIndex, LSHIndex, NearPyIndex

#: Few bits and probes for every bucket: nothing can be missed.
EXHAUSTIVE = {
    "exact": lambda: ExactIndex(),
    "exact-euclidean": lambda: ExactIndex("euclidean", block_entries=64),
    "hyperplanes": lambda: LSHIndex(n_tables=2, n_bits=3, n_probes=16),
    "hyperplanes-centred": lambda: LSHIndex(n_tables=2, n_bits=3, n_probes=16, center=True),
    "cross-polytope": lambda: LSHIndex(hashing="cross_polytope", n_tables=1, n_bits=2, n_probes=4),
    "hamming-reranked": lambda: HammingIndex(n_bits=8, n_reranked=10_000),
    "faiss-flat": lambda: FaissIndex(),
    "faiss-flat-euclidean": lambda: FaissIndex(metric="euclidean"),
}
APPROXIMATE = {
    "lsh": lambda: LSHIndex(),
    "lsh-euclidean": lambda: LSHIndex("euclidean", n_bits=4),
    "hamming": lambda: HammingIndex(n_bits=32, n_substrings=2),
    "nearpy-binary": lambda: NearPyIndex(n_tables=4, n_bits=2),
    "nearpy-discretized": lambda: NearPyIndex(hashing="discretized", n_tables=4, n_bits=2, bin_width=2.0),
    "faiss-ivf": lambda: FaissIndex("ivf", n_lists=2),
    "faiss-hnsw": lambda: FaissIndex("hnsw"),
    "faiss-lsh": lambda: FaissIndex("lsh", n_bits=64),
    "faiss-pq": lambda: FaissIndex("pq", n_subquantizers=1),
    "faiss-binary": lambda: FaissIndex("binary"),
}
EVERY = EXHAUSTIVE | APPROXIMATE


def padded_by_right(name):
    """Whether short answers are allowed although more items exist."""
    return name.startswith("nearpy-")
