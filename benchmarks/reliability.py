"""What survives: bad files, killed saves, fits and comparisons, writers and readers at once, long random histories,
many threads, many searches.

Of bad files, `hangs` took more than 20 s, `over_1gb` more than that much memory, `raw_errors` ended in an error that is
not ours, `unnamed` ones are refused without their name, and `silent` ones are read though they hold nothing to read.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.bad_files import cases
from benchmarks.bad_readers import MEGABYTES, SECONDS, read_apart
from benchmarks.rows import row
from classicxm.comparison import load_comparison
from classicxm.datasets import make_scenes
from classicxm.persistence import load, save
from classicxm.search import ExactIndex

SAVER = """
import sys, time, numpy as np
from classicxm.persistence import load, save
from classicxm.search import ExactIndex
folder, role, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
made = [ExactIndex().add(np.eye(2)[[int(n > 100)] * n], range(n)) for n in (100, 3000)]
print("ready", flush=True)
end, done, mixed = time.time() + seconds, 0, 0
while time.time() < end:
    if role == "load":
        index = load(folder)
        mixed += len(index) not in (100, 3000) or index.vectors([99])[0, 0] != (len(index) == 100)
    elif role == "add+save":
        save(load(folder).add(np.eye(2)[[0]], ["new"]).remove(["new"]), folder)
    else:
        save(made[done % 2], folder)
    done += 1
print(done, mixed)
"""

WORKER = """
import sys
from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.comparison import Comparing, find_material
from classicxm.image import ColorHistogram
from classicxm.reports import write_report
from classicxm.text import TfidfText
role, folder, collection = sys.argv[1:]
if role == "fit":
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    sets = [make_scenes(n, modalities=("text", "image")) for n in (12, 24)]
else:
    comparing = Comparing(["cca", "sm"], ["cosine"], n_folds=2)
print("ready", flush=True)
for turn in range(1000):
    if role == "fit":
        CrossModalRetriever(extractors, CCA(2)).fit_collection(sets[turn % 2]).save(folder)
    else:
        write_report(comparing.run(find_material(collection), 1, folder + "/journal"), folder)
        print("whole", flush=True)
