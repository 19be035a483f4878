"""What does ``classicxm add`` cost beyond describing the new photos, in a large model?

A saved model of 20 000 items is given 100 photos from the shell, several times with other ids. Figures are processor
time of the whole command, start included, beside that of describing the same photos by the same extractor; and the
bytes of files that were written anew beside those of the model.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.environment import SEED
from benchmarks.extraction import one_thread
from benchmarks.rows import row
from benchmarks.startup import cpu_seconds
from classicxm.alignment import CCA
from classicxm.datasets import make_scenes
from classicxm.persistence import load
from classicxm.retrieval import CrossModalRetriever
from classicxm.retrieval.recipes import extractor_of

__all__ = ["large_model", "rewritten", "run"]

N_ITEMS, N_PHOTOS, SIDE, TURNS = 20_000, 100, 256, 4
MB = 1_000_000


def large_model(scenes, n_items, folder):
    """Save a model, learned from the scenes, that holds ``n_items`` random vectors in each of its two indexes."""
    extractors = {name: extractor_of("baseline", name) for name in ("text", "image")}
    retriever = CrossModalRetriever(extractors, CCA("auto", ridge=1.0), n_jobs=1).fit_collection(scenes)
    vectors = np.random.default_rng(SEED).normal(size=(n_items, retriever.project("text", ["red"]).shape[1]))
    ids = [f"held-{i}" for i in range(n_items)]
    retriever.indexes_ = {name: retriever.new_index().add(vectors, ids) for name in extractors}
    retriever.payload_ = {
        key: {"text": f"a caption of the item {key}", "image": f"{key}.jpg", "label": "circle"} for key in ids
    }
    retriever.save(folder)


def rewritten(before, folder):
    """Bytes of files in a saved model that are no files of ``before``, a set of (device, number)."""
    files = [path.stat() for path in Path(folder).rglob("*") if path.is_file()]
    return sum(found.st_size for found in files if (found.st_dev, found.st_ino) not in before)


def _files(folder):
    return {(path.stat().st_dev, path.stat().st_ino) for path in Path(folder).rglob("*") if path.is_file()}


def _described(model, photos):
    extractor = load(model).extractors_["image"]
    start = time.process_time()
    extractor.transform(photos)
    return time.process_time() - start


def run(data, quick=False):
    """Rows of adding photos, of describing them, and of what is left; ``data`` is not needed."""
    n_items, n_photos, turns = (2_000, 10, 1) if quick else (N_ITEMS, N_PHOTOS, TURNS)
    with tempfile.TemporaryDirectory() as parent, one_thread():
        model, pictures = Path(parent) / "model", Path(parent) / "pictures"
        scenes = make_scenes(max(60, n_photos), SIDE, folder=pictures, modalities=("text", "image"))
        large_model(scenes, n_items, model)
        size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
        photos = scenes.column("image")[:n_photos]
        taken = {"add": [], "describe": [], "beyond": [], "rewritten": []}
        for turn in range(turns):
            manifest = Path(photos[0]).parent / f"turn-{turn}.jsonl"
            lines = [{"id": f"{turn}-{i}", "image": Path(path).name} for i, path in enumerate(photos)]
            manifest.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            before = _files(model)
            command = [
                sys.executable,
                "-m",
                "classicxm.cli",
                "add",
                str(model),
                str(manifest),
                "--n-jobs",
                "1",
            ]
            taken["add"].append(cpu_seconds(command, None if quick else Path(parent) / "compiled"))
            taken["describe"].append(_described(model, photos))
            taken["beyond"].append(taken["add"][-1] - taken["describe"][-1])
            taken["rewritten"].append(rewritten(before, model) / MB)
        if not quick:  # the first one compiled the modules
            taken = {name: values[1:] for name, values in taken.items()}
        held = len(load(model).indexes_["image"])
    settings = {"items": n_items, "photos": n_photos, "turns": len(taken["add"]), "held": held}
    for name in ("add", "describe"):
        yield row("adding", name, "cpu_seconds", statistics.median(taken[name]), "s", **settings)
    yield row("adding", "add", "beyond_describing", statistics.median(taken["beyond"]), "s", **settings)
    yield row(
        "adding", "add", "rewritten", max(taken["rewritten"]), "MB", **settings, model_mb=round(size / MB, 2)
    )
