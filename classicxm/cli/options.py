"""What commands share: options, one line for every warning and every item left out, JSON files."""

import json
import warnings
from pathlib import Path

import click

__all__ = ["MODALITIES", "execution_options", "one_line_warnings", "report", "write_json"]

MODALITIES = ("text", "image", "audio", "video")


def execution_options(command):
    """--n-jobs, --on-error and --cache, as every command that describes items takes them."""
    for option in (
        click.option("--cache", type=click.Path(file_okay=False), help="Folder of descriptions to reuse."),
        click.option(
            "--on-error",
            type=click.Choice(["raise", "skip", "zero"]),
            default="raise",
            show_default=True,
            help="What an item that cannot be read does: stop, be left out, or become a zero vector.",
        ),
        click.option("--n-jobs", type=int, default=-1, show_default=True, help="Workers; -1: all cores."),
    ):
        command = option(command)
    return command


def report(problems, skipped, empty):
    """One line on stderr for every item that did not go in as it should."""
    for note in [*problems, *skipped, *empty]:
        click.echo(f"classicxm: {note}", err=True)


def write_json(path, value):
    """Write JSON values to a file, readable by people too."""
    Path(path).write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def one_line_warnings():
    """Show warnings of users' concern as one line each, and no others."""
    warnings.showwarning = _one_line_warning


def _one_line_warning(message, category, filename, lineno, file=None, line=None):
    if category.__module__.startswith("classicxm") or issubclass(category, UserWarning):
        click.echo(f"classicxm: warning: {' '.join(str(message).split())}", err=True)
