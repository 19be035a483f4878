"""The command line, a file a command. Heavy imports happen inside the commands that need them."""

import click

from classicxm import __version__
from classicxm.cli.annotate import annotate
from classicxm.cli.assignment import assignment
from classicxm.cli.compare import compare
from classicxm.cli.demo import demo
from classicxm.cli.describe import describe
from classicxm.cli.evaluate import evaluate
from classicxm.cli.explain import explain
from classicxm.cli.fit import fit
from classicxm.cli.options import one_line_warnings
from classicxm.cli.recommend import recommend
from classicxm.cli.search import search
from classicxm.cli.terminal import say_line
from classicxm.cli.tracks import tracks
from classicxm.reports.tables import escaped

__all__ = ["main"]


class OneLineErrors(click.Group):
    """Turns every expected error into one line on stderr and exit code 2."""

    def invoke(self, ctx):
        from classicxm.errors import ClassicXMError

        one_line_warnings()
        try:
            return super().invoke(ctx)
        except (ClassicXMError, ValueError, TypeError, KeyError, OSError, ImportError) as error:
            message = error.args[0] if isinstance(error, KeyError) and error.args else error
            say_line(f"classicxm: {message}", err=True)
            ctx.exit(2)
        except click.ClickException as error:
            error.message = escaped(error.message)
            raise


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="classicxm")
def main():
    """Classical cross-modal retrieval: search text, images, audio and video with one another."""


for command in (
    fit,
    describe,
    search,
    recommend,
    annotate,
    explain,
    evaluate,
    compare,
    tracks,
    demo,
    assignment,
):
    main.add_command(command)
