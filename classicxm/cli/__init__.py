"""The command line, one file per command. Heavy imports happen inside the commands that need them."""

from typing import Any

import click

from classicxm import __version__
from classicxm.cli.add import add
from classicxm.cli.annotate import annotate
from classicxm.cli.assignment import assignment
from classicxm.cli.compare import compare
from classicxm.cli.completion import completion
from classicxm.cli.data import data
from classicxm.cli.demo import demo
from classicxm.cli.describe import describe
from classicxm.cli.evaluate import evaluate
from classicxm.cli.explain import explain
from classicxm.cli.export import export
from classicxm.cli.figures import figures
from classicxm.cli.fit import fit
from classicxm.cli.info import info
from classicxm.cli.list_items import list_items
from classicxm.cli.options import one_line_warnings
from classicxm.cli.recommend import recommend
from classicxm.cli.remove import remove
from classicxm.cli.reproduce import reproduce
from classicxm.cli.search import search
from classicxm.cli.serve import serve
from classicxm.cli.terminal import say_line
from classicxm.cli.tracks import tracks
from classicxm.reports.tables import escaped
from classicxm.spelling import did_you_mean

__all__ = ["main"]


class OneLineErrors(click.Group):
    """Turns every expected error into one line on stderr and exit code 2."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command of a name; for one that does not exist, those that are spelled like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            if args and self.get_command(ctx, args[0]) is None:
                close = did_you_mean(args[0], self.commands) or "; --help lists them"
                raise click.UsageError(f"there is no command {args[0]!r}{close}", ctx) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        from classicxm.errors import ClassicXMError

        one_line_warnings()
        try:
            return super().invoke(ctx)
        except (ClassicXMError, ValueError, TypeError, KeyError, OSError, ImportError) as error:
            message = error.args[0] if isinstance(error, KeyError) and error.args else error
            say_line(f"classicxm: {message}", err=True)
            ctx.exit(2)
        except click.ClickException as error:
            error.message = escaped(error.message)  # type: ignore[misc] # click only announces that it is final
            raise


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="classicxm")
def main() -> None:
    """Classical cross-modal retrieval: search text, images, audio and video with one another."""


for command in (
    fit,
    describe,
    add,
    remove,
    info,
    list_items,
    export,
    search,
    recommend,
    annotate,
    explain,
    evaluate,
    compare,
    serve,
    tracks,
    demo,
    data,
    reproduce,
    assignment,
    figures,
    completion,
):
    main.add_command(command)
