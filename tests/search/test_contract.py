"""What holds of every index."""

import copy

import numpy as np
import pytest
from sklearn.base import clone

from classicxm import persistence
from classicxm.search import HammingIndex
from tests.search.indexes import APPROXIMATE, EVERY, EXHAUSTIVE, padded_by_right
from tests.search.oracle import BruteForce, same_answers, valid_answers

pytestmark = pytest.mark.usefixtures("tables_always")
VECTORS = np.random.default_rng(0).standard_normal((300, 6))


@pytest.fixture(params=EVERY)
def name(request):
    return request.param


@pytest.fixture
def index(name):
    return EVERY[name]()


@pytest.mark.slow
@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_looking_at_everything_is_exact(name):
    index = EXHAUSTIVE[name]()
    oracle = BruteForce(index.metric)
    for batch in (slice(0, 200), slice(200, 201), slice(201, 300)):
        index.add(VECTORS[batch], range(300)[batch])
        oracle.add(VECTORS[batch], range(300)[batch])
    same_answers(index, oracle, VECTORS[:9], 5)
    same_answers(index, oracle, VECTORS[:9], 5, allowed=range(50, 90))
    for some in (range(0, 100, 2), range(101, 299)):
        index.remove(some)
        oracle.remove(some)
        same_answers(index, oracle, VECTORS[:9], 5)
        same_answers(index, oracle, VECTORS[:3], 80)


@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_duplicates_tie_in_insertion_order(name):
    index = EXHAUSTIVE[name]().add(np.tile(VECTORS[:1], (200, 1)), range(200, 0, -1))
    ids, scores = index.search(VECTORS[:2], k=150)
    assert (ids == np.arange(200, 50, -1)).all()
    assert (scores == scores[:, :1]).all()


def test_answers_are_valid_and_full(name, index):
    index.add(VECTORS, range(300))
    for k, allowed in ((1, None), (10, None), (300, None), (400, None), (5, range(100, 103)), (5, [])):
        ids, scores = index.search(VECTORS[:20], k, allowed)
        assert ids.shape == scores.shape == (20, k)
        valid_answers(ids, scores, set(range(300)) if allowed is None else set(allowed))
        if not padded_by_right(name):
            expected = min(k, 300 if allowed is None else len(allowed))
            assert ((ids != None).sum(axis=1) == expected).all()  # noqa: E711


def test_an_item_finds_itself(name, index):
    index.add(VECTORS, range(300))
    k = 30 if name in ("hamming", "faiss-binary") else 1  # codes of 6 signs are shared by many items
    ids, _ = index.search(VECTORS, k)
    assert (ids == np.arange(300)[:, None]).any(axis=1).mean() > 0.95


def test_removed_items_are_gone_and_may_come_back(index):
    index.add(VECTORS, range(300)).remove(range(10)).remove([20])
    ids, scores = index.search(VECTORS[:5], 50)
    valid_answers(ids, scores, set(range(10, 300)) - {20})
    index.remove(range(21, 200))
    ids, scores = index.search(VECTORS[:5], 50)
    valid_answers(ids, scores, set(range(10, 20)) | set(range(200, 300)))
    index.add(VECTORS[:1], [5])
    assert len(index) == 111
    assert 5 in index.search(VECTORS[:1], 60)[0]
    index.remove([*range(10, 20), *range(200, 300), 5])
    assert index.search(VECTORS[:2], 3)[0].tolist() == [[None] * 3] * 2
    assert index.add(VECTORS[:1], ["again"]).search(VECTORS[:1], 1)[0].tolist() == [["again"]]


def test_an_unknown_id_removes_nothing(index):
    index.add(VECTORS, range(300))
    with pytest.raises(KeyError, match="id 'x' is not in the index"):
        index.remove([1, "x"])
    assert len(index) == 300


def test_an_empty_index(index):
    ids, scores = index.search(VECTORS[:2], 4)
    assert ids.tolist() == [[None] * 4] * 2
    assert np.isneginf(scores).all()
    assert len(index) == 0
    with pytest.raises(KeyError, match="id 1 is not in the index"):
        index.remove([1])
    index.add(np.empty((0, 6)), [])
    assert len(index) == 0


