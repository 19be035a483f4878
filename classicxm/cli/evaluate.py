"""``classicxm evaluate``: a model measured on held-out items."""

from pathlib import Path

import click

from classicxm.cli.options import as_printed, execution_options, model_argument, protocol_option, report
from classicxm.cli.terminal import say
from classicxm.reports.tables import aligned

__all__ = ["evaluate"]


@click.command()
@model_argument
@click.argument("collection", type=click.Path(exists=True))
@click.option("--split", default="test", show_default=True, help="What to measure on; all: every item.")
@protocol_option
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the figures to a file too.")
@execution_options
def evaluate(model, opened, collection, split, protocol, json_file, n_jobs, on_error, cache):
    """Measure a MODEL on held-out items of a COLLECTION, beside random and query-blind floors."""
    from classicxm.comparison import assess
    from classicxm.datasets import load_collection

    retriever = opened().with_execution(n_jobs=n_jobs, on_error=on_error, cache=cache)
    items = load_collection(collection, on_error="skip" if on_error == "skip" else "raise")
    held_out = items if split == "all" else items.split(split)
    training = items.split("train") if "train" in items.split_names and split != "all" else None
    assessment = assess(retriever, held_out, protocol, training)
    say(aligned(assessment.table()))
    report(items.problems, assessment.skipped, [])
    if json_file:
        Path(json_file).write_text(as_printed(assessment.to_dict()) + "\n", encoding="utf-8")
        say(f"figures: {json_file}")
