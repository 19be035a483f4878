"""``classicxm add``: new items into a saved model, described as it has learned to, without learning anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click

from classicxm.cli.options import execution_options, model_argument, report
from classicxm.cli.terminal import counted, say, say_line

__all__ = ["add"]


@click.command()
@model_argument
@click.argument("collection", type=click.Path(exists=True))
@click.option("--replace", is_flag=True, help="Items whose ids are held take the place of those.")
@click.option("--split", help="Only the items of this split.  [default: all]")
@execution_options
def add(
    model: str,
    opened: Callable[[], Any],
    collection: str,
    replace: bool,
    split: str | None,
    n_jobs: int,
    on_error: str,
    cache: str | None,
) -> None:
    """Add the items of a COLLECTION (folder, manifest or one media file) to a saved MODEL.

    Nothing is learned from them. The model is replaced at the end, in one step: until then, and whatever stops the
    command, it stays as it was.
    """
    from classicxm.datasets import load_collection
    from classicxm.persistence import check_target, saved_state

    started = time.perf_counter()
    before = saved_state(model)
    retriever = opened()
    check_target(model)
    items = load_collection(collection, "skip" if on_error == "skip" else "raise", retriever.allow_outside)
    items = items.split(split) if split else items
    settings = [(extractor, extractor.get_params(deep=True)) for extractor in retriever.extractors_.values()]
    retriever.with_execution(n_jobs=n_jobs, on_error=on_error, cache=cache)
    added = retriever.add_collection(items, replace)
    for extractor, usual in settings:  # how this command ran is no part of the model
        extractor.set_params(**{name: usual[name] for name in usual if _is_execution(name)})
    retriever.save(model, unchanged=before)
    report(items.problems, retriever.skipped_, retriever.empty_)
    counts = ", ".join(f"{len(index)} {modality}" for modality, index in retriever.indexes_.items())
    say(
        f"{model}: {counted(len(added), 'item')} added in {time.perf_counter() - started:.1f} s, {counts} now"
    )
    if retriever.root_ is not None and _lies_outside(items.root, retriever.root_):
        say_line(
            f"classicxm: these files lie outside {retriever.root_}, so pages show them with --allow-outside only",
            err=True,
        )


def _is_execution(name: str) -> bool:
    return name.rpartition("__")[2] in ("n_jobs", "on_error", "cache")


def _lies_outside(root: Any, home: str) -> bool:
    return root is not None and not root.resolve().is_relative_to(home)
