"""``classicxm figures``: figures for lectures."""

from pathlib import Path

import click

from classicxm.cli.terminal import say, say_line
from classicxm.reports.tables import aligned

__all__ = ["figures"]


@click.command()
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder, made where it is missing.",
)
def figures(name: str | None, output: Path | None) -> None:
    """Draw figures for lectures, as SVG and PNG: NAME is a figure, a topic or "all"; without it they are listed."""
    from classicxm.teaching.figures import FIGURES, TOPICS, chosen_figures, write_figures

    if name is None:
        rows = [
            (topic, one, (FIGURES[one].__doc__ or "").strip()) for topic in TOPICS for one in TOPICS[topic]
        ]
        say(aligned([("topic", "figure", "shows"), *rows]))
        return
    chosen = chosen_figures(name)
    if output is None:
        raise click.UsageError("name a folder for the pictures: -o DIR")
    for path in write_figures(chosen, output):
        say_line(path)
