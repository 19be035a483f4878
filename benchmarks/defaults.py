"""What ``fit`` gives: every recipe on every set, settings chosen on folds of the training items or the recipe as it is.

The folds that are chosen on are drawn anew for every seed, and the test items are measured once a seed. Descriptions
are kept in a folder, so ``seconds`` of "selected" are those of choosing and aligning; those of "plain", which comes
first, hold the describing too. Sets with official folds are measured on every one of them in turn, sets without splits
on five draws of a fifth, and values are means over these; OpenMoji is drawn from its package, where that is installed.

Sets without classes are measured by the caption protocol too. Beside them stands `BY_HAND`, what somebody reaches who
takes TF-IDF, Fisher vectors at the usual power 0.5 and CCA, and chooses its settings on folds.
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
from classicxm.datasets import Collection, load_collection, load_openmoji
from classicxm.datasets.partition import hold_out
from classicxm.errors import MissingExtraError
from classicxm.retrieval import CrossModalRetriever, extractor_of, make_retriever
from classicxm.text import TfidfText

DATA = "."
OPENMOJI = "openmoji"
SETS = ("pascal_sentence", "flickr8k_dev", "recipes", OPENMOJI, "esc10", "ucf101")
MEASURES = {
    "mAP wiki": "map_{}",
    "Success@10 wiki": "success_at_10_{}",
    "MedianRank wiki": "median_rank_{}",
    "Success@10 captions": "success_at_10_{}_captions",
    "MedianRank captions": "median_rank_{}_captions",
}
LETTERS = {"text": "t", "image": "i", "audio": "a", "video": "v"}
FOLD_SEEDS = (0, 1, 2)
#: Of the test items drawn from sets that have neither splits nor folds: one draw of recipes is 28 photos.
DIVISION_SEEDS = (0, 1, 2, 3, 4)
BY_HAND = "by-hand"


def run(data: Path, quick: bool) -> Iterator[dict[str, Any]]:
    """Rows of each set that is there, under each recipe, aim, and with and without selection."""
    recipes = ("baseline",) if quick else ("baseline", "standard", "strong")
    found = [name for name in SETS if (data / name).is_dir() or (name == OPENMOJI and not quick)]
    for name in found[:1] if quick else found:
        parts = divisions(name, data, quick)
        for recipe in recipes if parts else ():
            with tempfile.TemporaryDirectory() as cache:
                yield from rows_of(recipe, name, parts, cache, FOLD_SEEDS[:1] if quick else FOLD_SEEDS)
        if parts and not labelled(parts[0]) and set(parts[0].modalities) == {"text", "image"}:
            with tempfile.TemporaryDirectory() as cache:
                seeds = FOLD_SEEDS[:1] if quick else FOLD_SEEDS
                yield from measured(BY_HAND, name, "selected", "partner", parts, cache, seeds)


def divisions(name: str, data: Path, quick: bool = False) -> list[Collection]:
    """The set with every division into "train" and "test" that it is measured on: its own, its folds, or five drawn."""
    if name == OPENMOJI:
        try:
            return [load_openmoji()]
        except MissingExtraError:
            return []
    collection = load_collection(data / name)
    if quick:
        collection = collection.subset(range(0, len(collection), max(1, len(collection) // 60)))
    if "test" in collection.split_names:
        return [collection]
    folds = collection.column("fold")
    if any(fold is None for fold in folds):
        return [hold_out(collection, 0.2, seed) for seed in DIVISION_SEEDS]
    return [held_out_fold(collection, fold) for fold in sorted(set(folds))]


def held_out_fold(collection: Collection, fold: Any) -> Collection:
    """The collection with one official fold as its test items."""
    records = [{**record, "split": "test" if record["fold"] == fold else "train"} for record in collection]
    return Collection(records, name=collection.name, root=collection.root)


def rows_of(
    recipe: str, name: str, parts: list[Collection], cache: str, seeds: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """The recipe as it is, then selection by each aim that the set has labels for."""
    aims = ("class", "partner") if labelled(parts[0]) else ("partner",)
    yield from measured(recipe, name, "plain", None, parts, cache, seeds[:1])
    for aim in aims:
        yield from measured(recipe, name, "selected", aim, parts, cache, seeds)


def labelled(collection: Collection) -> bool:
    """Whether any item has a label."""
    return any(label is not None for label in collection.labels)


def retriever_of(recipe: str, collection: Collection, cache: str, aim: str | None) -> CrossModalRetriever:
    """An unfitted retriever of a recipe, or of what is taken by hand; without an aim nothing is chosen."""
    own: dict[str, Any] = {}
    if recipe == BY_HAND:
        recipe = "standard"
        own = {"text": TfidfText(min_df=3, sublinear_tf=True), "image": extractor_of("standard", "image")}
        own["image"].set_params(sift__encoder__power=0.5, color__encoder__power=0.5)
    return make_retriever(
        recipe, collection.modalities, cache=cache, select=aim is not None, aim=aim, extractors=own
    )


def measured(
    recipe: str,
    name: str,
    how: str,
    aim: str | None,
    parts: list[Collection],
    cache: str,
    seeds: tuple[int, ...],
) -> Iterator[dict[str, Any]]:
    """Means over seeds and divisions of every measure and direction, their spread over seeds, and seconds of a fit."""
    values: dict[tuple[str, str], list[list[float]]] = {}
    seconds, chosen = [], {}
    for seed in seeds:
        of_seed: dict[tuple[str, str], list[float]] = {}
        for collection in parts:
            retriever = retriever_of(recipe, collection, cache, aim)
            if retriever.selection is not None:
                retriever.selection.set_params(random_state=seed)
            started = time.process_time()
            retriever.fit_collection(collection)
            seconds.append(time.process_time() - started)
            selection = retriever.selection_ or {}
            told = f"{selection.get('text')} {selection.get('alignment')}" if selection else "as it is"
            chosen[told.replace(" ", "_")] = True
            for protocol in ("wiki",) if labelled(collection) else ("wiki", "captions"):
                for figure in assess(retriever, collection.split("test"), protocol).figures:
                    key = f"{figure.measure} {protocol}", figure.direction
                    if key[0] in MEASURES:
                        of_seed.setdefault(key, []).append(figure.value)
        for key, found in of_seed.items():
            values.setdefault(key, []).append(found)
    yield from summed_up(f"{recipe}/{name}/{how}", values, seconds, {
        "aim": aim or "none", "seeds": len(seeds), "divisions": len(parts), "chosen": list(chosen),
    })  # fmt: skip


def summed_up(
    system: str,
    values: dict[tuple[str, str], list[list[float]]],
    seconds: list[float],
    settings: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Rows of one system, from values per seed and division.

    The row "seed_spread" is the widest range over seeds that a share has.
    """
    spreads: list[float] = []
    for (measure, direction), found in values.items():
        source, target = direction.split("->")
        called = MEASURES[measure].format(f"{LETTERS[source]}2{LETTERS[target]}")
        unit = "rank" if measure.startswith("MedianRank") else "share"
        spread = float(np.ptp(np.mean(found, axis=1)))
        if unit == "share":
            spreads.append(spread)
        made = row("defaults", system, called, float(np.mean(found)), unit, **settings)
        yield {**made, "seed_spread": spread} if len(found) > 1 else made
    if maps := [np.mean(v) for (measure, _), v in values.items() if measure == "mAP wiki"]:
        yield row("defaults", system, "map_mean", float(np.mean(maps)), "share", **settings)
    if settings["seeds"] > 1:
        yield row("defaults", system, "seed_spread", max(spreads), "share", **settings)
    yield row("defaults", system, "seconds", float(np.median(seconds)), "s", **settings)
