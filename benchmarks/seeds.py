"""One benchmark under several seeds: each in a process of its own, and then one row of every figure over them.

What depends on a seed is the words and mixtures that encoders learn, the folds on which settings are chosen, and what
is drawn; so `benchmarks.environment.SEED` is read once a process, and every estimator is given it by `seeded`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.environment import SEED
from benchmarks.rows import BenchmarkError, quality_rows

__all__ = ["merged", "rows_of_seeds", "seeded", "shared_folder"]

VARIABLE = "CLASSICXM_BENCHMARK_SEED"
SHARED = "CLASSICXM_BENCHMARK_SHARED"


def seeded(estimator: Any, seed: int = SEED) -> Any:
    """The estimator with every ``random_state`` in it set, those of a retriever's extractors too.

    >>> from classicxm.encoding import BagOfWords
    >>> seeded(BagOfWords(), 3).random_state
    3
    """
    for extractor in getattr(estimator, "extractors", {}).values():
        seeded(extractor, seed)
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**dict.fromkeys(names, seed))


def shared_folder() -> Path | None:
    """Where the seeds of one run keep for each other what does not depend on a seed; None in a run of one seed."""
    folder = os.environ.get(SHARED)
    return Path(folder) if folder else None


def rows_of_seeds(name: str, data: str | Path | None, n_seeds: int, folder: str | Path) -> list[dict]:
    """Rows of a benchmark over seeds 0 to ``n_seeds - 1``; each seed's own stay in the folder and are not run again.

    ``data`` is the folder that the benchmark reads, None for the one that it finds by itself.
    """
    # the first alone, since its times are those that are shown; the others as many at a time as there are cores
    with tempfile.TemporaryDirectory() as shared:
        runs = [_run(name, data, 0, folder, shared)]
        with ThreadPoolExecutor(_cores()) as pool:
            runs += pool.map(lambda seed: _run(name, data, seed, folder, shared), range(1, n_seeds))
    return merged(runs)


def _run(name: str, data: str | Path | None, seed: int, folder: str | Path, shared: str) -> list[dict]:
    """The rows of one seed, from its file or from a process of its own."""
    path = Path(folder) / f"{name}-seed{seed}.json"
    if not path.is_file():
        command = [sys.executable, "-m", "benchmarks", name, "--seeds", "1"]
        command += [] if data is None else ["--data", str(Path(data).absolute())]
        done = subprocess.run(
            [*command, "--json", str(path.absolute())],
            env={**os.environ, VARIABLE: str(seed), SHARED: shared},
            cwd=Path(__file__).parents[1],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise BenchmarkError(f"seed {seed}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def merged(runs: list[list[dict]]) -> list[dict]:
    """One row for every figure of several runs: mean value, mean ends of its interval, standard deviation over runs.

    Rows of one system and measure are told apart by their place, since what was chosen may differ between seeds. A
    row that only one run has is passed on as it is, and of times the first run's are, which had the machine to itself.

    Parameters
    ----------
    runs : list of list of dict
        Rows, one list a seed.

    Returns
    -------
    list of dict
        Rows with "seed_spread" where at least two runs have the figure. Settings that differ are means where they are
        floats, and otherwise the values in order of the seeds; "seeds" is how many runs there are.

    >>> a, b = ({"benchmark": "x", "system": "s", "measure": "m", "value": v, "unit": "", "low": v - 1, "high": v + 1,
    ...          "settings": {"n": v}} for v in (1, 3))
    >>> row = merged([[a], [b]])[0]
    >>> row["value"], row["low"], row["high"], round(row["seed_spread"], 4), row["settings"]
    (2, 1, 3, 1.4142, {'n': '1 | 3', 'seeds': 2})
    """
    groups: dict[tuple, list[dict]] = {}
    for rows in runs:
        seen: dict[tuple, int] = {}
        for one in rows:
            kind = one["system"], one["measure"]
            seen[kind] = seen.get(kind, 0) + 1
            groups.setdefault((*kind, seen[kind]), []).append(one)
    return [_over_seeds(group) for group in groups.values()]


def _over_seeds(group: list[dict]) -> dict:
    found = {**group[0], "settings": _settings([one["settings"] for one in group])}
    if len(group) == 1 or not quality_rows(group):
        return found
    for name in ("value", "low", "high"):
        values = [one[name] for one in group if one[name] is not None]
        found[name] = statistics.mean(values) if values else None
    found["settings"]["seeds"] = len(group)
    return {**found, "seed_spread": statistics.stdev(one["value"] for one in group)}


def _settings(settings: list[dict]) -> dict:
    return {name: _setting([one[name] for one in settings if name in one]) for name in settings[0]}


def _setting(values: list) -> Any:
    if all(value == values[0] for value in values):
        return values[0]
    if all(isinstance(value, float) for value in values):
        return statistics.mean(values)
    return " | ".join(value if isinstance(value, str) else json.dumps(value) for value in values)
