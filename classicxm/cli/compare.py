"""``classicxm compare``: features, alignments, distances and indexes side by side, as a report."""

import json
import shutil
import time
from typing import Any

import click

from classicxm.cli.options import Number, execution_options, outside_option, report
from classicxm.cli.terminal import say

__all__ = ["compare"]


class Names(click.ParamType):
    """Comma-separated names."""

    name = "NAME,NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        return (
            value if isinstance(value, list) else [part.strip() for part in value.split(",") if part.strip()]
        )


NAMES = Names()


@click.command()
@click.argument("source", metavar="COLLECTION|wikipedia:DIR")
@click.option("-o", "--output", "folder", required=True, type=click.Path(), help="Folder of the report.")
@click.option("--features", type=NAMES, help="Recipes: baseline, standard, strong.  [default: baseline]")
@click.option("--aligners", type=NAMES, help="Such as CCA,SM,KRR.  [default: all but near relatives]")
@click.option("--distances", type=NAMES, help="Such as euclidean,cosine,kl.  [default: all]")
@click.option(
    "--indexes", type=NAMES, default="exact", show_default=True, help="Of exact, lsh, hamming, nearpy."
)
@click.option(
    "--embeddings",
    multiple=True,
    metavar="NAME=FILE",
    help="NAME[:MODALITY]=FILE (.npy, .npz, .mat, .csv, .parquet).",
)
@click.option("--modalities", type=NAMES, help="Such as text,audio.  [default: the two that most items have]")
@click.option("--test", metavar="COLUMN=VALUE", help="Which items are held out.  [default: split test]")
@click.option(
    "--holdout",
    type=Number(),
    help="Share of a collection without splits to hold out, the same that fit keeps aside.",
)
@click.option(
    "--relevance",
    type=click.Choice(["class", "instance"]),
    default="class",
    show_default=True,
    help="What answers: items of the query's class, or its own partner, every caption being an item of its own.",
)
@click.option("--protocol", default="wiki", show_default=True, help="mAP as: wiki, at50, 11pt, hashing.")
@click.option(
    "--measures", type=NAMES, default="P@10", show_default=True, help="Further ones, such as nDCG@10,AP@50."
)
@click.option(
    "--folds", default=5, show_default=True, help="Folds of the training items that everything is chosen on."
)
@click.option("--baseline", help="Aligner that the others are tested against.  [default: the first]")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@outside_option
@execution_options
def compare(source: str, folder: str, as_json: bool, **asked: Any) -> None:
    """Compare features, alignments, distances and indexes on a COLLECTION, and write a report.

    A run that was stopped goes on where it was when it is started again.
    """
    from classicxm.comparison import Comparing, find_material
    from classicxm.reports import write_report
    from classicxm.reports.comparison import JOURNAL, check_report_folder

    started = time.perf_counter()
    names = ("aligners", "distances", "indexes", "protocol", "measures", "relevance", "baseline")
    comparing = Comparing(n_folds=asked["folds"], **{name: asked[name] for name in names})
    output = check_report_folder(folder)
    # Descriptions outlive a killed run but not, unless --cache keeps them, a finished one.
    described = output / JOURNAL / "described"
    asked["cache"] = asked["cache"] or described
    needed = (
        *("features", "modalities", "embeddings", "test", "holdout", "relevance"),
        *("n_jobs", "on_error", "cache", "allow_outside"),
    )
    material = find_material(source, **{name: asked[name] for name in needed})
    report([], material.skipped, [])
    comparison = comparing.run(material, asked["n_jobs"], output / JOURNAL)
    facts = {"split": material.split, "modalities": ", ".join(material.modalities)}
    results, notes = write_report(comparison, output, material.name, material.test, facts, comparing.baseline)
    shutil.rmtree(described, ignore_errors=True)
    report(notes, [], [])
    say(
        json.dumps(results, ensure_ascii=False, indent=1)
        if as_json
        else (output / "table.md").read_text(encoding="utf-8"),
        nl=as_json,
    )
    say(f"{output / 'report.html'}: {time.perf_counter() - started:.0f} s", err=True)
