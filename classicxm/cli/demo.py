"""``classicxm demo``: everything at once, on a data set that needs no download."""

from pathlib import Path

import click

from classicxm.cli.options import execution_options, recipe_option
from classicxm.cli.terminal import say

__all__ = ["demo"]


@click.command()
@click.option(
    "--dataset",
    type=click.Choice(["openmoji", "stamps", "scenes"]),
    default="openmoji",
    show_default=True,
    help="Emoji of Unicode, old stamps, or drawn scenes.",
)
@click.option("--language", default="en", show_default=True, help="Language of names (openmoji, stamps).")
@recipe_option
@click.option(
    "--html",
    type=click.Path(dir_okay=False),
    default="classicxm-demo.html",
    show_default=True,
    help="The page.",
)
@execution_options
def demo(dataset: str, language: str, recipe: str, html: str, n_jobs: int, on_error: str, cache: str) -> None:
    """Fit and measure on a data set that needs no download, and write a page of example answers."""
    from classicxm.demo import run_demo

    run_demo(dataset, language, recipe, Path(html), n_jobs, on_error, cache, say=say)
