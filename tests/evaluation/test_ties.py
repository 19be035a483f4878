import numpy as np
import pytest

from classicxm.evaluation import TIE_POLICIES, ranked_relevance
from classicxm.evaluation.ties import row_chunks

SCORES = [[1.0, 2.0, 1.0, 2.0, 1.0]]
GRADES = [[0, 3, 2, 0, 1]]


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("gallery_order", [3, 0, 0, 2, 1]),
        ("average", [3, 0, 0, 2, 1]),
        ("optimistic", [3, 0, 2, 1, 0]),
        ("pessimistic", [0, 3, 0, 1, 2]),
        ("trec", [0, 3, 1, 2, 0]),
    ],
)
def test_order_of_tied_items(ties, expected):
    ranked = ranked_relevance(SCORES, GRADES, ties, ids=["a", "b", "c", "d", "e"])
    np.testing.assert_array_equal(ranked.gains, [expected])
    assert ranked.averaged == (ties == "average")


def test_tie_groups():
    ranked = ranked_relevance([[1, 2, 1, 2, 1, 0], [1, 2, 3, 4, 5, 6]], np.zeros((2, 6)), "average")
    np.testing.assert_array_equal(ranked.start, [[0, 0, 2, 2, 2, 5], range(6)])
    np.testing.assert_array_equal(ranked.end, [[2, 2, 5, 5, 5, 6], range(1, 7)])


def test_trec_compares_ids_as_strings():
    ranked = ranked_relevance([[0, 0, 0]], [[1, 2, 3]], "trec", ids=[9, 10, 2])
    np.testing.assert_array_equal(ranked.gains, [[1, 3, 2]])  # "9" > "2" > "10"


def test_the_sort_is_stable_on_long_galleries():
    n = 5000
    scores = np.tile(np.repeat([0, 1], n // 2), (2, 1))
    ranked = ranked_relevance(scores, np.tile(np.arange(n), (2, 1)))
    np.testing.assert_array_equal(ranked.gains[1], np.r_[n // 2 : n, 0 : n // 2])


def test_infinite_scores_order_and_tie():
    ranked = ranked_relevance([[-np.inf, np.inf, 0, np.inf, -np.inf]], [[1, 2, 3, 4, 5]], "average")
    np.testing.assert_array_equal(ranked.gains, [[2, 4, 3, 1, 5]])
    np.testing.assert_array_equal(ranked.start, [[0, 0, 2, 3, 3]])


def test_unsigned_and_bool_scores_are_not_wrapped():
    ranked = ranked_relevance(np.array([[0, 200, 3]], dtype=np.uint8), [[1, 2, 3]])
    np.testing.assert_array_equal(ranked.gains, [[2, 3, 1]])
    ranked = ranked_relevance(np.array([[False, True]]), [[1, 2]])
    np.testing.assert_array_equal(ranked.gains, [[2, 1]])


@pytest.mark.parametrize("ties", TIE_POLICIES)
def test_empty_gallery(ties):
    assert ranked_relevance(np.zeros((2, 0)), np.zeros((2, 0)), ties, ids=[]).gains.shape == (2, 0)


@pytest.mark.parametrize(
    ("scores", "relevant", "settings", "message"),
    [
        ([[1, np.nan]], [[1, 0]], {}, "scores of query 0 have NaN"),
        ([[1, 2]], [[1, np.nan]], {}, "at least 0, got nan for query 0, item 1"),
        ([[1, 2]], [[1, -1]], {}, "at least 0, got -1.0 for query 0, item 1"),
        ([[1, 2]], [[1, 0, 1]], {}, r"one shape, got \(1, 2\) and \(1, 3\)"),
        ([1, 2], [1, 0], {}, r"scores must be 2-D .* got shape \(2,\)"),
        ([[1, 2]], [1, 0], {}, r"relevant must be 2-D .* got shape \(2,\)"),
        ([[1, 2]], [[1, 0]], {"ties": "random"}, "ties must be one of 'gallery_order', .* got 'random'"),
        ([[1, 2]], [[1, 0]], {"ties": "trec"}, "give ids"),
        ([[1, 2]], [[1, 0]], {"ties": "trec", "ids": ["a"]}, "name the 2 gallery items, got 1"),
        ([[1, 2]], [[1, 0]], {"ties": "trec", "ids": ["a", "a"]}, "unique, got 'a' 2 times"),
    ],
)
def test_bad_input(scores, relevant, settings, message):
    with pytest.raises(ValueError, match=message):
        ranked_relevance(scores, relevant, **settings)


def test_text_is_not_a_score():
    with pytest.raises(TypeError, match="scores must be numbers or bool"):
        ranked_relevance([["a", "b"]], [[1, 0]])


def test_row_chunks_cover_every_row_once():
    chunks = list(row_chunks(1001, 20_000))
    assert len(chunks) > 1
    assert [row for c in chunks for row in range(c.start, c.stop)] == list(range(1001))
    assert max(c.stop - c.start for c in chunks) * 20_000 * 8 <= 16 * 2**20
    assert list(row_chunks(0, 5)) == []


@pytest.mark.parametrize(
    "scores",
    [
        np.array([[2**53, 2**53 + 1, 7]]),
        np.array([[2**63 - 2, 2**63 - 1, -(2**63)]]),
        np.array([[2**64 - 2, 2**64 - 1, 0]], np.uint64),
        np.array([[1, 1 + np.finfo(np.longdouble).eps, 0]], np.longdouble),
    ],
)
def test_whole_numbers_that_floats_round_stay_in_their_order(scores):
    if len(np.unique(scores)) < 3:
        pytest.skip("this machine's long double is a double")
    for ties in ("gallery_order", "optimistic", "pessimistic", "average"):
        ranked = ranked_relevance(scores, [[False, True, False]], ties)
        assert np.asarray(ranked.gains).tolist() == [[True, False, False]]
