"""``classicxm info``: what a saved model learned from, holds and was set to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from classicxm.cli.options import as_printed, json_option, model_argument
from classicxm.cli.terminal import say
from classicxm.reports.tables import aligned, shortened

__all__ = ["info"]


@click.command()
@model_argument
@json_option
def info(model: str, opened: Callable[[], Any], as_json: bool) -> None:
    """Say what a MODEL learned from, how many items it holds, its settings, measured quality and size."""
    from classicxm.persistence import saved_by

    facts = {"model": model, **opened().summary(), **saved_by(model), "bytes": _bytes_of(Path(model))}
    if as_json:
        say(as_printed(facts))
    else:
        say(aligned([("", ""), *_rows(facts)]).lstrip())


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _rows(facts: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """A row for each fact, those inside one another with the names of both."""
    for name, value in facts.items():
        called = f"{before}{name}".replace("_", " ")
        if isinstance(value, dict):
            yield from _rows(value, f"{called} ")
        elif name == "bytes":
            yield "size", f"{value / 1e6:.1f} MB"
        elif value is not None:
            yield called, f"{value:.4g}" if isinstance(value, float) else shortened(value)
