"""How long does a command take to start? ``search`` on a saved model, and loading it, beside the bare imports.

Figures are seconds of processor time of a whole process, user and system, as medians over runs taken in turn; the
ratio to the imports of scikit-learn and OpenCV is the median of the ratios within a turn.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rows import BenchmarkError, row

__all__ = ["DATA", "cpu_seconds", "run"]

DATA = "pascal_sentence"

IMPORTS = "import sklearn, cv2"
LOAD = "import sys, classicxm; classicxm.load(sys.argv[1])"


def cpu_seconds(command):
    """Seconds of processor time, user and system, that a command took; BenchmarkError where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise BenchmarkError(f"{' '.join(map(str, command[1:4]))} failed: {last}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fitted_model(data, quick, folder):
    """A saved model of the collection: photos and texts, recipe standard, or 60 drawn scenes when quick."""
    from classicxm.datasets import load_collection, make_scenes
    from classicxm.retrieval import make_retriever

    if quick:
        collection, recipe = make_scenes(60, modalities=("text", "image")), "baseline"
    elif data.is_dir():
        collection, recipe = load_collection(data), "standard"
    else:
        raise BenchmarkError(f"no data at {data}")
    make_retriever(recipe, n_jobs=1).fit_collection(collection).save(folder)


def commands(model):
    """Name -> command: the imports that it is measured beside, loading, and searching from the shell."""
    search = ["-m", "classicxm.cli", "search", model, "--text", "a red circle or a dog", "--target", "image"]
    return {
        "imports": [sys.executable, "-c", IMPORTS],
        "load": [sys.executable, "-c", LOAD, model],
        "search": [sys.executable, *search],
    }


def run(data, quick=False):
    """Yield rows of processor time, and of its ratio to the bare imports.

    ``data`` is a collection that a model is made of, or a model that was saved.
    """
    with tempfile.TemporaryDirectory() as parent:
        model = data
        if quick or not (data / "retriever.json").exists():
            model = Path(parent) / "model"
            fitted_model(data, quick, model)
        asked = commands(str(model))
        turns = 2 if quick else 9
        for command in asked.values():
            cpu_seconds(command)  # not counted: files come into the machine's memory
        seconds = {name: [] for name in asked}
        for _ in range(turns):
            for name, command in asked.items():
                seconds[name].append(cpu_seconds(command))
        megabytes = sum(path.stat().st_size for path in model.rglob("*") if path.is_file()) / 2**20
    for name, taken in seconds.items():
        settings = {"turns": turns, "model_mb": round(megabytes, 1)}
        yield row("startup", name, "cpu_seconds", statistics.median(taken), "s", **settings)
        if name != "imports":
            ratios = [one / bare for one, bare in zip(taken, seconds["imports"], strict=True)]
            yield row("startup", name, "ratio_to_imports", statistics.median(ratios), "x", **settings)
