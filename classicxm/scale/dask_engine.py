"""Shards on a Dask cluster. Dask talks cloudpickle between a user's own processes; nothing of it is written to files.

Whoever can reach a scheduler can run code on its workers: bind it to a private network, or use Dask's TLS
(``distributed.security``), as docs/scale.md shows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from classicxm.errors import MissingExtraError, WorkerLostError
from classicxm.scale.engines import TOO_LARGE, Engine, alone

__all__ = ["DaskEngine"]

#: Seconds that a scheduler which went away is waited for.
PATIENCE = 60.0
#: How long a worker of this machine may take to start again; Dask gives it up for lost after 15 s, which a busy machine
#: needs for imports alone.
RESTART = "5 minutes"
#: What workers of this machine run first. Ctrl-C is for the process that started them, which then ends them; what a
#: worker says of a scheduler that is ending (its heartbeat failed) concerns nobody, and errors of tasks come back.
QUIET = (
    "import logging, signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "logging.getLogger('distributed.worker').setLevel(logging.CRITICAL)"
)
#: Shards that are submitted at a time, for each worker thread: a scheduler holds all that it is given.
AHEAD = 4


class DaskEngine(Engine):
    """The workers of a Dask cluster.

    A lost worker's shards go to others; where the scheduler is lost, unfinished shards are submitted again as soon as
    one answers at its address, for a minute at most.

    Parameters
    ----------
    cluster : str
        "local" starts workers on this machine, which end with the engine; otherwise the address of a scheduler, whose
        workers must have classicxm installed and see the same files.
    n_workers : int, default=2
        Of "local".
    memory_limit : str or float, default="auto"
        Of each worker of "local", as Dask writes it: "1GB".
    security : distributed.Security, optional
        TLS certificates of a cluster that wants them.
    patience : float, default=60
        Seconds that a scheduler which went away is waited for.

    Raises
    ------
    MissingExtraError
        If distributed is not installed.
    WorkerLostError
        If workers are lost again and again over one shard, or the scheduler does not come back.
    """

    def __init__(
        self,
        cluster: str = "local",
        n_workers: int = 2,
        memory_limit: str | float = "auto",
        security: Any = None,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__()
        _distributed()
        self.cluster = cluster
        self.n_workers = n_workers
        self.memory_limit = memory_limit
        self.security = security
        self.patience = patience
        self._client: Any = None
        self._local: Any = None
        self._restart: Any = None

    @property
    def client(self) -> Any:
        """The connection to the scheduler, made when it is first needed."""
        if self._client is None:
            distributed = _distributed()
            address = self.cluster
            if self.cluster == "local":
                if self._local is None:
                    self._restart = _config().set({"distributed.deploy.lost-worker-timeout": RESTART})
                    self._local = distributed.LocalCluster(
                        n_workers=self.n_workers,
                        threads_per_worker=1,
                        processes=True,
                        host="127.0.0.1",
                        memory_limit=self.memory_limit,
                        dashboard_address="127.0.0.1:0",  # with None its pages take port 8787 of every address
                        silence_logs=logging.ERROR,
                        preload=[*_config().get("distributed.worker.preload", []), QUIET],
                    )
                address = self._local.scheduler_address
            try:
                self._client = distributed.Client(
                    address, security=self.security, timeout="20s", set_as_default=False
                )
            except (OSError, TimeoutError) as error:
                raise WorkerLostError(
                    f"no Dask scheduler answers at {address} ({error}); start one with: dask scheduler"
                ) from None
        return self._client

    @property
    def nannies(self) -> list[Any]:
        """What watches over the workers of "local", each with the process id of its worker in ``pid``."""
        return [] if self._local is None else list(self._local.workers.values())

    def run(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield (shard, result) as they are done."""
        pending = dict.fromkeys(shards)
        while pending:
            try:
                for shard, result in self._run_once(function, list(pending)):
                    del pending[shard]
                    yield shard, result
            except _SchedulerLostError:
                self._reconnect()

    def reduce(
        self, function: Callable[[Any], Any], merge: Callable[[Any, Any], Any], shards: Sequence[Any]
    ) -> Any:
        """Merged on the workers, in the shape of `merged_in_tree`; one result comes back."""
        while True:
            try:
                return self._reduce_once(function, merge, list(shards))
            except _SchedulerLostError:
                self._reconnect()

    def close(self) -> None:
        """Disconnect, and end a cluster that was started here."""
        for part in (self._client, self._local):
            if part is not None:
                part.close()
        if self._restart is not None:
            self._restart.__exit__(None, None, None)
        self._client = self._local = self._restart = None

    def _run_once(self, function: Callable[[Any], Any], shards: list[Any]) -> Iterator[tuple[Any, Any]]:
        client = self.client
        distributed = _distributed()
        held = client.submit(_same, function, pure=False)  # sent once, and made anew where its worker is lost
        waiting = iter(shards)
        limit = AHEAD * max(1, sum(client.nthreads().values()) or self.n_workers)
        running: dict[Any, Any] = {}

        def submit() -> Any:
            shard = next(waiting, None)
            if shard is None:
                return None
            future = client.submit(alone, held, shard, pure=False)
            running[future.key] = shard
            return future

        first = [future for _ in range(limit) if (future := submit()) is not None]
        futures = distributed.as_completed(first, loop=client.loop)
        for future in futures:
            shard = running.pop(future.key)
            task, result = _result(future, shard)
            self.tasks.append(task)
            following = submit()
            if following is not None:
                futures.add(following)
            yield shard, result
            del result, future

    def _reduce_once(
        self, function: Callable[[Any], Any], merge: Callable[[Any, Any], Any], shards: list[Any]
    ) -> Any:
        if not shards:
            return None
        client = self.client
        held = client.submit(_same, function, pure=False)
        level = [client.submit(_only_result, held, shard, pure=False) for shard in shards]
        while len(level) > 1:
            pairs = range(0, len(level) - 1, 2)
            odd = level[-1:] if len(level) % 2 else []
            level = [client.submit(merge, level[i], level[i + 1], pure=False) for i in pairs] + odd
        return _result(level[0], shards[0])

    def _reconnect(self) -> None:
        if self._client is not None:
            self._client.close(timeout=1)
            self._client = None
        deadline = time.monotonic() + self.patience
        while True:
            try:
                _ = self.client
                return
            except WorkerLostError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1.0)


class _SchedulerLostError(Exception):
    """The scheduler went away with everything that it knew."""


def _same(value: Any) -> Any:
    return value


def _only_result(function: Callable[[Any], Any], shard: Any) -> Any:
    return alone(function, shard)[1]


def _result(future: Any, shard: Any) -> Any:
    distributed = _distributed()
    from concurrent.futures import CancelledError

    try:
        return future.result()
    except distributed.scheduler.KilledWorker as error:
        times = getattr(error, "allowed_failures", 3) + 1
        raise WorkerLostError(TOO_LARGE.format(times=times, shard=f"shard {shard}")) from None
    except (CancelledError, distributed.comm.CommClosedError) as error:
        raise _SchedulerLostError from error


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingExtraError("dask", "distributed") from None
    return distributed


def _config() -> Any:
    import dask.config

    return dask.config
