"""What enters an index, checked with one line that names what is wrong."""

import numpy as np
import pytest

from classicxm.search.inputs import (
    check_id_order,
    check_ids,
    check_k,
    check_queries,
    check_vectors,
    reachable,
)


def test_what_is_taken():
    vectors, ids = check_vectors([[1, 2], [3, 4]], np.array(["a", "b"]))
    assert vectors.dtype == np.float32 and ids == ["a", "b"] and type(ids[0]) is str
    assert check_ids({3: "x"}) == [3] and check_id_order((np.int64(4), "b")) == [4, "b"]
    assert check_k(np.int8(3)) == 3 and type(check_k(np.int8(3))) is int
    assert check_vectors([[0, 0.0], [1, 1e-50]], ["a", "b"])[0].tolist() == [[0, 0], [1, 0]]
    single = np.zeros((1, 2), np.float32)
    assert check_queries(single) is single


@pytest.mark.parametrize(
    ("vectors", "ids", "message"),
    [
        ([[1, 2]], ["a", "b"], "got 1 vectors and 2 ids"),
        ([[1, np.nan]], ["a"], "the vector of id 'a' has NaN or infinity"),
        ([[1, 2], [3]], ["a", "b"], "must all have the same number of dimensions, got rows of several"),
        ([1, 2], ["a", "b"], r"must be 2-D \(n, n_dimensions\), got shape \(2,\)"),
        ([[1], [2]], ["a", "a"], "id 'a' is given twice"),
        (np.zeros((1, 0)), ["a"], r"at least one dimension, got shape \(1, 0\)"),
        ([[1e39]], ["a"], "has NaN or infinity"),
        ([[0, 0], [0, 1e-50]], ["a", "b"], "row 1 of the vectors is too small for single precision"),
        ([np.ma.array([1, 2], mask=[0, 1])], ["a"], "vectors have 1 masked entries"),
    ],
)
def test_vectors_that_are_refused(vectors, ids, message):
    with pytest.raises(ValueError, match=message):
        check_vectors(vectors, ids)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_vectors([["x"]], ["a"]), "vectors must be real numbers, got dtype <U1"),
        (lambda: check_ids("abc"), "got the single str 'abc'; put it in a list"),
        (lambda: check_ids([1.5]), r"an id must be a str or an int, got 1.5 \(float\)"),
        (lambda: check_ids([True]), r"got True \(bool\)"),
        (lambda: check_ids(5), r"ids must be a collection of ids, got 5 \(int\)"),
        (lambda: check_id_order({"a", "b"}), "ids must be in the order of their rows, got set"),
    ],
)
def test_kinds_that_are_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("k", [0, -1, 2.0, True, None, "3"])
def test_numbers_of_neighbours_that_are_none(k):
    with pytest.raises(ValueError, match="k must be an integer of at least 1"):
        check_k(k)


def test_dimensions_are_those_of_the_index():
    with pytest.raises(ValueError, match="holds vectors of 3 dimensions, the queries have 2"):
        check_queries([[1, 2]], 3)
    with pytest.raises(ValueError, match="query 1 has NaN or infinity"):
        check_queries([[1, 2], [np.inf, 0]])


def test_answers_that_are_a_list_need_no_room_for_more():
    assert (reachable([1, 2], 5), reachable([1, 2], 1), reachable([], 5)) == (2, 1, 1)
