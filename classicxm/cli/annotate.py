"""``classicxm annotate``: the words of a model's vocabulary that suit a picture, a sound or a clip."""

from typing import Any

import click

from classicxm.cli.options import Opened, as_printed, json_option, model_argument, query_options
from classicxm.cli.terminal import say
from classicxm.reports.tables import aligned

__all__ = ["annotate"]


@click.command()
@model_argument
@query_options("to describe")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1), help="How many words.")
@click.option("--min-df", default=2, show_default=True, help="Only words that so many texts have.")
@click.option("--csls", is_flag=True, help="Take from words that are near everything.")
@json_option
def annotate(
    model: str, opened: Opened, query: dict[str, Any], k: int, min_df: int, csls: bool, as_json: bool
) -> None:
    """Describe an image, a sound or a video by words, as a MODEL has learned them from its texts."""

    if not query:
        raise ValueError("nothing to describe; give --text, --image, --audio or --video")
    retriever = opened()
    words = retriever.annotate(query, k, min_df, "csls" if csls else None)
    if as_json:
        found = [{"term": term, "score": score} for term, score in words]
        say(as_printed({"query": query, "terms": found}))
    else:
        rows = [(str(n), f"{score:.4f}", term) for n, (term, score) in enumerate(words, 1)]
        say(aligned([("rank", "score", "term"), *rows]))
