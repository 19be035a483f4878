"""From a collection to shards of vectors: what extractors learn comes first, from a sample, then every item once."""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.atomic import remove_unfinished
from classicxm.datasets.collection import Problem
from classicxm.media import MODALITIES
from classicxm.persistence import CONTENTS, load, save
from classicxm.retrieval.description import describe_view, set_execution, stored_payload
from classicxm.retrieval.recipes import check_recipe, extractor_of
from classicxm.scale.engines import Engine, opened
from classicxm.scale.items import opened_records
from classicxm.scale.learning import Sample, learn_extractor
from classicxm.scale.plan import Plan, make_plan, part_rows, read_plan
from classicxm.scale.shards import is_whole, write_shard
from classicxm.sequences import taken

__all__ = ["Described", "describe_collection", "load_extractors"]

EXTRACTORS = "extractors"
PATIENCE = 5.0  # seconds in which workers that are being ended let go of what they fill


@dataclass
class Described:
    """What `describe_collection` did.

    Attributes
    ----------
    plan : Plan
    n_found : int
        Shards that an earlier run had finished.
    n_items : int
        Items in the shards that this run wrote.
    problems : list of Problem
        Lines of the manifest that are no items.
    skipped, empty : list of str
        A line for every item left out, and for every item with nothing to describe.
    """

    plan: Plan
    n_found: int = 0
    n_items: int = 0
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)


def describe_collection(
    collection: Path | str,
    folder: Path | str,
    *,
    recipe: str = "standard",
    extractors: dict[str, Any] | None = None,
    split: str | None = "train",
    shard: int = 10_000,
    sample: int = 5_000,
    on_error: str = "raise",
    allow_outside: bool = False,
    remote: tuple[str, ...] = (),
    engine: Engine | str | None = None,
    told: Callable[[str], None] | None = None,
) -> Described:
    """Describe a collection into a folder of shards; what an earlier run finished stays as it is.

    Parameters
    ----------
    collection : path
        A manifest, read as a stream, or a folder.
    folder : path
        ``plan``, ``extractors`` and a folder per shard come to lie there.
    recipe : str, default="standard"
        See `classicxm.retrieval.recipes`.
    extractors : dict of str to Extractor, optional
        Others than the recipe's, by modality; then ``recipe`` is what these are called.
    split : str or None, default="train"
        What extractors learn from; None, or a collection without splits, is every item.
    shard : int, default=10_000
        Items of a shard: what one worker holds at a time.
    sample : int, default=5000
        Items that extractors learn from, chosen by a hash of their ids.
    on_error : {"raise", "skip", "zero"}, default="raise"
    allow_outside : bool, default=False
    remote : sequence of str
        Schemes of URLs that media may be fetched by, such as "s3" or "https".
    engine : Engine or str, default=None
        See `classicxm.scale.engines.opened`.
    told : callable, optional
        Called with a line of progress now and then.

    Returns
    -------
    Described
    """
    folder, told = Path(folder).absolute(), told or (lambda line: None)
    if extractors is None:
        check_recipe(recipe)  # before a plan is written that would hold another one off
    plan, problems = make_plan(
        collection,
        folder,
        recipe=recipe,
        split=split,
        shard=shard,
        sample=sample,
        on_error=on_error,
        allow_outside=allow_outside,
        remote=remote,
    )
    told(f"{plan.n_items} items in {plan.n_parts} shards of {', '.join(plan.modalities)}")
    done = Described(plan, problems=problems)
    with _swept(folder), opened(engine) as running:
        for modality in plan.modalities:
            if not (folder / EXTRACTORS / modality / CONTENTS).is_file():
                chosen = extractors[modality] if extractors is not None else extractor_of(recipe, modality)
                told(f"{modality}: learning from {min(plan.sample, plan.n_items)} items at most")
                learned = learn_extractor(
                    _prepared(chosen, on_error), Sample(folder, plan, modality, on_error), running
                )
                save(learned, folder / EXTRACTORS / modality)
        shutil.rmtree(folder / "work", ignore_errors=True)
        missing = [part for part in plan.parts if not is_whole(folder / part, plan.digest)]
        done.n_found = plan.n_parts - len(missing)
        describe = functools.partial(_describe_part, folder, on_error)
        for number, (part, (n_items, skipped, empty)) in enumerate(running.run(describe, missing), 1):
            done.n_items += n_items
            done.skipped += skipped
            done.empty += empty
            told(f"shard {part} done, {number + done.n_found} of {plan.n_parts}")
    return done


@contextlib.contextmanager
def _swept(folder: Path) -> Iterator[None]:
    """Where the context is left by an error, remove what workers left that were ended before they could."""
    try:
        yield
    except BaseException:
        deadline = time.monotonic() + PATIENCE
        while remove_unfinished(folder) and time.monotonic() < deadline:
            time.sleep(0.05)
        raise


def _prepared(extractor: Any, on_error: str) -> Any:
    """An extractor that works on one thread and knows the error policy."""
    set_execution(extractor, n_jobs=1, on_error=on_error)
    return extractor


def load_extractors(folder: Path | str, modalities: list[str] | None = None) -> dict[str, Any]:
    """The fitted extractors of a folder of shards, by modality."""
    folder = Path(folder)
    names = read_plan(folder).modalities if modalities is None else modalities
    return {modality: load(folder / EXTRACTORS / modality) for modality in names}


@functools.lru_cache(maxsize=1)
def _extractors(folder: Path, digest: str, marks: tuple[int, ...]) -> dict[str, Any]:
    """Loaded once a process, and again when they are others."""
    return load_extractors(folder)


def _describe_part(folder: Path, on_error: str, part: str) -> tuple[int, list[str], list[str]]:
    """Write one shard; returns how many items it has and what was left out."""
    plan = read_plan(folder)
    marks = tuple((folder / EXTRACTORS / m / CONTENTS).stat().st_mtime_ns for m in plan.modalities)
    extractors = _extractors(folder, plan.digest, marks)
    with opened_records(plan, part_rows(folder, part), plan.modalities, on_error) as (records, problems):
        views, skipped, empty = {}, [str(problem) for problem in problems], []
        ids = [record["id"] for record in records]
        for modality, extractor in extractors.items():
            present = np.array([n for n, record in enumerate(records) if modality in record], int)
            set_execution(extractor, on_error=on_error)
            items = [records[n][modality] for n in present]
            if not items:
                continue
            view = describe_view(extractor, modality, items, taken(ids, present))
            views[modality] = view.features, present[view.kept]
            skipped += [f"{note}" for note in view.skipped]
            empty += [f"{note}" for note in view.empty]
        payload = list(_payloads(records, Path(plan.root)))
    write_shard(
        folder / part, ids, views, payload, plan=plan.digest, skipped=sorted(skipped), empty=sorted(empty)
    )
    return len(ids), skipped, empty


def _payloads(records: list[dict], root: Path) -> Iterator[dict]:
    """What is kept of each record: paths below the root relative to it, and URLs as they were."""
    for record in records:
        urls = record.get("urls", {})
        kept = {key: urls.get(key, value) for key, value in record.items() if key != "urls"}
        payload = stored_payload(kept, root.resolve())
        yield {key: payload[key] for key in sorted(payload, key=_rank)}


def _rank(key: str) -> tuple[int, str]:
    return (MODALITIES.index(key) if key in MODALITIES else len(MODALITIES)), key
