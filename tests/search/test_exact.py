import tracemalloc

import numpy as np
import pytest

from classicxm import persistence
from classicxm.distances import METRICS, similarity
from classicxm.search import ExactIndex
from tests.search.oracle import BruteForce, same_answers


def filled(metric="cosine", n=60, d=5, seed=0, **settings):
    vectors = np.random.default_rng(seed).random((n, d)) + 0.1
    return ExactIndex(metric, **settings).add(vectors, range(n)), vectors


def test_three_points_by_hand():
    index = ExactIndex("euclidean").add([[0, 0], [3, 4], [6, 8]], ["origin", "five", "ten"])
    ids, scores = index.search([[0, 0], [6, 8]], k=2)
    assert ids.tolist() == [["origin", "five"], ["ten", "five"]]
    assert scores.tolist() == [[0, -5], [0, -5]]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("block_entries", [1, 50, 8_000_000])
def test_every_metric_agrees_with_brute_force_whatever_the_chunks(metric, block_entries):
    index, vectors = filled(metric, block_entries=block_entries)
    oracle = BruteForce(metric)
    oracle.add(vectors, range(len(vectors)))
    same_answers(index, oracle, np.random.default_rng(1).random((7, 5)), k=4)


@pytest.mark.parametrize("metric", METRICS)
def test_equal_vectors_score_equally_and_come_in_insertion_order(metric):
    one = np.random.default_rng(2).random(37)
    index = ExactIndex(metric, block_entries=40).add(np.tile(one, (100, 1)), range(100))
    ids, scores = index.search(np.random.default_rng(3).random((5, 37)), k=30)
    assert (ids == np.arange(30)).all()
    assert (scores == scores[:, :1]).all()


def test_ties_between_different_items_go_to_the_lower_insertion_order():
    index = ExactIndex("dot").add([[1, 0], [0, 1], [1, 0], [2, 0]], ["d", "c", "b", "a"])
    assert index.search([[1, 1]], k=4)[0].tolist() == [["a", "d", "c", "b"]]


def test_scaled_copies_tie_under_cosine():
    rng = np.random.default_rng(4)
    direction = rng.random(16)
    index = ExactIndex().add(direction * 2.0 ** rng.integers(-20, 20, 50)[:, None], range(50))
    assert index.search(direction[None], k=10)[0].tolist() == [list(range(10))]


def test_more_neighbours_than_items_are_padded():
    index, _ = filled(n=3)
    ids, scores = index.search(np.ones((2, 5)), k=5)
    assert (ids[:, 3:] == None).all()  # noqa: E711
    assert np.isneginf(scores[:, 3:]).all()
    assert sorted(ids[0, :3]) == [0, 1, 2]


def test_an_empty_index_answers_with_padding():
    ids, scores = ExactIndex().search(np.ones((2, 3)), k=4)
    assert ids.tolist() == [[None] * 4] * 2
    assert np.isneginf(scores).all()
    index = ExactIndex().add([[1, 2]], ["a"]).remove(["a"])
    assert index.search([[1, 2]], k=1)[0].tolist() == [[None]]


def test_no_queries_give_no_rows():
    index, _ = filled()
    ids, scores = index.search(np.empty((0, 5)), k=3)
    assert ids.shape == scores.shape == (0, 3)


def test_allowed_restricts_the_answer_and_passes_unknown_ids_over():
    index, vectors = filled()
    oracle = BruteForce()
    oracle.add(vectors, range(60))
    same_answers(index, oracle, vectors[:4], k=6, allowed=[3, 1, 4, 15, 9, 26, 5, "nobody", 1000])
    assert index.search(vectors[:1], k=2, allowed=[])[0].tolist() == [[None, None]]
    assert index.search(vectors[:1], k=2, allowed={7})[0].tolist() == [[7, None]]
    assert index.search(vectors[:1], k=2, allowed=np.array([7]))[0].tolist() == [[7, None]]


def test_removed_items_never_come_back_and_their_ids_may_be_used_again():
    index, vectors = filled()
    oracle = BruteForce()
    oracle.add(vectors, range(60))
    for batch in (range(20), range(30, 55)):  # the second lets more than half be dead, so rows are packed
        index.remove(batch)
        oracle.remove(batch)
        assert len(index) == len(oracle.items)
        same_answers(index, oracle, vectors[:5], k=8)
        same_answers(index, oracle, vectors[:5], k=3, allowed=range(15, 35))
    index.add(vectors[:1] * 2, [3])
    assert index.search(vectors[:1], k=1)[0].tolist() == [[3]]


def test_zero_vectors_score_zero_under_cosine():
    index = ExactIndex().add([[0, 0], [-1, 0], [1, 0]], ["zero", "minus", "plus"])
    ids, scores = index.search([[1, 0], [0, 0]], k=3)
    assert ids.tolist() == [["plus", "zero", "minus"], ["zero", "minus", "plus"]]
    assert scores.tolist() == [[1, 0, -1], [0, 0, 0]]


