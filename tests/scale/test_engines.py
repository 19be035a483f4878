"""Every engine gives the same results in the order of the shards, and a lost worker costs nothing but time."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicxm.errors import WorkerLostError
from classicxm.scale import ProcessEngine, SerialEngine, engine_of, map_shards
from classicxm.scale.engines import merged_in_tree, opened


def squared(shard):
    return shard * shard


def slow_square(folder, shard):
    Path(folder, f"{shard}.{os.getpid()}").touch()
    time.sleep(0.15)
    return shard * shard


def suicidal(folder, shard):
    """Ends its process the first time that shard 3 is worked on, and every time that shard -1 is."""
    mark = Path(folder, f"died-{shard}")
    if shard == -1 or (shard == 3 and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return shard * shard


def greedy(shard):
    raise MemoryError


def together(left, right):
    return f"({left}{right})"


@pytest.mark.parametrize("engine", [SerialEngine(), ProcessEngine(2), "serial", None])
def test_results_come_in_the_order_of_the_shards(engine):
    assert list(map_shards(squared, [3, 1, 2], engine)) == [9, 1, 4]


def test_results_that_come_early_wait_for_their_turn():
    class Backwards(SerialEngine):
        def run(self, function, shards):
            yield from ((shard, function(shard)) for shard in reversed(shards))

    assert list(Backwards().map(squared, [1, 2, 3])) == [1, 4, 9]


def level_by_level(parts):
    """The tree as Dask is given it."""
    while len(parts) > 1:
        pairs = [together(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
        parts = pairs + (parts[-1:] if len(parts) % 2 else [])
    return parts[0]


@given(st.integers(1, 200))
def test_the_tree_depends_on_the_number_of_shards_alone(n):
    parts = [str(i) for i in range(n)]
    assert merged_in_tree(iter(parts), together) == level_by_level(parts)


def test_few_results_are_held_at_a_time():
    alive, most = 0, 0

    class Held:
        def __init__(self):
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    merged_in_tree((Held() for _ in range(1000)), lambda left, right: Held())
    assert most <= 13


def test_no_shards_give_nothing():
    assert list(map_shards(squared, [])) == []
    assert SerialEngine().reduce(squared, together, []) is None


def test_a_shard_given_twice_is_refused():
    with pytest.raises(ValueError, match="shards must be different"):
        list(map_shards(squared, [1, 1]))


def test_a_lost_worker_of_joblib_costs_a_second_run_of_what_it_did(tmp_path):
    import functools

    engine = ProcessEngine(2)
    assert list(engine.map(functools.partial(suicidal, tmp_path), range(6))) == [0, 1, 4, 9, 16, 25]
    assert sorted(task.shard for task in engine.tasks) == list(range(6))


def test_a_shard_that_ends_every_worker_is_named(tmp_path):
    import functools

    with pytest.raises(WorkerLostError, match=r"shard -1\b.*--shard"):
        list(ProcessEngine(2).map(functools.partial(suicidal, tmp_path), [-1]))


def test_want_of_memory_is_one_line_that_names_the_option():
    with pytest.raises(WorkerLostError, match=r"7 does not fit into memory; make shards smaller .--shard"):
        list(map_shards(greedy, [7]))


def test_engines_by_name():
    assert type(engine_of(None, 1)) is SerialEngine
    assert type(engine_of(None, 2)) is ProcessEngine
    with pytest.raises(ValueError, match="engine must be"), opened("spark"):
        pass


def test_tasks_say_where_and_when():
    engine = ProcessEngine(2)
    list(engine.map(squared, range(4)))
    assert all(task.process != os.getpid() and task.finished >= task.started for task in engine.tasks)
    np.testing.assert_array_equal(sorted(task.shard for task in engine.tasks), range(4))
