"""``classicxm describe``: from a collection to shards of vectors, on one machine or many."""

from __future__ import annotations

import time

import click

from classicxm.cli.fit_shards import cluster_options, opened_engine
from classicxm.cli.options import execution_options, outside_option, recipe_option
from classicxm.cli.terminal import say, say_line

__all__ = ["describe"]


@click.command()
@click.argument("collection", type=click.Path(exists=True))
@click.option(
    "-o", "--output", required=True, type=click.Path(), help="Folder of shards to write, or to go on with."
)
@recipe_option
@click.option(
    "--split", default="train", show_default=True, help="What extractors learn from; all: every item."
)
@click.option("--shard", type=click.IntRange(1), default=10_000, show_default=True, help="Items of a shard.")
@click.option(
    "--sample",
    type=click.IntRange(2),
    default=5_000,
    show_default=True,
    help="Items that extractors learn from, at most.",
)
@click.option(
    "--remote",
    multiple=True,
    metavar="SCHEME",
    help="URLs that media may be fetched by: s3, gs, https; repeatable.",
)
@cluster_options
@outside_option
@execution_options
def describe(
    collection: str,
    output: str,
    recipe: str,
    split: str,
    shard: int,
    sample: int,
    remote: tuple[str, ...],
    cluster: str | None,
    worker_memory: str | None,
    allow_outside: bool,
    n_jobs: int,
    on_error: str,
    cache: str | None,
) -> None:
    """Describe a COLLECTION (folder or manifest) into shards, from which fit --shards learns.

    What an earlier run finished is kept: run the same command again to go on.
    """
    from classicxm.scale import describe_collection

    if cache is not None:
        raise click.UsageError("--cache has no use here: finished shards are kept")
    started = time.perf_counter()
    with opened_engine(cluster, worker_memory, n_jobs) as engine:
        done = describe_collection(
            collection,
            output,
            recipe=recipe,
            split=None if split == "all" else split,
            shard=shard,
            sample=sample,
            on_error=on_error,
            allow_outside=allow_outside,
            remote=remote,
            engine=engine,
            told=lambda line: say_line(f"classicxm: {line}", err=True),
        )
    for note in [*map(str, done.problems), *done.skipped, *done.empty]:
        say_line(f"classicxm: {note}", err=True)
    found = f", {done.n_found} were there" if done.n_found else ""
    say(
        f"{output}: {done.plan.n_parts} shards{found}; {done.n_items} items described, {len(done.skipped)} left out, "
        f"in {time.perf_counter() - started:.1f} s"
    )
