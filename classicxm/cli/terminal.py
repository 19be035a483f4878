"""What the commands print: the one place where text goes to a terminal, control characters written out."""

import click

from classicxm.reports.tables import escaped

__all__ = ["counted", "say", "say_line"]


def say(text: object, err: bool = False, nl: bool = True) -> None:
    """Print text of several lines, such as a table whose cells are escaped already."""
    click.echo("\n".join(map(escaped, str(text).split("\n"))), err=err, nl=nl)


def say_line(text: object, err: bool = False) -> None:
    """Print text as one line, runs of white space as one space."""
    click.echo(escaped(" ".join(str(text).split())), err=err)


def counted(n: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "item"), counted(0, "item")
    ('1 item', '0 items')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"
