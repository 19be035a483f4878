"""All shards are asked at once; what fails is named, and the rest is merged."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from classicxm.errors import ShardFailedError, ShardMissingWarning
from classicxm.search.answers import Answers
from classicxm.search.shard_answers import asked_of_all, line_of, merged


def answered(number):
    """The second fails, the third lacks a part of its own, the fourth is late."""
    if number == 1:
        raise OSError("cut\nthrough")
    if number == 3:
        time.sleep(0.5)
    return Answers(([[number]], [[1.0]]), ["inner"] if number == 2 else [])


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_answers_and_the_names_of_what_is_missing(threads):
    with pytest.warns(ShardMissingWarning) as told:
        found, missing = asked_of_all(answered, ["a", "b", "c"], threads, None, "answer")
    assert [one[0] for one in found] == [[[0]], [[2]]] and missing == ["b", "c: inner"]
    assert [str(one.message) for one in told] == [
        "b did not answer: OSError cut through; 2 of 3 shards answered"
    ]


def test_late_answers_are_missing(threads):
    with pytest.warns(ShardMissingWarning) as told:
        assert asked_of_all(answered, list("abcd"), threads, 0.1, "answer")[1] == ["b", "d", "c: inner"]
    assert "d did not answer: no answer in 0.1 s; 2 of 4" in str(told[1].message)


def test_failures_are_raised_where_that_is_wanted_or_nothing_answers(threads):
    with pytest.raises(ShardFailedError, match=r"^b did not answer: OSError cut through$"):
        asked_of_all(answered, list("abc"), threads, None, "raise")
    with pytest.raises(ShardFailedError, match="none of 1 shards"), pytest.warns(ShardMissingWarning):
        asked_of_all(lambda number: answered(1), ["a"], threads, None, "answer")
    assert asked_of_all(answered, [], threads, None, "answer") == ([], [])


def test_equal_scores_go_by_the_order_and_unknown_ids_come_last():
    parts = [(np.array([["x", "a", None]], object), np.array([[1.0, 1.0, -np.inf]]))]
    parts.append((np.array([["b", "c", None]], object), np.array([[2.0, 1.0, -np.inf]])))
    ids, scores = merged(parts, {"c": 0, "a": 1, "b": 2}, 1, 5)
    assert ids.tolist() == [["b", "c", "a", "x", None]] and scores.tolist() == [[2, 1, 1, 1, -np.inf]]
    assert merged(parts, {"c": 0}, 1, 2)[0].tolist() == [["b", "c"]]


def test_nothing_answered_is_padding():
    ids, scores = merged([], {}, 2, 3)
    assert ids.tolist() == [[None] * 3] * 2 and np.isneginf(scores).all()


def test_an_error_is_one_line():
    assert line_of(KeyError("a")) == "KeyError 'a'"
