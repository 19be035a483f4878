"""Bands of results: what the solved file reaches over seeds, measured and never typed in."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

from classicxm.atomic import write_file
from classicxm.teaching.grading import module_of
from classicxm.teaching.sources import Assignment

__all__ = ["N_SEEDS", "measure_bands", "outside", "write_bands"]

N_SEEDS = 20


def measure_bands(assignment: Assignment, seeds: Iterable[int] = range(1, N_SEEDS + 1)) -> dict[str, dict]:
    """Per number of ``report``: mean and standard deviation over seeds, and the mean of the starter."""
    assignment.needs_source("measuring")
    solved = module_of(assignment.solved, f"{assignment.name}_solved")
    starter = module_of(assignment.starter, f"{assignment.name}_starter")
    seeds = list(seeds)
    reached, floors = [solved.report(seed) for seed in seeds], [starter.report(seed) for seed in seeds]
    return {
        name: {
            "mean": round(statistics.fmean(row[name] for row in reached), 6),
            "deviation": round(statistics.stdev(row[name] for row in reached), 6),
            "floor": round(statistics.fmean(row[name] for row in floors), 6),
        }
        for name in reached[0]
    }


def write_bands(folder: Path, bands: dict[str, dict], n_seeds: int = N_SEEDS) -> Path:
    """Write bands as ``bands.toml`` into the source of an assignment."""
    lines = [f"# Measured over {n_seeds} seeds by `classicxm assignment measure`; do not edit."]
    for name, band in bands.items():
        lines += ["", f'["{name}"]', *(f"{key} = {value!r}" for key, value in band.items())]
    return write_file(folder / "bands.toml", "\n".join(lines) + "\n")


def outside(numbers: dict[str, float], bands: dict[str, dict]) -> list[str]:
    """Names of the numbers that do not lie in their band.

    >>> outside({"recall": 0.5}, {"recall": {"mean": 0.9, "deviation": 0.05, "floor": 0.0}})
    ['recall']
    """
    return [
        name
        for name, band in bands.items()
        if name not in numbers or not abs(numbers[name] - band["mean"]) <= 2 * band["deviation"] + 1e-9
    ]
