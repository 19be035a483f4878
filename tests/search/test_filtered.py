import numpy as np
import pytest

import classicxm.search.faiss as faiss_module
import classicxm.search.filtered as filtered
import classicxm.search.lsh as lsh_module
from classicxm.search import ExactIndex, FaissIndex, HammingIndex, LSHIndex, NearPyIndex, ShardedIndex
from classicxm.search.filtered import scans_allowed, widening
from classicxm.search.tuning import recall_of

N, D = 3000, 16
RANDOM = np.random.default_rng(0)
CENTRES = RANDOM.standard_normal((60, D))
VECTORS = CENTRES[RANDOM.integers(0, 60, N)] + 0.7 * RANDOM.standard_normal((N, D))
QUERIES = CENTRES[RANDOM.integers(0, 60, 70)] + 0.7 * RANDOM.standard_normal((70, D))
#: Every index that keeps vectors, as it comes or small.
INDEXES = {
    "exact": ExactIndex,
    "lsh": lambda: LSHIndex(n_bits=8, n_probes=60, scan="never"),
    "lsh-coarse": lambda: LSHIndex(n_bits=10, n_tables=4, n_probes=20, scan="never"),
    "lsh-euclidean": lambda: LSHIndex("euclidean", n_bits=8, n_probes=60, scan="never"),
    "cross-polytope": lambda: LSHIndex(hashing="cross_polytope", n_bits=8, n_probes=60, scan="never"),
    "hamming": lambda: HammingIndex(64, n_reranked=100),
    "nearpy": lambda: NearPyIndex(n_tables=4, n_bits=8),
    "nearpy-discretized": lambda: NearPyIndex(hashing="discretized", n_tables=4, n_bits=2),
    "faiss-flat": FaissIndex,
    "faiss-ivf": lambda: FaissIndex("ivf", n_lists=40, n_probes=8, n_reranked=50),
    "faiss-hnsw": lambda: FaissIndex("hnsw", n_links=8, n_visited=32, n_reranked=32),
    "faiss-hnsw-euclidean": lambda: FaissIndex("hnsw", "euclidean", n_links=8, n_visited=32, n_reranked=32),
    "faiss-lsh": lambda: FaissIndex("lsh", n_bits=128),
    "sharded": lambda: ShardedIndex([FaissIndex("hnsw", n_reranked=32), LSHIndex(n_bits=8, scan="never")]),
}
#: Filters by the share that passes; the last two let pass what is farthest from the first query.
FILTERS = {
    "50 %": RANDOM.choice(N, N // 2, replace=False),
    "5 %": RANDOM.choice(N, N // 20, replace=False),
    "1 %": RANDOM.choice(N, N // 100, replace=False),
    "0.1 %": RANDOM.choice(N, N // 1000, replace=False),
    "far 20 %": np.argsort(VECTORS @ QUERIES[0])[: N // 5],
    "far 5 %": np.argsort(VECTORS @ QUERIES[0])[: N // 20],
}


def recalls(index):
    """Recall at 10 without a filter, and with each."""
    index.add(VECTORS, range(N))
    exact = ExactIndex(index.metric).add(VECTORS, range(N))

    def recall(allowed=None):
        return recall_of(index.search(QUERIES, 10, allowed)[0], exact.search(QUERIES, 10, allowed)[0])

    return recall(), {name: recall(allowed.tolist()) for name, allowed in FILTERS.items()}


@pytest.fixture
def tables(monkeypatch):
    """Indexes search by their tables without a filter, however small they are."""
    monkeypatch.setattr(lsh_module, "SCANNED_ROWS", 0)
    monkeypatch.setattr(faiss_module, "SCANNED_ROWS", 0)


@pytest.mark.parametrize("name", INDEXES)
def test_a_filter_loses_no_recall(name, tables):
    if name.startswith("faiss"):
        pytest.importorskip("faiss")
    _, filtered_by = recalls(INDEXES[name]())
    assert filtered_by == dict.fromkeys(FILTERS, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in INDEXES if name.startswith(("lsh", "cross", "faiss", "sharded"))]
)
def test_where_too_many_pass_to_be_scanned_a_search_goes_further(name, tables_always):
    if name.startswith("faiss"):
        pytest.importorskip("faiss")
    plain, filtered_by = recalls(INDEXES[name]())
    assert plain > 0.4
    assert min(filtered_by.values()) >= min(plain, 0.95) - 0.02, (plain, filtered_by)


@pytest.mark.parametrize("kind", ["hamming", "binary"])
def test_codes_alone_answer_a_filter_as_a_scan_of_the_codes_does(kind, tables_always):
    if kind == "binary":
        pytest.importorskip("faiss")
    index = HammingIndex() if kind == "hamming" else FaissIndex("binary")
    index.add(VECTORS, range(N))
    for allowed in FILTERS.values():
        few = HammingIndex().add(VECTORS[np.sort(allowed)], np.sort(allowed).tolist())
        for found, expected in zip(
            index.search(QUERIES, 10, allowed.tolist()), few.search(QUERIES, 10), strict=True
        ):
            assert (found == expected).all()


def test_removed_items_lose_no_recall(tables_always):
    for make in (INDEXES["faiss-hnsw"], INDEXES["lsh"]):
        index = make().add(VECTORS, range(N))
        plain = recall_of(
            index.search(QUERIES, 10)[0], ExactIndex().add(VECTORS, range(N)).search(QUERIES, 10)[0]
        )
        index.remove(range(N // 2 - 1))
        exact = ExactIndex().add(VECTORS[N // 2 - 1 :], range(N // 2 - 1, N))
        assert recall_of(index.search(QUERIES, 10)[0], exact.search(QUERIES, 10)[0]) >= plain - 0.02


def test_the_rule_by_hand():
    million = 10**6
    assert scans_allowed(filtered.FEW_ALLOWED, 100 * million, 1000, 1)
    assert scans_allowed(million, 100 * million, 64, 1)
    assert not scans_allowed(million + 1, 100 * million, 1, 1)
    assert not scans_allowed(100_000, million, 65, 9_999)  # 10 times 9,999 are fewer than 100,000
    assert scans_allowed(100_000, million, 65, 10_000)
    assert widening(0, 7) == 7
    assert widening(7, 7) == 1


def test_nothing_passes(tables):
    for make in INDEXES.values():
        assert make().add(VECTORS[:50], range(50)).search(QUERIES[:2], 3, [])[0].tolist() == [[None] * 3] * 2