"""


def run(data, quick=False):
    """Rows of every trial; ``data`` is not read."""
    with tempfile.TemporaryDirectory() as scratch:
        yield from bad_files(Path(scratch) / "bad files", 25 if quick else 1)
        yield from kills(Path(scratch) / "kills", 4 if quick else 120)
        yield from killed_fits(Path(scratch) / "fits", 2 if quick else 50)
        yield from killed_comparisons(Path(scratch) / "comparisons", 2 if quick else 30)
        yield from savers(Path(scratch) / "savers", 3 if quick else 60)
    yield from operations(2_000 if quick else 40_000)
    yield from threads(8 if quick else 64)
    yield from memory(5_000 if quick else 100_000)


def bad_files(parent, every=1):
    """Every kind of bad file, or one of so many, read in a process of its own."""
    parent.mkdir()
    found = dict.fromkeys(("tried", "crashes", "raw_errors", "hangs", "over_1gb", "unnamed", "silent"), 0)
    slowest, largest = (0.0, ""), (0.0, "")
    for number, case in enumerate(cases(parent)):
        if number % every:
            continue
        folder = parent / "one"
        folder.mkdir()
        case.write(folder / case.name)
        outcome = read_apart(case.reader, folder / case.name)
        shutil.rmtree(folder)
        found["tried"] += 1
        found["crashes"] += outcome.kind == "crashed"
        found["raw_errors"] += outcome.kind == "raw"
        found["hangs"] += outcome.seconds > SECONDS
        found["over_1gb"] += outcome.megabytes > MEGABYTES
        found["unnamed"] += outcome.kind == "refused" and case.name not in outcome.said
        found["silent"] += outcome.kind == "read" and outcome.said is None and case.must_fail
        slowest = max(slowest, (outcome.seconds, case.name))
        largest = max(largest, (outcome.megabytes, case.name))
    for measure, value in found.items():
        yield _row("bad files", measure, value)
    yield row("reliability", "bad files", "slowest", slowest[0], "s", file=slowest[1])
    yield row("reliability", "bad files", "largest", largest[0], "MB", file=largest[1])


def killed_fits(parent, n):
    """Kill processes that fit and save models of 12 and 24 items in turn; afterwards the model is one of the two."""
    parent.mkdir()
    lost, half = 0, 0
    for trial in range(n):
        child = _worker("fit", parent / "model", "")
        child.stdout.readline()
        time.sleep(np.random.default_rng(trial).uniform(0, 1))
        child.kill()
        child.communicate()
        try:
            retriever = load(parent / "model")
            sizes = {len(retriever.payload_), *(len(index) for index in retriever.indexes_.values())}
            half += sizes not in ({12}, {24})
        except FileNotFoundError:
            lost += (parent / "model").exists() or trial > 5
        except (OSError, ValueError):
            lost += 1
    yield _row("killed fits", "tried", n)
    yield _row("killed fits", "lost", lost)
    yield _row("killed fits", "mixed", half)


def killed_comparisons(parent, n):
    """Kill comparisons; what they leave is no report or a whole one, and a run that goes on from it gives the same."""
    parent.mkdir()
    collection = parent / "scenes"
    make_scenes(40, folder=collection, modalities=("text", "image"))
    right = _finished(parent / "right", collection)
    lost = half = 0
    for trial in range(n):
        folder = parent / f"report-{trial % 5}"
        child = _worker("compare", folder, collection)
        child.stdout.readline()
        time.sleep(np.random.default_rng(trial).uniform(0, 3))
        child.kill()
        child.communicate()
        try:
            half += _summary(folder) != right
        except FileNotFoundError:
            pass  # killed before its end
        except (OSError, ValueError):
            lost += 1
    for number in range(min(n, 5)):
        half += _finished(parent / f"report-{number}", collection) != right
    yield _row("killed comparisons", "tried", n)
    yield _row("killed comparisons", "lost", lost)
    yield _row("killed comparisons", "mixed", half)


def _finished(folder, collection):
    """The summary of a report that nobody kills."""
    child = _worker("compare", folder, collection)
    while "whole" not in (line := child.stdout.readline()):
        if not line:
            raise RuntimeError(f"{folder}: the comparison did not end")
    child.kill()
    child.communicate()
    return _summary(folder)


def _summary(folder):
    """Values of every query, trial by trial."""
    return [
        (trial.aligner, {space: values.tolist() for space, values in trial.values.items()})
        for trial in load_comparison(folder).trials
    ]


def _worker(role, folder, collection):
    command = [sys.executable, "-W", "ignore", "-c", WORKER, role, str(folder), str(collection)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def kills(parent, n):
    """Kill savers at random moments; afterwards the model is whole, and the next save leaves nothing beside it."""
    folder, rng = _model(parent), np.random.default_rng(0)
    lost = mixed = 0
    for trial in range(n):
        child = _child(folder, ("save", "add+save")[trial % 2], 60)
        child.stdout.readline()
        time.sleep(rng.uniform(0, 0.2))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        try:
            index = load(folder)
            mixed += index.vectors([99])[0, 0] != (len(index) in (100, 101))
        except (OSError, ValueError):
            lost += 1
    save(load(folder), folder)
    yield _row("kills", "tried", n)
    yield _row("kills", "lost", lost)
    yield _row("kills", "mixed", mixed)
    yield _row("kills", "leftovers", len(os.listdir(parent)) - 1)


def savers(parent, seconds):
    """Two writers and four readers of one folder; every reader meets one of the two models whole."""
    folder = _model(parent)
    children = [_child(folder, role, seconds) for role in ["save"] * 2 + ["load"] * 4]
    outcomes = [(child.communicate()[0].split(), child.returncode) for child in children]
    yield _row("savers", "tried", sum(int(words[-2]) for words, code in outcomes if code == 0))
    yield _row("savers", "crashes", sum(code != 0 for _, code in outcomes))
    yield _row("savers", "mixed", sum(int(words[-1]) for words, code in outcomes if code == 0))


def operations(n):
    """Random additions, removals and searches of an index against a dict of the same vectors."""
    rng, index, held = np.random.default_rng(0), ExactIndex("dot"), {}
    wrong = 0
    for key in range(n):
        kind = rng.integers(3)
        if kind == 0 or len(held) < 3:
            held[key] = rng.integers(-9, 9, 4).astype(np.float32)
            index.add(held[key][None], [key])
        elif kind == 1 and len(held) > 200 * rng.random():
            gone = list(held)[rng.integers(len(held))]
            del held[gone]
            index.remove([gone])
        else:
            query = rng.integers(-9, 9, 4).astype(np.float32)
            ids, scores = index.search(query[None], 3)
            best = sorted(-float(vector @ query) for vector in held.values())[:3]
            wrong += not np.allclose(-scores[0], best) or any(
                not np.isclose(held[i] @ query, s) for i, s in zip(ids[0], scores[0], strict=True)
            )
    yield _row("operations", "tried", n)
    yield _row("operations", "wrong", wrong)


def threads(n, seconds=5):
    """Threads that search while another adds; an item that is there from the start is always the best."""
    index = ExactIndex().add(np.eye(8)[:1], ["first"])
    end, wrong, tried = time.time() + seconds, [], []

    def search():
        while time.time() < end:
            ids, scores = index.search(np.eye(8)[:1], 2)
            tried.append(1)
            if ids[0, 0] != "first" or scores[0, 0] < scores[0, 1]:
                wrong.append(ids)

    workers = [threading.Thread(target=search) for _ in range(n)]
    for worker in workers:
        worker.start()
    rng, key = np.random.default_rng(0), 0
    while time.time() < end:
        index.add(np.abs(rng.normal(size=(10, 8))) + 0.1, range(key, key + 10))
        key += 10
    for worker in workers:
        worker.join()
    yield _row("threads", "tried", len(tried), threads=n)
    yield _row("threads", "wrong", len(wrong), threads=n)


def memory(n):
    """Growth of the peak memory from the first tenth of many searches to their end."""
    rng = np.random.default_rng(0)
    index = ExactIndex().add(rng.normal(size=(1000, 16)), range(1000))
    queries = rng.normal(size=(100, 1, 16))
    for step in range(n):
        index.search(queries[step % 100], 10)
        if step == n // 10:
            start = _peak()
    yield _row("memory", "tried", n)
    yield row("reliability", "memory", "growth", _peak() - start, "MB")


def _model(parent):
    parent.mkdir()
    return save(ExactIndex().add(np.eye(2)[[0] * 100], range(100)), parent / "model")


def _child(folder, role, seconds):
    command = [sys.executable, "-c", SAVER, str(folder), role, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _row(trial, measure, value, **settings):
    return row("reliability", trial, measure, value, "", **settings)
