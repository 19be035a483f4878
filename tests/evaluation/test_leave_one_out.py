"""Hit rates of recommenders that are known beforehand."""

import pytest

from classicxm.evaluation import HitRate, at_random, by_popularity, hit_rates

HISTORIES = [["a", "b"], ["a", "c"], ["a", "b"]]


def test_popularity_counts_each_history_once_and_leaves_out_what_was_seen():
    recommend = by_popularity([*HISTORIES, ["c", "c", "c", "a"]])
    assert recommend([], 2) == ["a", "b"] and recommend(["a"], 5) == ["b", "c"]
    assert by_popularity(HISTORIES, ["z", "b"])([], 2) == ["b", "z"]


def test_chance_draws_other_items():
    recommend = at_random(range(100), 0)
    first, second = recommend([1, 2], 98), recommend([1, 2], 98)
    assert sorted(first) == sorted(second) == [0, *range(3, 100)] and first != second


def test_a_recommender_that_knows_and_one_that_does_not():
    everything = {
        "knows": lambda kept: lambda history, k: ["a", "b", "c"],
        "never": lambda kept: lambda history, k: [],
    }
    rates = hit_rates(HISTORIES, everything, k=3)
    assert rates["knows"].value == 1 and (rates["knows"].low, rates["knows"].high) == (1, 1)
    assert rates["never"].value == 0 and rates["never"].hits.tolist() == [False] * 3
    assert isinstance(rates["never"], HitRate)


def test_recommenders_see_the_histories_without_what_is_left_out():
    seen = []

    def make(kept):
        seen.extend(kept)
        return lambda history, k: []

    hit_rates([["a", "b", "a"], ["c", "d", "e"]], {"one": make})
    assert [len(history) for history in seen] == [1, 2]


def test_answers_beyond_k_do_not_count():
    rates = hit_rates([["a", "b"]], {"late": lambda kept: lambda history, k: ["x", "a", "b"]}, k=1)
    assert rates["late"].value == 0


@pytest.mark.parametrize(
    ("histories", "k", "message"),
    [
        ([], 1, "there are no histories"),
        ([["a", "b"], ["a", "a"]], 1, "history 1 has 1 different items"),
        ([["a", "b"]], 0, "k must be an integer of at least 1, got 0"),
    ],
)
def test_what_cannot_be_measured(histories, k, message):
    with pytest.raises(ValueError, match=message):
        hit_rates(histories, {"one": by_popularity}, k)


@pytest.mark.parametrize("history", ["ab", {"a", "b"}, {"a": 1, "b": 2}, (key for key in "ab")], ids=str)
def test_histories_have_an_order(history):
    for call in (lambda: hit_rates([["a", "b"], history], {}), lambda: by_popularity([["a"], history])):
        with pytest.raises(TypeError, match="history 1 must be a sequence"):
            call()
    for call in (lambda: hit_rates(history, {}), lambda: by_popularity(history)):
        with pytest.raises(TypeError, match=r"histories must be a sequence|history 0 must be a sequence"):
            call()


def test_items_given_twice_are_recommended_once():
    assert sorted(at_random(["a", "b", "a", "b"])([], 4)) == ["a", "b"]
    assert by_popularity([["b", "a"]], ["a", "c", "a", "b"])([], 5) == ["a", "b", "c"]
