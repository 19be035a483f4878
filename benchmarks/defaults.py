"""What ``fit`` gives: every recipe on every set, settings chosen on folds of the training items or the recipe as it is.

The folds that are chosen on are drawn anew for every seed, and the test items are measured once a seed. Descriptions
are kept in a folder, so ``seconds`` of "selected" are those of choosing and aligning; those of "plain", which comes
first, hold the describing too.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import row
from classicxm.comparison import assess
from classicxm.datasets import load_collection
from classicxm.datasets.partition import hold_out
from classicxm.retrieval import make_retriever

DATA = "."
SETS = {"pascal_sentence": "class", "flickr8k_dev": "partner", "recipes": "partner", "ucf101": "class"}
MEASURES = {"mAP": "map", "Success@10": "success_at_10", "MedianRank": "median_rank"}
LETTERS = {"text": "t", "image": "i", "audio": "a", "video": "v"}
SEEDS = (0, 1, 2)


def run(data: Path, quick: bool) -> Iterator[dict[str, Any]]:
    """Rows of each set that is there, under each recipe, aim, and with and without selection."""
    recipes = ("baseline",) if quick else ("baseline", "standard", "strong")
    found = [name for name in SETS if (data / name).is_dir()]
    for name in found[:1] if quick else found:
        collection = load_collection(data / name)
        if quick:
            collection = collection.subset(range(0, len(collection), max(1, len(collection) // 60)))
        if "test" not in collection.split_names:
            collection = hold_out(collection, 0.2, 0)
        for recipe in recipes:
            with tempfile.TemporaryDirectory() as cache:
                yield from rows_of(recipe, name, collection, cache, SEEDS[:1] if quick else SEEDS)


def rows_of(
    recipe: str, name: str, collection: Any, cache: str, seeds: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """The recipe as it is, then selection by each aim that the set has labels for."""
    labelled = any(label is not None for label in collection.labels)
    aims = ("class", "partner") if labelled else ("partner",)
    yield from measured(recipe, name, "plain", None, collection, cache, seeds[:1])
    for aim in aims:
        yield from measured(recipe, name, "selected", aim, collection, cache, seeds)


def measured(
    recipe: str, name: str, how: str, aim: str | None, collection: Any, cache: str, seeds: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """Means over seeds of every measure and direction, with their spread, and seconds of fitting."""
    values: dict[tuple[str, str], list[float]] = {}
    seconds, chosen = [], ""
    for seed in seeds:
        retriever = make_retriever(
            recipe, collection.modalities, cache=cache, select=aim is not None, aim=aim
        )
        if retriever.selection is not None:
            retriever.selection.set_params(random_state=seed)
        started = time.process_time()
        retriever.fit_collection(collection)
        seconds.append(time.process_time() - started)
        selection = retriever.selection_ or {}
        chosen = f"{selection.get('text')} {selection.get('alignment')}" if selection else "as it is"
        for figure in assess(retriever, collection.split("test")).figures:
            if figure.measure in MEASURES:
                values.setdefault((figure.measure, figure.direction), []).append(figure.value)
    system = f"{recipe}/{name}/{how}"
    settings = {"aim": aim or "none", "seeds": len(seeds), "chosen": chosen.replace(" ", "_")}
    for (measure, direction), found in values.items():
        source, target = direction.split("->")
        called = f"{MEASURES[measure]}_{LETTERS[source]}2{LETTERS[target]}"
        unit = "rank" if measure == "MedianRank" else "share"
        spread = float(np.ptp(found))
        yield row("defaults", system, called, float(np.mean(found)), unit, seed_spread=spread, **settings)
    if maps := [np.mean(v) for (measure, _), v in values.items() if measure == "mAP"]:
        yield row("defaults", system, "map_mean", float(np.mean(maps)), "share", **settings)
    yield row("defaults", system, "seconds", float(np.median(seconds)), "s", **settings)
