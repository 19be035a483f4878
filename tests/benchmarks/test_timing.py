"""Timing: the fastest run counts; a child's peak is its own."""

import time

import pytest

from benchmarks.rows import BenchmarkError
from benchmarks.timing import best_seconds, child_peak, in_turn


def test_the_fastest_call_counts():
    pauses = iter([0.4, 0.001, 0.4])
    assert 0.001 <= best_seconds(lambda: time.sleep(next(pauses)), repeats=3) < 0.35


def test_the_budget_stops_further_calls():
    calls = []
    best_seconds(lambda: calls.append(time.sleep(0.01)), repeats=50, budget=0.005)
    assert len(calls) == 1


def test_warm_up_is_a_call_more():
    calls = []
    best_seconds(lambda: calls.append(1), repeats=2, warm_up=True)
    assert len(calls) == 3


def test_peak_of_a_child_holds_what_it_allocates_and_nothing_of_its_parent():
    ballast = bytearray(300 * 2**20)
    assert len(ballast)
    small = child_peak("benchmarks.rows", "settings_text", settings={"n": 1})
    large = child_peak("tests.benchmarks.test_timing", "allocate", megabytes=200)
    assert small["answer"] == "n=1"
    assert small["peak_mb"] < 200
    assert large["peak_mb"] - large["imports_mb"] == pytest.approx(200, abs=10)


def allocate(megabytes):
    return len(bytearray(b"x") * (megabytes * 2**20))


def test_a_failing_child_is_named_in_one_line():
    with pytest.raises(
        BenchmarkError, match=r"^benchmarks.rows.row failed in its own process: TypeError: .*"
    ):
        child_peak("benchmarks.rows", "row", nonsense=1)


def test_functions_are_called_in_turn_after_one_call_that_is_not_counted():
    calls = []
    seconds = in_turn(
        [lambda i: calls.append(("a", i)), lambda i: time.sleep(0.002) or calls.append(("b", i))], 2
    )
    assert calls == [("a", 0), ("b", 0), ("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert [len(one) for one in seconds] == [2, 2]
    assert min(seconds[1]) >= 0.002
