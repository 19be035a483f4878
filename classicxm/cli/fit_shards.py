"""``classicxm fit --shards``: from the shards that ``classicxm describe`` wrote to a saved model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click

from classicxm.cli.terminal import say

__all__ = ["fit_from_shards", "shards_options"]


def shards_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--shards, --cluster and --scaling."""
    for option in (
        click.option(
            "--scaling",
            type=click.Choice(["none", "standard", "robust"]),
            default="none",
            show_default=True,
            help="With --shards: divide features by deviations, or by interquartile ranges.",
        ),
        cluster_option,
        click.option("--shards", type=click.Path(exists=True, file_okay=False), help="What describe wrote."),
    ):
        command = option(command)
    return command


cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="A Dask scheduler (tcp://host:8786), or local for one of this machine.",
)


def fit_from_shards(
    shards: str,
    output: str,
    split: str,
    scaling: str,
    index: Any,
    cluster: str | None,
    n_jobs: int,
    no_payload: bool,
    given: dict[str, Any],
) -> None:
    """Learn from shards, index them, save and say what was done."""
    from classicxm.persistence import check_target
    from classicxm.scale import engine_of, fit_shards

    if without := [name for name, value in given.items() if value is not None]:
        raise click.UsageError(f"{', '.join(without)} cannot be given with --shards")
    check_target(output)
    started = time.perf_counter()
    with engine_of(cluster, n_jobs) as engine:
        retriever, learned = fit_shards(
            shards,
            split=None if split == "all" else split,
            scaling=scaling,
            index=index,
            engine=engine,
            told=say,
        )
    retriever.save(output, payload=not no_payload)
    counts = ", ".join(f"{len(one)} {modality}" for modality, one in retriever.indexes_.items())
    say(f"{output}: {counts} items indexed from {shards} in {time.perf_counter() - started:.1f} s")
    say(f"learned from {learned.n_items} items")
