"""``classicxm export``: the vectors of a model, with ids and payloads, as a file for other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from classicxm.cli.hits import filter_option, no_answer
from classicxm.cli.options import execution_options, model_argument, query_options
from classicxm.cli.terminal import say

__all__ = ["export"]


@click.command()
@model_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="A .npz, .csv or .parquet (extra frames) file.",
)
@click.option("--raw", is_flag=True, help="Features before the alignment; described anew from the files.")
@click.option("--modality", multiple=True, help="Only this one; may be repeated.  [default: all]")
@click.option("--no-payload", is_flag=True, help="Ids and vectors alone.")
@filter_option
@query_options("to export instead of the held items", multiple=True)
@execution_options
def export(
    model: str,
    opened: Callable[[], Any],
    output: str,
    raw: bool,
    modality: tuple[str, ...],
    no_payload: bool,
    where: str | None,
    query: dict[str, tuple[str, ...]],
    n_jobs: int,
    on_error: str,
    cache: str | None,
) -> None:
    """Write the items of a MODEL, or queries, as vectors of the common subspace or as raw features."""
    from dataclasses import replace

    from classicxm.retrieval.exported import check_export, exported_items, exported_queries, write_exported
    from classicxm.retrieval.filters import admitted

    if query and (modality or where is not None):
        raise click.UsageError("--modality and --filter choose among held items; leave them out with queries")
    check_export(output)
    retriever = opened().with_execution(n_jobs=n_jobs, on_error=on_error, cache=cache)
    if query:
        parts = [exported_queries(retriever, name, items, raw) for name, items in query.items()]
    else:
        passing = admitted(where, retriever.payload_, None)
        ids = None if passing is None else list(passing)
        if where is not None and not ids:
            raise ValueError(no_answer(retriever, where))
        parts = exported_items(retriever, modality or None, ids, raw)
    if no_payload:
        parts = [replace(part, payloads=[{}] * len(part.ids)) for part in parts]
    write_exported(parts, output)
    counts = ", ".join(f"{len(part.ids)} {part.modality} of {part.vectors.shape[1]}" for part in parts)
    say(f"{output}: {counts} {'features' if raw else 'dimensions'}")
