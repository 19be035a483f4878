"""``classicxm evaluate``: a model measured on held-out items."""

import click

from classicxm.cli.options import as_printed, execution_options, json_option, protocol_option, report
from classicxm.tables import aligned

__all__ = ["evaluate"]


@click.command()
@click.argument("model", type=click.Path())
@click.argument("collection", type=click.Path(exists=True))
@click.option("--split", default="test", show_default=True, help="What to measure on; all: every item.")
@protocol_option
@json_option
@execution_options
def evaluate(model, collection, split, protocol, as_json, n_jobs, on_error, cache):
    """Measure a MODEL on held-out items of a COLLECTION, beside random and query-blind floors."""
    from classicxm.datasets import load_collection
    from classicxm.retrieval import CrossModalRetriever, assess

    retriever = CrossModalRetriever.load(model).with_execution(n_jobs=n_jobs, on_error=on_error, cache=cache)
    items = load_collection(collection, on_error="skip" if on_error == "skip" else "raise")
    held_out = items if split == "all" else items.split(split)
    training = items.split("train") if "train" in items.split_names and split != "all" else None
    assessment = assess(retriever, held_out, protocol, training)
    click.echo(as_printed(assessment.to_dict()) if as_json else aligned(assessment.table()))
    report(items.problems, assessment.skipped, [])
