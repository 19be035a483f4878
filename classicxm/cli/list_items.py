"""``classicxm list``: the items that a saved model holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from classicxm.cli.hits import filter_option, no_answer
from classicxm.cli.options import MODALITIES, as_printed, json_option, model_argument
from classicxm.cli.terminal import say, say_line
from classicxm.reports.tables import aligned, shortened

__all__ = ["list_items"]


@click.command("list")
@model_argument
@filter_option
@click.option("-k", type=click.IntRange(1), help="At most so many.  [default: all]")
@json_option
def list_items(
    model: str, opened: Callable[[], Any], where: str | None, k: int | None, as_json: bool
) -> None:
    """List the items of a MODEL, all or those that pass a filter."""
    from classicxm.retrieval.additions import held_ids
    from classicxm.retrieval.filters import admitted

    retriever = opened()
    passing = admitted(where, retriever.payload_, None)
    keys = [key for key in held_ids(retriever) if passing is None or key in passing]
    shown = keys if k is None else keys[:k]
    if as_json:
        say(as_printed([_item(retriever, key) for key in shown]))
        return
    rows: list[tuple[str, ...]] = [("id", "has", "split", "label", "text")]
    for key in shown:
        item = _item(retriever, key)
        payload = item["payload"]
        cells = [shortened(payload.get(name)) for name in ("split", "label", "text")]
        rows.append((str(key), "+".join(item["has"]), *cells))
    if keys:
        say(aligned(rows))
    elif where is not None:
        say_line(no_answer(retriever, where), err=True)
    say_line(
        f"{len(keys)} items{'' if len(shown) == len(keys) else f', the first {len(shown)} shown'}", err=True
    )


def _item(retriever: Any, key: Any) -> dict[str, Any]:
    has = [m for m in MODALITIES if m in retriever.indexes_ and key in retriever.indexes_[m]]
    return {"id": key, "has": has, "payload": retriever.payload_of(key)}
