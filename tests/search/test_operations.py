"""Thousands of random additions, removals and searches against a brute-force model, one by one and from threads."""

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.search.indexes import EVERY, EXHAUSTIVE, padded_by_right
from tests.search.oracle import BruteForce, same_answers, valid_answers

#: Vectors of small integers: many zeros, duplicates and ties.
VECTORS = np.random.default_rng(0).integers(-2, 3, (64, 4)).astype(float)
RUNS, STEPS = 12, 50


class Operations(RuleBasedStateMachine):
    """An index and its model under the same random operations."""

    name = None

    def __init__(self):
        super().__init__()
        self.index = EVERY[self.name]()
        self.model = BruteForce(self.index.metric if hasattr(self.index, "metric") else "cosine")
        self.number = 0

    @rule(rows=st.lists(st.integers(0, 63), max_size=12), text=st.booleans())
    def add(self, rows, text):
        ids = [f"t{self.number + i}" if text else self.number + i for i in range(len(rows))]
        self.number += len(rows)
        self.index.add(VECTORS[rows].reshape(-1, 4), ids)
        self.model.add(VECTORS[rows], ids)

    @precondition(lambda self: self.model.items)
    @rule(data=st.data())
    def remove(self, data):
        ids = data.draw(st.lists(st.sampled_from(list(self.model.items)), unique=True, max_size=10))
        self.index.remove(ids)
        self.model.remove(ids)

    @precondition(lambda self: self.model.items)
    @rule(data=st.data(), row=st.integers(0, 63))
    def replace(self, data, row):
        key = data.draw(st.sampled_from(list(self.model.items)))
        self.index.remove([key]).add(VECTORS[row : row + 1], [key])
        self.model.remove([key])
        self.model.add(VECTORS[row : row + 1], [key])

    @rule(row=st.integers(0, 63), k=st.integers(1, 12), data=st.data())
    def search(self, row, k, data):
        allowed = None
        if self.model.items and data.draw(st.booleans()):
            allowed = data.draw(st.sets(st.sampled_from(list(self.model.items)), max_size=8))
        if self.name in EXHAUSTIVE:
            same_answers(self.index, self.model, VECTORS[row : row + 1], k, allowed)
            return
        held = set(self.model.items) if allowed is None else allowed
        ids, scores = self.index.search(VECTORS[row : row + 1], k, allowed)
        valid_answers(ids, scores, held)
        if not padded_by_right(self.name):
            assert np.isfinite(scores).sum() == min(k, len(held))

    @rule()
    def count(self):
        assert len(self.index) == len(self.model.items)


@pytest.mark.slow
@pytest.mark.usefixtures("tables_always")
@pytest.mark.parametrize("name", EVERY)
def test_random_operations_agree_with_the_model(name):
    machine = type("Operations", (Operations,), {"name": name})
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=checks,
        ),
    )


@pytest.mark.usefixtures("tables_always")
@pytest.mark.parametrize("name", EVERY)
def test_searches_run_while_another_thread_adds_and_removes(name):
    vectors = np.random.default_rng(1).standard_normal((1200, 8))
    index = EVERY[name]().add(vectors[:400], range(400))
    errors, stop = [], threading.Event()

    def search():
        try:
            while not stop.is_set():
                ids, scores = index.search(vectors[:5], 10)
                valid_answers(ids, scores, set(range(1200)))
                if not padded_by_right(name):
                    assert (ids != None).all()  # noqa: E711
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for start in range(400, 1200, 40):
            index.add(vectors[start : start + 40], range(start, start + 40))
            index.remove(range(start - 400, start - 400 + 40))
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not errors
    assert len(index) == 400
    ids, _ = index.search(vectors[800:], 20)
    valid_answers(ids, np.zeros(ids.shape) - np.where(ids == None, np.inf, 0), set(range(800, 1200)))  # noqa: E711


@pytest.mark.usefixtures("tables_always")
@pytest.mark.parametrize("name", EVERY)
def test_additions_from_several_threads_lose_nothing(name):
    vectors = np.random.default_rng(1).standard_normal((400, 8))
    index = EVERY[name]()

    def add(part):
        for row in range(part, 400, 40):
            index.add(vectors[row : row + 4], range(row, row + 4))

    threads = [threading.Thread(target=add, args=(4 * part,)) for part in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(index) == 400
    if name in EXHAUSTIVE:
        assert (index.search(vectors, 1)[0].ravel() == np.arange(400)).all()
