"""Photos described and learned from by every engine: the bytes and the directions must be those of one process."""

import contextlib
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
from scipy.linalg import subspace_angles

from benchmarks.rows import BenchmarkError, row
from benchmarks.scale_work import WORKER_MEGABYTES
from classicxm.datasets import make_scenes
from classicxm.scale import (
    DaskEngine,
    ProcessEngine,
    SerialEngine,
    describe_collection,
    fit_shards,
    read_shard,
)
from classicxm.scale.shards import shard_names

__all__ = ["photo_rows"]

RECIPE, SHARD, QUICK_N, QUICK_SHARD = "baseline", 100, 24, 6
LARGEST_ANGLE = 1e-8
ENGINES = {
    "serial": SerialEngine,
    "processes": lambda: ProcessEngine(2),
    "dask": lambda: DaskEngine("local", n_workers=2, memory_limit=f"{WORKER_MEGABYTES}MB"),
}


def photo_rows(data, quick):
    """Rows of every engine on a collection in a folder; quick runs take drawn scenes."""
    with tempfile.TemporaryDirectory() as scratch:
        collection = drawn(Path(scratch) / "scenes", QUICK_N) if quick else Path(data)
        size, settings = QUICK_SHARD if quick else SHARD, {"data": collection.name, "recipe": RECIPE}
        first = None
        for name, engine in ENGINES.items():
            found = _described_and_learned(collection, Path(scratch) / name, engine(), size)
            first = first or found
            settings |= {"n": len(found["aligned"]["image"]), "shards": len(found["hashes"])}
            equal = found["hashes"] == first["hashes"]
            yield row("scale", name, "vectors_equal_to_the_bit", float(equal), "", **settings)
            angle = max(
                float(subspace_angles(vectors, first["aligned"][modality]).max())
                for modality, vectors in found["aligned"].items()
            )
            yield row("scale", name, "largest_angle", angle, "radians", **settings)
            if not equal or angle > LARGEST_ANGLE:
                raise BenchmarkError(f"{name} differs from one process on {collection.name}")


def _described_and_learned(collection, shards, engine, size):
    """Hashes of the shards, and the aligned vectors of all items."""
    with contextlib.closing(engine):
        describe_collection(collection, shards, recipe=RECIPE, shard=size, engine=engine)
        aligner = fit_shards(shards, engine=engine)[0].aligner_
    read = [read_shard(shards / name) for name in shard_names(shards)]
    return {
        "hashes": {one.name: one.hash for one in read},
        "aligned": {
            modality: np.concatenate([aligner.transform_view(modality, one.views[modality]) for one in read])
            for modality in ("text", "image")
        },
    }


def drawn(folder, n):
    """A folder of n drawn scenes with their captions."""
    folder.mkdir()
    lines = []
    for record in make_scenes(n, modalities=("text", "image")):
        cv2.imwrite(str(folder / f"{record['id']}.png"), record["image"][..., ::-1])
        text = record["text"]
        lines.append({"id": record["id"], "image": f"{record['id']}.png", "text": text})
    (folder / "manifest.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8"
    )
    return folder
