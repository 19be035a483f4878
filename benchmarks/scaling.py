"""How time and memory grow with a collection: 1 000, 10 000 and 100 000 items are learned from, added, saved, loaded
and searched.

Items are pairs of 64 features that share 16 directions, aligned by CCA and searched exactly; every item has a caption
and a label. Each size has a process of its own. Memory of a step is the most that it held above what was there
before. The exponent is the slope of log time over log size: 1 for steps that look at each item once. Seconds are
processor time of one thread; but saving is also timed by the clock, beside writing the same bytes in as many files,
forced to the disk as well.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.preprocessing import StandardScaler

import classicxm
from benchmarks.environment import SEED
from benchmarks.rows import row
from benchmarks.timing import best_seconds, child_peak, peak_megabytes, reset_peak
from classicxm.alignment import CCA
from classicxm.retrieval import CrossModalRetriever

__all__ = ["STEPS", "exponent", "run", "walked"]

SIZES = (1_000, 10_000, 100_000)
QUICK_SIZES = (500, 1_000, 2_000)
D, SHARED, N_QUERIES = 64, 16, 100
STEPS = ("fit", "add", "save", "load", "search")
REPEATS = 5
MB = 2**20


def views_of(n, seed):
    """Two views (n, 64) of items that share 16 directions."""
    rng = np.random.default_rng((SEED, seed))
    shared = rng.normal(size=(n, SHARED))
    mixing = np.random.default_rng(SEED).normal(size=(2, SHARED, D))
    return {
        name: (shared @ mixing[i] + rng.normal(size=(n, D))).astype(np.float32)
        for i, name in enumerate(("text", "image"))
    }


def walked(n, parent):
    """Seconds and megabytes of each step at one size, and of writing what was saved."""
    views, queries = views_of(n, 0), views_of(N_QUERIES, 1)["text"]
    ids = [f"item-{i:07d}" for i in range(n)]
    payload = [
        {"text": f"a caption of ten words about the item {i}", "label": f"c{i % 20}"} for i in range(n)
    ]
    folder = Path(parent) / f"model-{n}"
    found = {}

    def step(name, function, repeats=1):
        before = reset_peak()
        seconds = best_seconds(function, repeats, budget=10, clock=time.process_time)
        found[name] = {"seconds": seconds, "megabytes": peak_megabytes() - before}

    retriever = CrossModalRetriever({"text": StandardScaler(), "image": StandardScaler()}, CCA(16))
    step("fit", lambda: retriever.fit(views))
    step("add", lambda: [retriever.add(name, views[name], ids, payload) for name in views])
    step("save", lambda: retriever.save(folder))
    found["write"] = {"ratio": _save_ratio(retriever, folder)}
    step("load", lambda: classicxm.load(folder), REPEATS)
    loaded = classicxm.load(folder)
    step("search", lambda: [loaded.search({"text": one}, "image") for one in queries], REPEATS)
    found["search"]["seconds"] /= N_QUERIES
    return found


def _save_ratio(retriever, folder):
    """Seconds of saving over those of writing the same bytes, as the median over runs in turn."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    ratios = []
    for turn in range(REPEATS):
        start = time.perf_counter()
        retriever.save(folder.with_name(f"{folder.name}-{turn}"))  # a new folder: all is written
        middle = time.perf_counter()
        for number, data in enumerate(files):
            with open(folder.with_name(f"{folder.name}-{turn}-{number}.bytes"), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        ratios.append((middle - start) / (time.perf_counter() - middle))
    return statistics.median(ratios)


def exponent(sizes, seconds):
    """Slope of log seconds over log size.

    >>> exponent([10, 100, 1000], [0.1, 1.0, 10.0])
    1.0
    """
    return round(float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]), 3)


def run(data, quick=False):
    """Rows of every step at every size, and its exponent; ``data`` is not needed."""
    sizes = QUICK_SIZES if quick else SIZES
    found = {}
    for n in sizes:
        with tempfile.TemporaryDirectory() as parent:
            found[n] = child_peak("benchmarks.scaling", "walked", n=n, parent=parent)["answer"]
        for name in STEPS:
            yield row("scaling", name, "seconds", found[n][name]["seconds"], "s", n=n)
            yield row("scaling", name, "peak_mb", found[n][name]["megabytes"], "MiB", n=n)
        yield row("scaling", "save", "over_writing_bytes", found[n]["write"]["ratio"], "x", n=n)
    for name in STEPS:
        slope = exponent(sizes, [found[n][name]["seconds"] for n in sizes])
        yield row("scaling", name, "exponent", slope, "", sizes=" ".join(map(str, sizes)))
