"""What the benchmark of scale gives to workers: drawing shards, gathering moments, indexing; and what it cost them."""

import functools
import itertools
import pickle
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.environment import SEED
from benchmarks.timing import peak_megabytes
from classicxm.alignment import GCCA
from classicxm.alignment.moments import Moments
from classicxm.persistence import load, save
from classicxm.scale import ProcessEngine, SerialEngine, learn_alignment, read_shard, write_shard
from classicxm.search import ExactIndex, FaissIndex

__all__ = ["WIDTHS", "Gathered", "at_once", "draw_shard", "engine_figures", "exponent", "shard_counts"]

#: Features of the three views, what they share, and components of the common subspace.
WIDTHS, N_SHARED, N_COMPONENTS = {"text": 96, "image": 128, "audio": 48}, 24, 16
#: Megabytes that Dask allows a worker; beyond 95 % of it the worker is ended.
WORKER_MEGABYTES = 1000
K, N_QUERIES = 10, 200


def draw_shard(folder, n, name):
    """Write a shard of n items whose three views are noisy mixtures of what they share; the name is the seed."""
    random = np.random.default_rng([SEED, int(name)])
    mixing = np.random.default_rng(SEED)
    shared = random.standard_normal((n, N_SHARED))
    views = {}
    for modality, width in WIDTHS.items():
        mixed = shared @ mixing.standard_normal((N_SHARED, width))
        noisy = mixed + 2 * random.standard_normal(mixed.shape)
        views[modality] = (noisy.astype(np.float32), np.arange(n))
    return write_shard(Path(folder) / name, [f"{name}-{row}" for row in range(n)], views)


@dataclass
class Gathered:
    """Moments of some shards, how many bytes their own results are, and seconds that merging them took."""

    moments: Moments
    n_bytes: int
    seconds: float = 0.0

    @classmethod
    def of(cls, folder, name):
        """Those of one shard."""
        moments = Moments().add(dict(read_shard(Path(folder) / name).views))
        return cls(moments, len(pickle.dumps(moments)))

    def __sizeof__(self):
        """Bytes, by which Dask counts what it sends."""
        return len(pickle.dumps(self.moments))

    def merge(self, other):
        """Those of both."""
        start = time.perf_counter()
        moments = self.moments.merge(other.moments)
        seconds = self.seconds + other.seconds + time.perf_counter() - start
        return Gathered(moments, self.n_bytes + other.n_bytes, seconds)


def index_view(folder, names, aligner, modality):
    """Index all items of a modality shard by shard, and save that; (seconds, megabytes on disk)."""
    start = time.perf_counter()
    index = FaissIndex("ivfpq", aligner.score_metric, n_probes=32)
    for name in names:
        shard = read_shard(Path(folder) / name, verify=False)
        index.add(aligner.transform_view(modality, shard.views[modality]), shard.ids)
    target = save(index, Path(folder) / f"index-{modality}")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return time.perf_counter() - start, size / 1e6


def peak_of(number):
    """The most memory that this worker has had, MiB."""
    time.sleep(0.2)  # so that the other workers get one too
    return peak_megabytes()


def at_once(tasks):
    """How many tasks ran at the same time: on average while any did, and at most.

    >>> from classicxm.scale.engines import Task
    >>> at_once([Task(0, 1, 0.0, 4.0), Task(1, 2, 1.0, 3.0), Task(2, 1, 6.0, 8.0)])
    (1.3333333333333333, 2)
    """
    steps = sorted([(task.started, 1) for task in tasks] + [(task.finished, -1) for task in tasks])
    running, most, busy, area = 0, 0, 0.0, 0.0
    for (now, step), (later, _) in itertools.pairwise([*steps, (steps[-1][0], 0)]):
        running += step
        most = max(most, running)
        busy += (later - now) * (running > 0)
        area += (later - now) * running
    return area / busy, most


def engine_of(name):
    """The engine of a name, of two workers where it has any."""
    if name == "dask":
        from classicxm.scale import DaskEngine

        engine = DaskEngine("local", n_workers=2, memory_limit=f"{WORKER_MEGABYTES}MB")
        engine.client.wait_for_workers(2)
        return engine
    return ProcessEngine(2) if name == "processes" else SerialEngine()


