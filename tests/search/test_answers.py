"""The shape of answers: the k best, ties to the lower row, padded where short."""

import numpy as np

from classicxm.search.answers import best_of_one, best_pairs, named, nothing_found, padded_rows


def test_nothing_found():
    rows, scores = padded_rows(2, 3)
    assert rows.tolist() == [[-1] * 3] * 2 and np.isneginf(scores).all()
    ids, scores = nothing_found(1, 2)
    assert ids.tolist() == [[None, None]] and np.isneginf(scores).all()


def test_names_of_rows():
    ids = np.array(["a", "b", 7], object)
    assert named(np.array([[2, 0]]), np.zeros((1, 2)), ids)[0].tolist() == [[7, "a"]]
    assert named(np.array([[1, -1]]), np.zeros((1, 2)), ids)[0].tolist() == [["b", None]]


def test_best_pairs_by_hand():
    which, rows = np.array([1, 0, 1, 1, 0]), np.array([5, 2, 3, 9, 1])
    scores = np.array([0.5, 0.1, 0.5, 0.9, 0.1])
    found = best_pairs(which, rows, scores, 3, 2)
    assert found[0].tolist() == [[1, 2], [9, 3], [-1, -1]]
    assert found[1].tolist() == [[0.1, 0.1], [0.9, 0.5], [-np.inf, -np.inf]]


def test_one_query_as_many():
    rng = np.random.default_rng(0)
    rows, scores = np.arange(50), rng.integers(0, 5, 50).astype(float)
    for k in (1, 10, 60):
        one, many = best_of_one(rows, scores, k), best_pairs(np.zeros(50, int), rows, scores, 1, k)
        for a, b in zip(one, many, strict=True):
            np.testing.assert_array_equal(a, b)
