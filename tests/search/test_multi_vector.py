"""Several vectors per id against an oracle that looks at every vector of every id."""

import numpy as np
import pytest

from classicxm import persistence
from classicxm.distances import similarity
from classicxm.search import ExactIndex, MultiVectorIndex, QdrantIndex, ShardedIndex
from classicxm.search.conditions import Test
from tests.search.indexes import EXHAUSTIVE


def drawn(seed=0, n_items=40, width=5):
    """Vectors of ids that have one to four, ids of both types, and how many of each."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, 5, n_items)
    names = [n if n % 3 == 0 else str(n) for n in range(n_items)]
    ids = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    return random.standard_normal((len(ids), width)).astype(np.float32), ids, names


def best(queries, vectors, ids, names, metric, k):
    """The k best ids of each query with the score of the best vector; ties to the id that is named first."""
    scores = similarity(queries, vectors, metric)
    owners = np.array(list(map(repr, ids)))
    answers = []
    for row in scores:
        found = [(float(row[owners == repr(name)].max()), -place, name) for place, name in enumerate(names)]
        answers.append([(name, score) for score, _, name in sorted(found, reverse=True)[:k]])
    return answers


def check(index, queries, vectors, ids, names, k, **options):
    found, scores = index.search(queries, k, **options)
    for row, expected in enumerate(best(queries, vectors, ids, names, index.metric, k)):
        assert found[row, : len(expected)].tolist() == [name for name, _ in expected]
        assert scores[row, : len(expected)] == pytest.approx([score for _, score in expected], abs=1e-5)
        assert found[row, len(expected) :].tolist() == [None] * (k - len(expected))


@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_every_exhaustive_index_answers_with_the_best_vector_of_an_id(name, tmp_path):
    vectors, ids, names = drawn()
    index = MultiVectorIndex(EXHAUSTIVE[name]()).add_parts(vectors, ids)
    queries = np.random.default_rng(1).standard_normal((7, 5))
    assert (len(index), index.n_parts, index.ids()) == (40, len(ids), names)
    check(index, queries, vectors, ids, names, 6)
    check(index, queries, vectors, ids, names, 60)
    some = [*names[5:15], "nobody"]
    check(index, queries, vectors, ids, names[5:15], 4, allowed=some)
    index.remove(names[:20])
    check(index, queries, vectors, ids, names[20:], 6)
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    check(loaded, queries, vectors, ids, names[20:], 6)
    loaded.add(vectors[:1], ["new"])
    check(loaded, queries, np.r_[vectors, vectors[:1]], [*ids, "new"], [*names[20:], "new"], 6)


def test_the_vector_of_an_id_is_the_mean_and_parts_are_all():
    index = MultiVectorIndex(ExactIndex("euclidean")).add_parts(
        [[1, 0], [0, 4], [3, 0], [5, 5]], ["a", "b", "a", "c"], numbers=[2, 0, 7, 0]
    )
    assert index.vectors(["c", "a"]).tolist() == [[5, 5], [2, 0]]
    vectors, ids, numbers = index.parts(["b", "a"])
    assert (vectors.tolist(), ids, numbers) == ([[0, 4], [1, 0], [3, 0]], ["b", "a", "a"], [0, 2, 7])
    assert index.best_parts([4, 0], ["a", "c"]) == [7, 0]
    again = MultiVectorIndex(ExactIndex("euclidean")).add_parts(vectors, ids, numbers)
    assert again.search([[3, 0]], 2)[0].tolist() == [["a", "b"]]


def test_what_is_refused_changes_nothing():
    index = MultiVectorIndex(ExactIndex()).add_parts([[1, 0], [0, 1]], ["a", "a"])
    for vectors, ids, numbers, message in (
        ([[1, 1]], ["a"], None, "id 'a' is already in the index"),
        ([[1, 1], [2, 1]], ["b", "b"], [3, 3], "id 'b' is given with one number twice"),
        ([[1, np.nan]], ["b"], None, "NaN"),
        ([[1, 2, 3]], ["b"], None, "2 dimensions, got 3"),
    ):
        with pytest.raises(ValueError, match=message):
            index.add_parts(vectors, ids, numbers)
    with pytest.raises(ValueError, match="id 'b' is given twice"):
        index.add([[1, 1], [1, 2]], ["b", "b"])
    with pytest.raises(KeyError, match="id 'x' is not in the index"):
        index.remove(["a", "x"])
    assert (index.ids(), index.n_parts) == (["a"], 2)


def test_one_is_not_the_string_of_it():
    index = MultiVectorIndex(ExactIndex()).add_parts(np.eye(3), [1, "1", "1"])
    index.remove([1])
    assert index.search(np.eye(3), 1)[0].tolist() == [["1"]] * 3


def test_shards_and_servers_below_hold_the_vectors_and_look_after_filters(tmp_path):
    vectors, ids, names = drawn(n_items=12)
    queries = np.random.default_rng(1).standard_normal((3, 5))
    sharded = MultiVectorIndex(ShardedIndex([ExactIndex(), ExactIndex()])).add_parts(vectors, ids)
    check(sharded, queries, vectors, ids, names, 5)
    pytest.importorskip("qdrant_edge")
    index = MultiVectorIndex(QdrantIndex(str(tmp_path / "q"), "texts")).of_view("text", "cosine")
    facets = [{"label": {"text": ["odd" if names.index(key) % 2 else "even"]}} for key in ids]
    index.add_parts(vectors, ids, facets=facets)
    assert index.filters_itself
    check(index, queries, vectors, ids, names, 5)
    odd = Test("label", "text", "=", "odd")
    check(index, queries, vectors, ids, names[1::2], 4, where=odd)
    with pytest.raises(ValueError, match="got 1 facets and 2 ids; there must be one per id"):
        index.update_facets(names[:2], [{"label": {"text": ["odd"]}}])
    index.update_facets(names[:1], [{"label": {"text": ["odd"]}}])
    check(index, queries, vectors, ids, [names[0], *names[1::2]], 7, where=odd)
