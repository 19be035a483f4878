"""What a figure was measured on: machine, threads, versions, seed and date."""

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

from threadpoolctl import threadpool_info

__all__ = ["SEED", "cpu_model", "environment"]

#: Seed of everything random in this run of a benchmark; figures are means over several runs (`benchmarks.seeds`).
SEED = int(os.environ.get("CLASSICXM_BENCHMARK_SEED", "0"))

PACKAGES = ("numpy", "scipy", "scikit-learn", "opencv-contrib-python", "cca-zoo", "faiss-cpu", "nearpy")


def cpu_model():
    """The processor's name as its maker gives it, or the architecture where that is not told."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def environment():
    """A dict of strings and numbers that says where the rows come from."""
    import classicxm

    pools = threadpool_info()
    blas = [pool for pool in pools if pool["user_api"] == "blas"]
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": cpu_model(),
        "cores": available,
        "threads": max((pool["num_threads"] for pool in pools), default=1),
        "blas": [
            f"{pool['internal_api']} {pool['version']} ({pool['num_threads']} threads)" for pool in blas
        ],
        "platform": platform.platform(),
        "python": platform.python_version(),
        "classicxm": classicxm.__version__,
        **{package: _version(package) for package in PACKAGES},
        "seed": SEED,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
