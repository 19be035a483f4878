"""``classicxm evaluate``: a model measured on held-out items."""

from typing import TYPE_CHECKING, Any

import click

from classicxm.atomic import write_file
from classicxm.cli.options import (
    Opened,
    as_printed,
    execution_options,
    model_argument,
    protocol_option,
    report,
)
from classicxm.cli.terminal import say
from classicxm.reports.tables import aligned

if TYPE_CHECKING:
    from classicxm.datasets import Collection
    from classicxm.retrieval import CrossModalRetriever

__all__ = ["evaluate"]


@click.command()
@model_argument
@click.argument("collection", type=click.Path(exists=True))
@click.option(
    "--split", help="What to measure on; all: every item.  [default: what fit held out, else split test]"
)
@click.option("--seen", is_flag=True, help="Measure even where the model learned from all of it.")
@protocol_option
@click.option("--ties", help="Tie policy, such as average, optimistic, trec.  [default: the protocol's]")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the figures to a file too.")
@execution_options
def evaluate(
    model: str,
    opened: Opened,
    collection: str,
    split: str | None,
    seen: bool,
    protocol: str,
    ties: str | None,
    json_file: str | None,
    n_jobs: int | None,
    on_error: str | None,
    cache: str | None,
) -> None:
    """Measure a MODEL on held-out items of a COLLECTION, beside random and query-blind floors.

    With --protocol captions every caption is an item of its own, and the best of an item's own captions counts.
    """
    from classicxm.comparison import assess
    from classicxm.datasets import load_collection

    retriever = opened().with_execution(n_jobs=n_jobs, on_error=on_error, cache=cache)
    items = load_collection(collection, "skip" if on_error == "skip" else "raise", retriever.allow_outside)
    if split == "test" and retriever.held_out_ids_ and not items.split_names:
        split = None  # what --holdout drew is split test of a collection without splits
    held_out = measured_items(retriever, items, split)
    learned: set[Any] = set(retriever.learned_ids_).intersection(held_out.ids)
    if learned:
        # what lacks a modality is never learned from, and pairs are what is measured
        pairs = [r["id"] for r in held_out if all(r.get(m) is not None for m in retriever.extractors_)]
        every = learned.issuperset(pairs)
        what = f"the model learned from {'all' if every else len(learned)} of the {len(held_out)} items"
        if every and not seen:
            raise ValueError(
                f"{what}, so figures would say nothing of new ones; fit with --holdout 0.2, mark items with split "
                "test, or measure all the same (--seen)"
            )
        say(f"seen: {what} that are measured, so every figure marked * is too good")
    training = items.split("train") if "train" in items.split_names and split != "all" else None
    training = trained_items(retriever, items) if retriever.held_out_ids_ and split is None else training
    assessment = assess(retriever, held_out, protocol, training, ties)
    say(aligned(assessment.table()))
    report(items.problems, assessment.skipped, [])
    if json_file:
        write_file(json_file, as_printed(assessment.to_dict()) + "\n")
        say(f"figures: {json_file}")


def measured_items(retriever: "CrossModalRetriever", items: "Collection", split: str | None) -> "Collection":
    """The items of a split; without one those that were held out when the model was fitted, or split "test"."""
    if split == "all":
        return items
    if split is None and not retriever.held_out_ids_ and not items.split_names:
        raise ValueError(
            f"{items.name} has no splits and fit held nothing out, so there is nothing new to measure on; fit with "
            "--holdout 0.2, mark items with split test, or measure all of them (--split all --seen)"
        )
    if split is not None or not retriever.held_out_ids_:
        return items.split(split or "test")
    held = set(retriever.held_out_ids_)
    rows = [row for row, key in enumerate(items.ids) if key in held]
    if not rows:
        raise ValueError(f"{items.name} has none of the {len(held)} items that were held out; give --split")
    return items.subset(rows)


def trained_items(retriever: "CrossModalRetriever", items: "Collection") -> "Collection":
    """The items that the model learned from."""
    learned: set[Any] = set(retriever.learned_ids_)
    return items.subset([row for row, key in enumerate(items.ids) if key in learned])
