"""``classicxm fit --shards``: from the shards that ``classicxm describe`` wrote to a saved model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from classicxm.cli.terminal import say

if TYPE_CHECKING:
    from classicxm.scale import Engine

__all__ = ["BESIDE_SHARDS", "cluster_options", "fit_from_shards", "opened_engine", "shards_options"]


#: Parameters of fit that say something beside --shards: what describe has decided is not asked again.
BESIDE_SHARDS = {
    *("shards", "output", "split", "scaling", "index", "no_payload"),
    *("cluster", "worker_memory", "n_jobs"),
}


def shards_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--shards, --cluster, --worker-memory and --scaling."""
    for option in (
        click.option(
            "--scaling",
            type=click.Choice(["none", "standard", "robust"]),
            default="none",
            show_default=True,
            help="With --shards: divide features by deviations, or by interquartile ranges.",
        ),
        cluster_options,
        click.option("--shards", type=click.Path(exists=True, file_okay=False), help="What describe wrote."),
    ):
        command = option(command)
    return command


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--cluster and --worker-memory."""
    memory = click.option("--worker-memory", metavar="SIZE", help="Of a worker of --cluster local, as 2GB.")
    cluster = click.option(
        "--cluster",
        metavar="ADDRESS",
        help="A Dask scheduler (tcp://host:8786), or local for one of this machine.",
    )
    return cluster(memory(command))


def opened_engine(cluster: str | None, worker_memory: str | None, n_jobs: int) -> Engine:
    """The engine of these options."""
    from classicxm.scale import engine_of

    if worker_memory is None:
        return engine_of(cluster, n_jobs)
    if cluster != "local":
        raise click.UsageError("--worker-memory goes with --cluster local")
    return engine_of(cluster, n_jobs, memory_limit=worker_memory)


def fit_from_shards(
    shards: str,
    output: str,
    split: str,
    scaling: str,
    index: Any,
    opening: Callable[[], Engine],
    no_payload: bool,
) -> None:
    """Learn from shards, index them, save and say what was done."""
    from classicxm.persistence import check_target
    from classicxm.scale import fit_shards

    check_target(output)
    started = time.perf_counter()
    with opening() as engine:
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
