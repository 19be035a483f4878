"""How many questions a server answers: the API and the page under wrk, beside the bare index in the same run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.rows import BenchmarkError, row
from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.image import ColorHistogram
from classicxm.retrieval import CrossModalRetriever
from classicxm.text import TfidfText

D = 64
WORDS = (
    "red",
    "green",
    "blue",
    "yellow",
    "circle",
    "square",
    "star",
    "cross",
    "big",
    "small",
    "left",
    "right",
)
DONE = """
done = function(summary, latency)
  local e = summary.errors
  io.write("RESULT " .. summary.requests / summary.duration * 1e6 .. " " .. latency:percentile(99) / 1000 .. " "
    .. e.connect + e.read + e.write + e.timeout + e.status .. "\\n")
end
"""
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local n = 0
request = function() n = n + 1; return wrk.format(nil, "%s", nil, bodies[n %% #bodies + 1]) end
"""


def run(data: Path, quick: bool = False) -> Iterator[dict]:
    """Rows of the bare index, the API and the page; ``data`` is not read, and without wrk nothing is measured."""
    if shutil.which("wrk") is None:
        raise BenchmarkError(
            "wrk, which makes the load, is not installed (apt-get install wrk); nothing was measured"
        )
    seconds = 3 if quick else 20
    n_large, n_text = (5_000, 1_000) if quick else (100_000, 10_000)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        index, components = _model(folder / "vectors", n_large, D)
        yield _row(
            "bare-index", "requests_per_second", _bare(index, components, seconds), n=n_large, clients=1
        )
        queries = np.random.default_rng(1).normal(size=(64, components))
        bodies = [{"vector": q.round(6).tolist(), "target": "image", "k": 10} for q in queries]
        workers = os.cpu_count() or 1
        with served(folder / "vectors", workers) as (address, _):
            for clients in (1, 16):
                yield from _loaded(
                    folder, address, "/api/v1/search-by-vector", bodies, clients, seconds, n_large
                )
        texts = _texts(64, 2)
        _model(folder / "texts", n_text)
        with served(folder / "texts", workers) as (address, pids):
            asked = [{"text": text, "target": "image", "k": 10} for text in texts]
            yield from _loaded(folder, address, "/api/v1/search", asked, 16, seconds, n_text, question="text")
            if not quick:
                before = _memory(pids)
                yield from _loaded(folder, address, "/api/v1/search", asked, 64, 600, n_text, question="text")
                yield _row("api", "memory_growth", _memory(pids) / before - 1, n=n_text, clients=64)
            yield from _paged(address, clients=4, seconds=seconds, n=n_text)


def _texts(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 4)) for _ in range(n)]


def _model(folder: Path, n: int, components: int | None = None) -> tuple[object, int]:
    """A saved model whose picture index holds n random vectors; returns that index and its dimensions."""
    rng = np.random.default_rng(0)
    retriever = _retriever()
    components = components or retriever.project("text", ["red"]).shape[1]
    vectors = rng.normal(size=(n, components)).astype(np.float32)
    return model_of(vectors, folder, retriever), components


def _retriever() -> CrossModalRetriever:
    scenes = make_scenes(200, modalities=("text", "image"))
    extractors = {"text": TfidfText(), "image": ColorHistogram()}
    return CrossModalRetriever(extractors, CCA(16)).fit_collection(scenes)


def model_of(vectors: np.ndarray, folder: Path, retriever: CrossModalRetriever | None = None) -> object:
    """Save a model whose picture index holds these vectors (n, d); returns that index."""
    retriever = retriever or _retriever()
    index = retriever.new_index().add(vectors, range(len(vectors)))
    retriever.indexes_ = {"text": retriever.new_index(), "image": index}
    retriever.payload_ = {key: {"label": WORDS[key % len(WORDS)]} for key in range(len(vectors))}
    retriever.save(folder)
    return index


def _bare(index: object, components: int, seconds: float) -> float:
    """Queries a second of the index alone, one after the other, on one thread."""
    queries = np.random.default_rng(1).normal(size=(64, components))
    with threadpool_limits(1):
        index.search(queries[:1], 10)
        end, n = time.perf_counter() + seconds, 0
        started = time.perf_counter()
        while time.perf_counter() < end:
            index.search(queries[n % 64 : n % 64 + 1], 10)
            n += 1
        return n / (time.perf_counter() - started)


@contextmanager
def served(folder: Path, workers: int) -> Iterator[tuple[str, int]]:
    """The address and process id of ``classicxm serve`` with this model, while the context lasts."""
    command = [
        sys.executable,
        "-m",
        "classicxm.cli",
        "serve",
        str(folder),
        "--port",
        "0",
        "--workers",
        str(workers),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://[0-9.]+:[0-9]+", line)
        if not found:
            raise BenchmarkError(f"the server did not start: {line.strip()}")
        _wait(found[0])
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{address}/api/v1/health", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise BenchmarkError("the server does not answer")


def _loaded(
    folder: Path,
    address: str,
    path: str,
    bodies: list[dict],
    clients: int,
    seconds: int,
    n: int,
    **settings: object,
) -> Iterator[dict]:
    lines = folder / "bodies"
    lines.write_text("\n".join(json.dumps(body) for body in bodies))
    script = folder / "load.lua"
    script.write_text(SCRIPT % (lines, path) + DONE)
    yield from _results("api", _wrk(address, script, clients, seconds), n, clients, settings)


def _paged(address: str, clients: int, seconds: int, n: int) -> Iterator[dict]:
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "page.lua"
        script.write_text(DONE)
        yield from _results(
            "page", _wrk(f"{address}/?text=red+circle", script, clients, seconds), n, clients, {}
        )


def _wrk(address: str, script: Path, clients: int, seconds: int) -> list[float]:
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), address]
    told = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60).stdout
    found = re.search(r"RESULT (\S+) (\S+) (\S+)", told)
    if not found:
        raise BenchmarkError(f"wrk reports nothing: {told[-200:]}")
    return [float(value) for value in found.groups()]


def _results(system: str, told: list[float], n: int, clients: int, settings: dict) -> Iterator[dict]:
    for measure, value in zip(("requests_per_second", "p99_ms", "errors"), told, strict=True):
        yield _row(system, measure, value, n=n, clients=clients, **settings)


def _memory(pid: int) -> float:
    """Megabytes of a server's processes, shared pages counted by their shares."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    total = 0.0
    for one in pids:
        told = Path(f"/proc/{one}/smaps_rollup").read_text()
        total += int(re.search(r"Pss:\s+(\d+)", told)[1]) / 1024
    return total


def _row(system: str, measure: str, value: float, **settings: object) -> dict:
    units = {"requests_per_second": "1/s", "p99_ms": "ms"}
    return row("serve", system, measure, value, units.get(measure, ""), **settings)
