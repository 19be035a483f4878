"""Nearest neighbours in the common subspace: batch in, two (n_queries, k) arrays out."""

from classicxm.lazy import attach

__all__, __getattr__, __dir__ = attach(
    __name__,
    {
        "exact": ["ExactIndex"],
        "faiss": ["FaissIndex"],
        "hamming": ["HammingIndex"],
        "lsh": ["LSHIndex"],
        "nearpy": ["NearPyIndex"],
        "store": ["VectorStore"],
        "stored": ["StoredIndex"],
    },
)
