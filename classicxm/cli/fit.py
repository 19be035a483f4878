"""``classicxm fit``: from a collection to a saved model."""

import time

import click

from classicxm.cli.options import execution_options, recipe_option, report

__all__ = ["fit"]


@click.command()
@click.argument("collection", type=click.Path(exists=True))
@click.option("-o", "--output", required=True, type=click.Path(), help="Folder to write the model to.")
@recipe_option
@click.option("--split", default="train", show_default=True, help="What to learn from; all: every item.")
@click.option("--no-payload", is_flag=True, help="Keep ids and vectors alone: no texts, paths or labels.")
@execution_options
def fit(collection, output, recipe, split, no_payload, n_jobs, on_error, cache):
    """Learn from a COLLECTION (folder or manifest) and index all its items."""
    from classicxm.datasets import load_collection
    from classicxm.persistence import check_target
    from classicxm.retrieval import make_retriever

    check_target(output)
    started = time.perf_counter()
    items = load_collection(collection, on_error="skip" if on_error == "skip" else "raise")
    retriever = make_retriever(recipe, items.modalities, n_jobs=n_jobs, on_error=on_error, cache=cache)
    retriever.fit_collection(items, split=None if split == "all" else split)
    retriever.save(output, payload=not no_payload)
    report(items.problems, retriever.skipped_, retriever.empty_)
    counts = ", ".join(f"{len(index)} {modality}" for modality, index in retriever.indexes_.items())
    click.echo(
        f"{output}: {counts} items indexed by recipe {recipe} in {time.perf_counter() - started:.1f} s"
    )