def test_bad_input_is_refused_and_changes_nothing(index):
    index.add(VECTORS, range(300))
    for ids in (7, None):
        with pytest.raises(TypeError, match=f"ids must be a collection of ids, got {ids}"):
            index.remove(ids)
    with pytest.raises(TypeError, match="got the single str '7'; put it in a list"):
        index.remove("7")
    for vectors, ids, message in (
        ([[1, 2, 3], [1, 2]], ["new", 8], "vectors must all have the same number of dimensions"),
        ([[1, 2, 3, 4, 5, np.nan]], ["new"], "the vector of id 'new' has NaN or infinity"),
        (np.ones((1, 5)), ["new"], "the index holds vectors of 6 dimensions, got 5"),
        (np.ones((2, 6)), ["new", 7], "id 7 is already in the index"),
        (np.ones((2, 6)), ["new", "new"], "id 'new' is given twice"),
    ):
        with pytest.raises(ValueError, match=message):
            index.add(vectors, ids)
    with pytest.raises(ValueError, match="holds vectors of 6 dimensions, the queries have 5"):
        index.search(np.ones((1, 5)))
    with pytest.raises(ValueError, match="query 1 has NaN or infinity"):
        index.search([[1] * 6, [np.inf] * 6])
    with pytest.raises(ValueError, match="k must be an integer of at least 1, got 0"):
        index.search(VECTORS[:1], 0)
    assert len(index) == 300
    assert "new" not in index.search(VECTORS[:1], 300)[0]


def test_an_interrupted_addition_adds_nothing(index, monkeypatch):
    index.add(VECTORS[:250], range(250))
    before = index.search(VECTORS[:20], 5)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(index, "extended", interrupted)
        index.add(VECTORS[250:270], range(250, 270))
    assert len(index) == 250
    assert 260 not in index
    for now, then in zip(index.search(VECTORS[:20], 5), before, strict=True):
        assert (now == then).all()
    index.add(VECTORS[250:], range(250, 300))
    assert 299 in index.search(VECTORS[299:], 300)[0]


def test_values_at_the_end_of_single_precision(index):
    index.add(VECTORS, range(300)).add(np.full((2, 6), 3e38), ["huge", "larger"])
    ids, scores = index.search(np.concatenate([np.full((1, 6), 3e38), np.full((1, 6), 1e-45)]), 5)
    valid_answers(ids, scores, {*range(300), "huge", "larger"})
    assert "huge" in index.search(np.full((1, 6), 3e38), 302)[0]


def test_zero_vectors_and_mixed_ids(index):
    index.add(np.zeros((2, 6)), ["1", 1]).add(VECTORS[:20], range(100, 120))
    ids, scores = index.search(np.zeros((1, 6)), 5)
    valid_answers(ids, scores, {"1", 1, *range(100, 120)})
    assert index.search(VECTORS[3:4], 22)[0][0].tolist().count("1") <= 1


def test_saved_and_loaded_answers_the_same(index, tmp_path):
    index.add(VECTORS, range(300)).remove(range(50)).add(VECTORS[:3], ["a", "b", "c"])
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    for mine, theirs in zip(loaded.search(VECTORS, 7), index.search(VECTORS, 7), strict=True):
        assert (mine == theirs).all()
    loaded.add(VECTORS[10:11], ["new"]).remove(["a", *range(60, 290)])
    assert len(loaded) == 253 - 230
    assert "new" in loaded.search(VECTORS[10:11], 20)[0]


def test_an_empty_index_is_saved_and_loaded(index, tmp_path):
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    assert len(loaded) == 0
    assert len(loaded.add(VECTORS, range(300))) == 300


def test_clones_are_empty_and_copies_are_apart(index):
    index.add(VECTORS, range(300))
    assert len(clone(index)) == 0
    assert clone(index).get_params() == index.get_params()
    if not type(index).__name__.startswith("Faiss"):
        other = copy.deepcopy(index).remove([0])
        assert (len(index), len(other)) == (300, 299)
        assert 0 in index.search(VECTORS[:1], 300)[0]


def test_the_same_seed_gives_the_same_answers(name, index):
    other = EVERY[name]()
    for one in (index, other):
        one.add(VECTORS, range(300))
    assert (index.search(VECTORS, 5)[0] == other.search(VECTORS, 5)[0]).all()


def test_scores_are_exact_where_ids_are_found(name, index):
    if name in ("hamming", "faiss-binary"):
        pytest.skip("scores are Hamming distances")
    index.add(VECTORS, range(300))
    ids, scores = index.search(VECTORS[:10], 5)
    oracle = BruteForce(index.metric)
    oracle.add(VECTORS, range(300))
    every_id, every_score = oracle.search(VECTORS[:10], 300)
    for row in range(10):
        expected = dict(zip(every_id[row], every_score[row], strict=True))
        for key, score in zip(ids[row], scores[row], strict=True):
            assert key is None or score == pytest.approx(expected[key], abs=1e-5)


def test_every_index_is_covered():
    from classicxm import search

    covered = {type(make()).__name__ for make in EVERY.values()}
    stores = {"PgVectorIndex", "QdrantIndex", "RemoteIndex", "ShardedIndex"}  # see test_stores
    built_on = {"MultiVectorIndex"}  # any of the others, see test_multi_vector
    assert covered == set(search.__all__) - {"StoredIndex", "VectorStore"} - stores - built_on
    assert HammingIndex().store_dtype == "uint8"
    assert len(APPROXIMATE) + len(EXHAUSTIVE) == len(EVERY)
