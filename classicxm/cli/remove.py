"""``classicxm remove``: items out of a saved model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from classicxm.cli.hits import held_keys
from classicxm.cli.options import model_argument
from classicxm.cli.terminal import counted, say

__all__ = ["remove"]


@click.command()
@model_argument
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--ignore-missing", is_flag=True, help="Pass over ids that the model does not hold.")
def remove(model: str, opened: Callable[[], Any], ids: tuple[str, ...], ignore_missing: bool) -> None:
    """Remove items from a saved MODEL, with all that was stored of them.

    What extractors and alignment have learned from them stays; fit anew without them where that matters.
    """
    from classicxm.persistence import saved_state

    before = saved_state(model)
    retriever = opened()
    keys = held_keys(retriever, dict.fromkeys(ids), ignore_missing)
    if keys:
        retriever.remove(keys).save(model, unchanged=before)
    counts = ", ".join(f"{len(index)} {modality}" for modality, index in retriever.indexes_.items())
    say(f"{model}: {counted(len(keys), 'item')} removed, {counts} now")