def engine_figures(engine, n, size, folder=None):
    """Describe, fit and index n items in shards on an engine; a dict of figures.

    Runs in a process of its own (`benchmarks.timing.child_peak`), so that the memory of one engine is not another's.
    """
    folder = Path(tempfile.mkdtemp(dir=folder))
    names = [f"{number:05d}" for number in range(n // size)]
    try:
        with engine_of(engine) as running:
            return _figures(engine, running, folder, names, size)
    finally:
        shutil.rmtree(folder)


class Stopwatch:
    """Seconds of the clock and of this process's own work, since it was made or last read."""

    def __init__(self):
        self.clock, self.work = time.perf_counter(), time.process_time()

    def read(self):
        """(seconds of the clock, seconds of work)."""
        before = self.clock, self.work
        self.clock, self.work = time.perf_counter(), time.process_time()
        return self.clock - before[0], self.work - before[1]


def _figures(name, engine, folder, names, size):
    found, n, watch = {}, len(names) * size, Stopwatch()
    hashes = list(engine.map(functools.partial(draw_shard, folder, size), names))
    spent = {"describe": watch.read()}
    found["tasks_at_once"], found["most_at_once"] = at_once(engine.tasks)
    found["hash"] = hashes[-1]
    found |= _gathering(name, engine, folder, names)
    fit = functools.partial(
        learn_alignment, folder, modalities=list(WIDTHS), aligner=GCCA(N_COMPONENTS), engine=engine
    )
    watch.read()
    learned = fit(names)
    spent["fit"] = watch.read()
    found["eigenvalues"] = learned.aligner.eigenvalues_.tolist()
    index = functools.partial(index_view, folder, names, learned.aligner)
    found["index_megabytes"] = sum(megabytes for _, megabytes in engine.map(index, list(WIDTHS)))
    spent["index"] = watch.read()
    found["worker_megabytes"] = max(engine.map(peak_of, list(range(6))))
    found |= {f"{step}_seconds": clock for step, (clock, _) in spent.items()}
    if name == "serial":  # the work is this process's own, and other work on the machine does not count
        found |= {f"{step}_microseconds_per_item": 1e6 * work / n for step, (_, work) in spent.items()}
        found["by_shards"] = _by_shards(folder, names, size, learned.aligner)
    found["recall_at_10"] = _recall(folder, names, learned.aligner)
    return found


def _by_shards(folder, names, size, aligner):
    """Core-seconds of describing, learning and indexing more and more shards: {step: {shards: seconds}}."""
    found, scratch = {}, folder / "again"
    for n in shard_counts(len(names)):
        steps = {
            "describe": lambda n=n: [draw_shard(scratch, size, name) for name in names[:n]],
            "learn": lambda n=n: learn_alignment(
                folder, names[:n], modalities=list(WIDTHS), aligner=GCCA(N_COMPONENTS)
            ),
            "index": lambda n=n: index_view(folder, names[:n], aligner, "audio"),
        }
        for step, work in steps.items():
            watch = Stopwatch()
            work()
            found.setdefault(step, {})[n] = watch.read()[1]
        shutil.rmtree(scratch)
    return found


def shard_counts(n):
    """How many of n shards are counted: a tenth of them (at least one), then twice as many, and so on.

    >>> shard_counts(100), shard_counts(8)
    ([10, 20, 40, 80], [1, 2, 4, 8])
    """
    first = max(1, n // 10)
    return [first * factor for factor in (1, 2, 4, 8) if first * factor <= n]


def exponent(seconds):
    """The power of the number of shards that seconds grow by: the slope of both logarithms.

    >>> round(exponent({1: 3.0, 2: 6.0, 4: 12.0}), 6), round(exponent({1: 1.0, 3: 9.0}), 6)
    (1.0, 2.0)
    """
    return float(np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0])


def _gathering(name, engine, folder, names):
    """Bytes that moved between processes while moments were merged, and seconds that merging took."""
    before = _sent(engine) if name == "dask" else 0
    gathered = engine.reduce(functools.partial(Gathered.of, folder), Gathered.merge, names)
    moved = {
        "serial": 0,
        "processes": gathered.n_bytes,
        "dask": _sent(engine) - before if name == "dask" else 0,
    }
    rows = gathered.moments.n_rows(*WIDTHS)
    return {"rows_counted": rows, "moved_megabytes": moved[name] / 1e6, "merge_seconds": gathered.seconds}


def _sent(engine):
    """Bytes that the workers of a Dask cluster have sent to one another and to us."""
    return sum(engine.client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total).values())


def _recall(folder, names, aligner):
    """Share of the exact neighbours of texts among the images that the saved index finds; questions are seen texts."""
    queries = aligner.transform_view("text", read_shard(folder / names[0]).views["text"][:N_QUERIES])
    found = load(folder / "index-image").search(queries, K)[0]
    best = None
    for name in names:  # one shard at a time, so that the check takes no memory
        shard = read_shard(folder / name, verify=False)
        exact = ExactIndex(aligner.score_metric).add(
            aligner.transform_view("image", shard.views["image"]), shard.ids
        )
        here = exact.search(queries, K)
        best = (
            here
            if best is None
            else [np.concatenate(parts, axis=1) for parts in zip(best, here, strict=True)]
        )
        order = np.argsort(-best[1], axis=1, kind="stable")[:, :K]
        best = [np.take_along_axis(part, order, axis=1) for part in best]
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(best[0], found, strict=True)]))
