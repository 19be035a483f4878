"""``classicxm tracks``: a picture of the trajectories in a clip."""

import click

from classicxm.cli.terminal import say

__all__ = ["tracks"]


@click.command()
@click.argument("clip", type=click.Path())
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="A .png or .gif file.")
def tracks(clip: str, output: str) -> None:
    """Draw the improved trajectories of a CLIP over its frames, green tails and red heads."""
    from classicxm.video import draw_tracks

    say(f"{output}: {draw_tracks(clip, output)} tracks")
