import inspect
import itertools
import time

import numpy as np
import pytest

from classicxm.search import ExactIndex, LSHIndex, tuning
from classicxm.search.tuning import recall_of
from tests.search.test_lsh import clustered


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "hashing"), [("cosine", "hyperplanes"), ("euclidean", "auto")])
def test_fresh_queries_meet_the_recall(metric, hashing):
    vectors, queries = clustered(6000), clustered(1000, seed=1)
    truth, _ = ExactIndex(metric).add(vectors, range(6000)).search(queries, 10)
    for recall in (0.6, 0.9):
        index = LSHIndex.tuned(vectors, recall, metric=metric, hashing=hashing).add(vectors, range(6000))
        assert abs(recall_of(index.search(queries, 10)[0], truth) - recall) < 0.04


@pytest.mark.slow
def test_a_busy_machine_changes_nothing(monkeypatch):
    vectors, chosen = clustered(1500), []
    for slow in (False, True):
        ticks = itertools.count(0, 7)
        if slow:
            monkeypatch.setattr(time, "perf_counter", lambda ticks=ticks: next(ticks) ** 2)
            monkeypatch.setattr(time, "process_time", lambda ticks=ticks: next(ticks) ** 2)
        chosen.append(LSHIndex.tuned(vectors, 0.8).get_params())
    assert chosen[0] == chosen[1]
    assert "import time" not in inspect.getsource(tuning)


def test_the_caller_may_give_queries_of_another_kind():
    vectors, queries = clustered(4000), np.random.default_rng(1).standard_normal((200, 16))
    index = LSHIndex.tuned(vectors, 0.9, queries=queries).add(vectors, range(4000))
    truth, _ = ExactIndex().add(vectors, range(4000)).search(queries, 10)
    assert recall_of(index.search(queries, 10)[0], truth) >= 0.9


@pytest.mark.parametrize("recall", [0, 1.1, True, "high"])
def test_a_recall_out_of_range_is_refused(recall):
    with pytest.raises(ValueError, match="recall must be a number above 0 and at most 1"):
        LSHIndex.tuned(clustered(100), recall)


def test_too_few_vectors_are_refused():
    with pytest.raises(ValueError, match="tuning needs at least 20 vectors for k=10, got 5"):
        LSHIndex.tuned(clustered(5))


def test_padding_does_not_count():
    assert recall_of(np.array([[1, None]], object), np.array([[1, None]], object)) == 1
