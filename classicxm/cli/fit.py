"""``classicxm fit``: from a collection to a saved model."""

import time
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from classicxm.cli.fit_options import Parts, parts_options
from classicxm.cli.fit_shards import BESIDE_SHARDS, fit_from_shards, opened_engine, shards_options
from classicxm.cli.options import (
    Number,
    execution_options,
    given_options,
    outside_option,
    recipe_option,
    report,
)
from classicxm.cli.terminal import say

if TYPE_CHECKING:
    from classicxm.alignment import PrivateCCA
    from classicxm.retrieval import CrossModalRetriever

__all__ = ["fit"]

FEW_PAIRS = 100


@click.command()
@click.argument("collection", type=click.Path(exists=True), required=False)
@click.option("-o", "--output", required=True, type=click.Path(), help="Folder to write the model to.")
@recipe_option
@click.option("--split", default="train", show_default=True, help="What to learn from; all: every item.")
@click.option(
    "--holdout", type=Number(), help="Share of a collection without splits to hold out for evaluate."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of --holdout.")
@click.option(
    "--groups",
    default="group",
    show_default=True,
    metavar="COLUMN",
    help="What items were taken from, such as a film: one group's are held out together; none: no groups.",
)
@click.option("--quick", is_flag=True, help="Take the recipe as it is, without choosing on folds.")
@click.option(
    "--aim",
    type=click.Choice(["class", "partner"]),
    help="What choosing is for: items of the query's class, or its own partner.  [default: by the labels]",
)
@click.option(
    "--no-folder-labels", is_flag=True, help="Subfolders of a folder without manifest are no labels."
)
@click.option("--no-payload", is_flag=True, help="Keep ids and vectors alone: no texts, paths or labels.")
@click.option("--epsilon", type=Number(), help="Align under differential privacy; recipe baseline only.")
@click.option("--delta", type=Number(), help="With --epsilon; by default n**-1.1 for n items.")
@shards_options
@parts_options
@outside_option
@execution_options
def fit(
    collection: str | None,
    shards: str | None,
    cluster: str | None,
    worker_memory: str | None,
    scaling: str,
    output: str,
    recipe: str,
    split: str,
    holdout: float | None,
    seed: int,
    groups: str,
    quick: bool,
    aim: str | None,
    no_folder_labels: bool,
    no_payload: bool,
    epsilon: float | None,
    delta: float | None,
    parts: Parts,
    allow_outside: bool,
    n_jobs: int,
    on_error: str,
    cache: str,
) -> None:
    """Learn from a COLLECTION (folder or manifest), or from the shards that describe wrote, and index all its items.

    Text features and the alignment are chosen on folds of what is learned from, by what the collection is for; --quick
    takes the recipe as it is.

    --epsilon protects the alignment and not the index; help(classicxm.alignment.PrivateCCA) says what that means.
    """
    from classicxm.datasets import load_collection
    from classicxm.datasets.partition import hold_out
    from classicxm.persistence import check_target
    from classicxm.retrieval import Selection

    if shards is not None:
        if without := [one for name, one in given_options().items() if name not in BESIDE_SHARDS]:
            raise click.UsageError(f"{', '.join(without)} cannot be given with --shards")
        opening = partial(opened_engine, cluster, worker_memory, n_jobs)
        index = parts.unfitted_index(output)
        fit_from_shards(shards, output, split, scaling, index, opening, no_payload)
        return
    if collection is None:
        raise click.UsageError("give a COLLECTION, or --shards with what describe wrote")
    if cluster is not None or worker_memory is not None or scaling != "none":
        raise click.UsageError("--cluster, --worker-memory and --scaling go with --shards")
    if holdout is None and "seed" in given_options():
        raise click.UsageError("--seed draws what --holdout keeps aside; give both, or leave it out")
    if holdout is not None and split == "all":
        raise ValueError("--holdout holds items out and --split all learns from them; give one of the two")
    select = chooses(quick, epsilon is not None or parts.aligner is not None, aim)
    column = groups_column(groups, select or holdout is not None)
    check_target(output)
    started = time.perf_counter()
    how: Literal["skip", "raise"] = "skip" if on_error == "skip" else "raise"
    items = load_collection(collection, how, allow_outside, not no_folder_labels)
    if holdout is not None:
        items = hold_out(items, holdout, seed, column)
    aligner = private_aligner(recipe, len(items), epsilon, delta)
    retriever = parts.retriever(
        items, recipe, output, aligner, n_jobs=n_jobs, on_error=on_error, cache=cache, select=select, aim=aim
    )
    retriever.fit_collection(items, None if split == "all" else split, column)
    parts.settle(retriever, output)
    if holdout is not None:
        retriever.held_out_ids_ = items.split("test").ids
    retriever.save(output, payload=not no_payload)
    report(items.problems, retriever.skipped_, retriever.empty_)
    counts = ", ".join(f"{len(index)} {modality}" for modality, index in retriever.indexes_.items())
    say(f"{output}: {counts} items indexed by recipe {recipe} in {time.perf_counter() - started:.1f} s")
    say(learned_from(retriever))
    if retriever.selection_ is not None:
        say(str(Selection(**retriever.selection_)))


def chooses(quick: bool, is_given: bool, aim: str | None) -> bool:
    """Whether features and alignment are chosen on folds: not under --quick, nor where the alignment is given."""
    if aim is not None and quick:
        raise ValueError("--aim is what choosing is for, and --quick skips choosing; give one of the two")
    if aim is not None and is_given:
        raise ValueError(
            "--aim is what choosing is for; --epsilon and --aligner leave nothing to choose by it"
        )
    return not (quick or is_given)


def groups_column(name: str, is_used: bool) -> str | None:
    """The column of --groups, None for none; refused where it was given and nothing is held out."""
    if "groups" in given_options() and not is_used:
        raise click.UsageError(
            "--groups are held out together by choosing and by --holdout; neither is asked for"
        )
    return None if name == "none" else name


def learned_from(retriever: "CrossModalRetriever") -> str:
    """How many items a model learned from and how many it only indexed, with a warning where the first are few."""
    indexed = {key for index in retriever.indexes_.values() for key in index.ids()}
    learned = len(retriever.learned_ids_)
    told = f"learned from {learned} items, indexed {len(indexed - set(retriever.learned_ids_))} more without learning"
    if retriever.held_out_ids_:
        told += f"; {len(retriever.held_out_ids_)} of them are held out, and evaluate measures on those"
    if learned < FEW_PAIRS and len(retriever.extractors_) > 1:
        told += (
            f"\nwarning: {learned} pairs are few to learn from; under {FEW_PAIRS}, expect answers near chance"
        )
    return told


def private_aligner(
    recipe: str, n_items: int, epsilon: float | None, delta: float | None
) -> "PrivateCCA | None":
    """The recipes' alignment under (epsilon, delta)-differential privacy; None without epsilon."""
    from classicxm.alignment import PrivateCCA
    from classicxm.parameters import check_parameters
    from classicxm.retrieval.recipes import CCA_SETTINGS

    if epsilon is None:
        if delta is not None:
            raise ValueError("--delta does nothing without --epsilon; give both or neither")
        return None
    if recipe != "baseline":
        raise ValueError(
            f"--epsilon needs --recipe baseline: noise grows with the number of features, and {recipe} has many"
        )
    delta = max(n_items, 2) ** -1.1 if delta is None else delta
    aligner = PrivateCCA(**CCA_SETTINGS, epsilon=epsilon, delta=delta)
    check_parameters(aligner)
    return aligner
