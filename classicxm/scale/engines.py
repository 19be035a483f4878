"""One seam for work on shards: this process, worker processes of this machine, or a Dask cluster.

A task is a function of one shard, and runs on one thread whatever the engine is, so that its result has the same bits
everywhere. Results are those of shards and not of attempts: a task that ran twice, because its worker was lost,
counts once. Statistics are merged by the place of their shard, in a tree whose shape depends on the number of shards
alone.
"""

from __future__ import annotations

import contextlib
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

from classicxm.errors import WorkerLostError

__all__ = [
    "Engine",
    "ProcessEngine",
    "SerialEngine",
    "Task",
    "engine_of",
    "map_shards",
    "merged_in_tree",
    "opened",
]

#: How often shards whose worker was lost are tried again before nothing more gets done.
ATTEMPTS = 3
TOO_LARGE = (
    "a worker was ended {times} times while it worked on {shard}, probably for want of memory; make shards smaller "
    "(--shard), run fewer workers, or give them more memory"
)


@dataclass(frozen=True)
class Task:
    """One finished task: its shard, the process it ran in, and when (seconds since the epoch)."""

    shard: Any
    process: int
    started: float
    finished: float


class Engine(ABC):
    """Runs a function on shards. Engines are context managers: leaving one ends the workers that it started.

    A subclass writes ``run(function, shards)``, which yields (shard, result) in any order, every shard once.

    Attributes
    ----------
    tasks : list of Task
        What has been run, in the order in which it came back.
    """

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    @abstractmethod
    def run(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield (shard, result) as shards are done."""

    def map(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[Any]:
        """Results in the order of the shards; those that come too early are kept until their turn."""
        early: dict[int, Any] = {}
        position = {shard: n for n, shard in enumerate(shards)}
        if len(position) < len(shards):
            raise ValueError("shards must be different, as results are kept by shard; one is given twice")
        turn = 0
        for shard, result in self.run(function, list(shards)):
            early[position[shard]] = result
            while turn in early:
                yield early.pop(turn)
                turn += 1

    def reduce(
        self, function: Callable[[Any], Any], merge: Callable[[Any, Any], Any], shards: Sequence[Any]
    ) -> Any:
        """The results of all shards merged by `merged_in_tree`; None for no shards."""
        return merged_in_tree(self.map(function, shards), merge)

    def close(self) -> None:  # noqa: B027 - most engines start nothing
        """End what was started."""

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def merged_in_tree(results: Iterable[Any], merge: Callable[[Any, Any], Any]) -> Any:
    """Results merged two by two, then the pairs two by two, and so on; at most log2(n) + 1 are held at a time.

    The tree depends on the number of results alone, so sums of floating-point numbers come out the same to the bit.

    >>> merged_in_tree("abcdefg", lambda left, right: f"({left}{right})")
    '(((ab)(cd))((ef)g))'
    """
    pending: list[tuple[int, Any]] = []  # (height, merged), heights descending
    for result in results:
        height = 0
        while pending and pending[-1][0] == height:
            result = merge(pending.pop()[1], result)
            height += 1
        pending.append((height, result))
    if not pending:
        return None
    merged = pending.pop()[1]
    while pending:
        merged = merge(pending.pop()[1], merged)
    return merged


def alone(function: Callable[[Any], Any], shard: Any) -> tuple[Task, Any]:
    """``function(shard)`` on one thread, and the record of it; what every engine runs."""
    import cv2

    n_threads, started = cv2.getNumThreads(), time.time()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            result = function(shard)
    except MemoryError:
        raise WorkerLostError(
            f"{shard} does not fit into memory; make shards smaller (--shard) or give workers more memory"
        ) from None
    finally:
        cv2.setNumThreads(n_threads)
    return Task(shard, os.getpid(), started, time.time()), result


class SerialEngine(Engine):
    """One shard after another in this process.

    >>> list(SerialEngine().map(len, ["ab", "c"]))
    [2, 1]
    """

    def run(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield (shard, result) in order."""
        for shard in shards:
            task, result = alone(function, shard)
            self.tasks.append(task)
            yield shard, result


class ProcessEngine(Engine):
    """Worker processes of this machine, by joblib. Shards of a lost worker are run again.

    Parameters
    ----------
    n_jobs : int, default=-1
        Workers; -1 takes one a core.
    """

    def __init__(self, n_jobs: int = -1) -> None:
        super().__init__()
        self.n_jobs = n_jobs

    def run(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield (shard, result) as they are done."""
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        pending, losses = list(shards), 0
        while pending:
            before = len(pending)
            parallel = joblib.Parallel(
                self.n_jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs", batch_size=1
            )
            try:
                for task, result in parallel(
                    joblib.delayed(alone)(function, shard) for shard in list(pending)
                ):
                    pending.remove(task.shard)
                    self.tasks.append(task)
                    yield task.shard, result
            except TerminatedWorkerError:
                losses = losses + 1 if len(pending) == before else 1
                if losses >= ATTEMPTS:
                    raise WorkerLostError(TOO_LARGE.format(times=losses, shard=_named(pending))) from None


def engine_of(cluster: str | None = None, n_jobs: int = 1, **settings: Any) -> Engine:
    """The engine that a command's options ask for.

    Parameters
    ----------
    cluster : str or None
        None: this machine, in this process for ``n_jobs`` 1 and by joblib otherwise; "local": a Dask cluster of this
        machine with ``n_jobs`` workers; or the address of a Dask scheduler such as "tcp://10.0.0.1:8786".
    n_jobs : int, default=1
    **settings
        For `DaskEngine`.

    >>> type(engine_of(n_jobs=2)).__name__, type(engine_of()).__name__
    ('ProcessEngine', 'SerialEngine')
    """
    if cluster is not None:
        from classicxm.scale.dask_engine import DaskEngine

        return DaskEngine(cluster, n_workers=joblib.effective_n_jobs(n_jobs), **settings)
    return SerialEngine() if joblib.effective_n_jobs(n_jobs) == 1 else ProcessEngine(n_jobs)


@contextlib.contextmanager
def opened(engine: Engine | str | None) -> Iterator[Engine]:
    """An engine by object or by name; one that is named here is closed here.

    Names are "serial" (as is None), "processes", "dask" (a cluster of this machine) and addresses of schedulers.
    """
    if isinstance(engine, Engine):
        yield engine
        return
    if engine in (None, "serial"):
        made: Engine = SerialEngine()
    elif engine == "processes":
        made = ProcessEngine()
    elif isinstance(engine, str) and (engine == "dask" or "://" in engine):
        made = engine_of("local" if engine == "dask" else engine, -1)
    else:
        raise ValueError(
            f"engine must be 'serial', 'processes', 'dask', an address such as 'tcp://host:8786' or an Engine, "
            f"got {engine!r}"
        )
    with made:
        yield made


def map_shards(
    function: Callable[[Any], Any], shards: Iterable[Any], engine: Engine | str | None = None
) -> Iterator[Any]:
    """``function(shard)`` of every shard, in the order of the shards.

    Parameters
    ----------
    function : callable
        Importable by workers (or a `functools.partial` of such); takes one shard. It may run more than once for a
        shard whose worker was lost, so it must give the same result again.
    shards : sequence
        Different hashable values, such as names of shards.
    engine : Engine or str, default=None
        See `opened`.

    Examples
    --------
    >>> list(map_shards(abs, [-1, 2, -3], "serial"))
    [1, 2, 3]
    """
    with opened(engine) as running:
        yield from running.map(function, list(shards))


def _named(shards: Sequence[Any]) -> str:
    first = f"shard {shards[0]}"
    return first if len(shards) == 1 else f"{first} or one of {len(shards) - 1} others"