@pytest.mark.parametrize("scale", [1e-30, 1e30, 3e38])
def test_huge_and_tiny_values(scale):
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1]]) * scale
    for metric, best in (("cosine", 1.0), ("euclidean", 0.0), ("dot", scale * np.float64(np.float32(scale)))):
        ids, scores = ExactIndex(metric).add(vectors, ["a", "b", "c"]).search(vectors[:1], k=3)
        assert ids.tolist() == [["a", "b", "c"]]
        np.testing.assert_allclose(scores[0, 0], best, rtol=1e-6)


def test_near_ties_far_from_the_origin_are_ordered_exactly():
    rng = np.random.default_rng(5)
    vectors = (rng.standard_normal((3000, 8)) + 1000).astype(np.float32)
    index = ExactIndex("euclidean").add(vectors, range(3000))
    ids, _ = index.search(vectors[:20], k=10)
    exact = -np.linalg.norm(vectors[:20, None].astype(float) - vectors.astype(float), axis=2)
    assert (ids == np.argsort(-exact, axis=1, kind="stable")[:, :10]).all()


def test_items_sorted_by_score_are_all_found():
    vectors = np.column_stack([np.arange(20_000), np.ones(20_000)])  # every item is better than all before it
    ids, _ = ExactIndex("dot").add(vectors, range(20_000)).search([[1, 0]] * 300, k=10)
    assert (ids == 19_999 - np.arange(10)).all()


@pytest.mark.parametrize(
    ("queries", "k", "message"),
    [
        (np.ones((1, 4)), 1, "the index holds vectors of 5 dimensions, the queries have 4"),
        (np.ones(5), 1, r"queries must be 2-D \(n_queries, n_dimensions\), got shape \(5,\)"),
        ([[1, 2, 3, 4, np.nan]], 1, "query 0 has NaN or infinity"),
        (np.ones((1, 5)), 0, "k must be an integer of at least 1, got 0"),
        (np.ones((1, 5)), 2.0, "k must be an integer of at least 1, got 2.0"),
        (np.ones((1, 5)), True, "k must be an integer of at least 1, got True"),
    ],
)
def test_bad_queries_are_refused(queries, k, message):
    index, _ = filled()
    with pytest.raises(ValueError, match=message):
        index.search(queries, k)


def test_text_queries_and_bad_parameters_are_refused():
    index, vectors = filled()
    with pytest.raises(TypeError, match="queries must be real numbers"):
        index.search([["a", "b", "c", "d", "e"]])
    with pytest.raises(ValueError, match=r"ExactIndex: metric must be one of 'cosine', .*, got 'cosin'"):
        ExactIndex("cosin").add(vectors, range(60))
    with pytest.raises(ValueError, match="block_entries must be an integer of at least 1, got 0"):
        ExactIndex(block_entries=0).add(vectors, range(60))
    with pytest.raises(TypeError, match="got the single str"):
        index.search(vectors, allowed="abc")


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "kl"])
def test_saved_and_loaded_is_the_same(metric, tmp_path):
    index, vectors = filled(metric)
    index.remove([5, 6]).add(vectors[5:6], ["five"])
    loaded = persistence.load(persistence.save(index, tmp_path / "index"))
    assert isinstance(loaded.store_.snapshot().vectors, np.memmap)
    for mine, theirs in zip(loaded.search(vectors, 7), index.search(vectors, 7), strict=True):
        assert (mine == theirs).all()
    loaded.add([[1, 2, 3, 4, 5]], ["new"]).remove([0])
    assert len(loaded) == len(index)
    assert loaded.search([[1, 2, 3, 4, 5]], 1)[0].tolist() == [["new"]]


def test_an_empty_index_is_saved_and_loaded(tmp_path):
    loaded = persistence.load(persistence.save(ExactIndex("dot"), tmp_path / "index"))
    assert (len(loaded), loaded.metric) == (0, "dot")
    assert len(loaded.add([[1.0, 2.0]], ["a"])) == 1


def test_all_scores_are_never_held_at_once():
    rng = np.random.default_rng(6)
    index = ExactIndex(block_entries=500_000).add(rng.random((20_000, 4)), range(20_000))
    queries = rng.random((1000, 4))
    tracemalloc.start()
    index.search(queries, k=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6  # all scores would take 80 MB


def test_scores_are_those_of_the_metric():
    index, vectors = filled("hellinger")
    ids, scores = index.search(vectors[:3], k=60)
    expected = np.take_along_axis(similarity(vectors[:3], vectors, "hellinger"), ids.astype(int), axis=1)
    np.testing.assert_allclose(scores, expected, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("block_entries", [7, 8_000_000])
def test_one_query_is_answered_as_it_is_in_a_batch(metric, block_entries):
    index, vectors = filled(metric, n=5000, block_entries=block_entries)
    index.add(vectors[:40], range(5000, 5040)).remove(range(0, 5000, 5))  # equal ones, and gaps
    queries = np.concatenate([vectors[:4], np.random.default_rng(1).random((4, 5))])
    for allowed in (None, range(0, 5040, 3)):
        ids, scores = index.search(queries, 12, allowed)
        for i in range(len(queries)):
            one = index.search(queries[i : i + 1], 12, allowed)
            assert one[0].tolist() == ids[i : i + 1].tolist()
            np.testing.assert_array_equal(one[1], scores[i : i + 1])
