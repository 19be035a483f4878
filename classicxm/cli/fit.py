"""``classicxm fit``: from a collection to a saved model."""

import time

import click

from classicxm.cli.fit_shards import fit_from_shards, index_named, shards_options
from classicxm.cli.options import execution_options, outside_option, recipe_option, report
from classicxm.cli.terminal import say

__all__ = ["fit"]

FEW_PAIRS = 100


@click.command()
@click.argument("collection", type=click.Path(exists=True), required=False)
@click.option("-o", "--output", required=True, type=click.Path(), help="Folder to write the model to.")
@recipe_option
@click.option("--split", default="train", show_default=True, help="What to learn from; all: every item.")
@click.option(
    "--holdout", type=float, help="Share of a collection without splits to keep aside for evaluate."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of --holdout.")
@click.option("--no-payload", is_flag=True, help="Keep ids and vectors alone: no texts, paths or labels.")
@click.option("--epsilon", type=float, help="Align under differential privacy; recipe baseline only.")
@click.option("--delta", type=float, help="With --epsilon; by default n**-1.1 for n items.")
@shards_options
@outside_option
@execution_options
def fit(
    collection,
    shards,
    cluster,
    scaling,
    index,
    output,
    recipe,
    split,
    holdout,
    seed,
    no_payload,
    epsilon,
    delta,
    allow_outside,
    n_jobs,
    on_error,
    cache,
):
    """Learn from a COLLECTION (folder or manifest), or from the shards that describe wrote, and index all its items.

    --epsilon protects the alignment and not the index; help(classicxm.alignment.PrivateCCA) says what that means.
    """
    from classicxm.datasets import load_collection
    from classicxm.datasets.partition import hold_out
    from classicxm.persistence import check_target
    from classicxm.retrieval import make_retriever

    if shards is not None:
        given = {"COLLECTION": collection, "--holdout": holdout, "--epsilon": epsilon, "--delta": delta}
        return fit_from_shards(shards, output, split, scaling, index, cluster, n_jobs, no_payload, given)
    if collection is None:
        raise click.UsageError("give a COLLECTION, or --shards with what describe wrote")
    if cluster is not None or scaling != "none":
        raise click.UsageError("--cluster and --scaling go with --shards")
    if holdout is not None and split == "all":
        raise ValueError("--holdout keeps items aside and --split all learns from them; give one of the two")
    check_target(output)
    started = time.perf_counter()
    items = load_collection(collection, "skip" if on_error == "skip" else "raise", allow_outside)
    if holdout is not None:
        items = hold_out(items, holdout, seed)
    aligner = private_aligner(recipe, len(items), epsilon, delta)
    retriever = make_retriever(
        recipe, items.modalities, aligner, n_jobs=n_jobs, on_error=on_error, cache=cache
    )
    retriever.index = index_named(index, output)
    retriever.fit_collection(items, split=None if split == "all" else split)
    if holdout is not None:
        retriever.held_out_ids_ = items.split("test").ids
    retriever.save(output, payload=not no_payload)
    report(items.problems, retriever.skipped_, retriever.empty_)
    counts = ", ".join(f"{len(index)} {modality}" for modality, index in retriever.indexes_.items())
    say(f"{output}: {counts} items indexed by recipe {recipe} in {time.perf_counter() - started:.1f} s")
    say(learned_from(retriever))
    return None


def learned_from(retriever):
    """How many items a model learned from and how many it only indexed, with a warning where the first are few."""
    indexed = {key for index in retriever.indexes_.values() for key in index.ids()}
    learned = len(retriever.learned_ids_)
    told = f"learned from {learned} items, indexed {len(indexed - set(retriever.learned_ids_))} more without learning"
    if retriever.held_out_ids_:
        told += f"; {len(retriever.held_out_ids_)} of them are held out, and evaluate measures on those"
    if learned < FEW_PAIRS:
        told += (
            f"\nwarning: {learned} pairs are few to learn from; under {FEW_PAIRS}, expect answers near chance"
        )
    return told


def private_aligner(recipe, n_items, epsilon, delta):
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
