"""``classicxm data``: published data sets, listed, fetched, verified and found; nothing else fetches anything."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classicxm.cli.options import as_printed, json_option
from classicxm.cli.terminal import say, say_line

if TYPE_CHECKING:
    from classicxm.datasets.registry import DataSet

__all__ = ["data"]

folder_option = click.option(
    "--folder",
    type=click.Path(file_okay=False),
    help="Folder of data sets.  [default: $CLASSICXM_DATA, else classicxm/data in the user's cache folder]",
)


@click.group()
@click.option("--registry", type=click.Path(dir_okay=False), help="A registry of your own, of the same form.")
@click.pass_context
def data(context: click.Context, registry: str | None) -> None:
    """List, fetch, verify and find published data sets."""
    from classicxm.datasets.registry import read_registry

    context.obj = read_registry(registry)


@data.command("list")
@click.argument("name", required=False)
@folder_option
@json_option
@click.pass_obj
def list_sets(registry: Mapping[str, DataSet], name: str | None, folder: str | None, as_json: bool) -> None:
    """All sets, or the files, splits and terms of NAME."""
    from classicxm.datasets.holdings import data_folder
    from classicxm.datasets.registry import registered

    root = data_folder(folder)
    if name is not None:
        one = registered(name, registry)
        say(as_printed(_described(one, root)) if as_json else _page(one, root))
    elif as_json:
        say(as_printed({"folder": str(root), "sets": [_described(one, root) for one in registry.values()]}))
    else:
        say(_overview(registry, root))


@data.command()
@click.argument("name")
@click.option(
    "--accept-licence", is_flag=True, help="You have read the licence and the terms, and agree to them."
)
@click.option(
    "--only", default="*", metavar="PATTERN", help="Only files whose names match, such as '*captions*'."
)
@folder_option
@click.pass_obj
def get(
    registry: Mapping[str, DataSet], name: str, accept_licence: bool, only: str, folder: str | None
) -> None:
    """Fetch the set NAME, check it and unpack it."""
    from classicxm.datasets.holdings import data_folder, obtain
    from classicxm.datasets.registry import registered

    one = registered(name, registry)
    root = data_folder(folder)
    if not accept_licence:
        say(_page(one, root))
        raise click.UsageError(f"to fetch {name}, read its licence and terms above and add --accept-licence")
    place = obtain(one, root, only, progress=sys.stderr.isatty(), say=lambda line: say_line(line, err=True))
    say_line(f"{place}: read it with classicxm.datasets.{one.loader}; cite {one.citation}")


@data.command()
@click.argument("names", nargs=-1)
@folder_option
@json_option
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...], folder: str | None, as_json: bool) -> None:
    """Compare the files of NAMES, or of all sets that are here, with their checksums."""
    from classicxm.datasets.holdings import SOUND, data_folder
    from classicxm.datasets.holdings import verify as verified
    from classicxm.datasets.registry import registered

    root = data_folder(folder)
    chosen = names or [name for name in context.obj if (root / name).is_dir()]
    if not chosen:
        say_line(f"no data sets in {root}; see classicxm data list")
    found = {name: verified(registered(name, context.obj), root) for name in chosen}
    if as_json:
        say(as_printed({name: [vars(one) for one in findings] for name, findings in found.items()}))
    else:
        for name, findings in found.items():
            say(_verified(name, findings))
    if any(one.state not in SOUND for findings in found.values() for one in findings):
        context.exit(1)


@data.command()
@click.argument("name", required=False)
@folder_option
@click.pass_obj
def where(registry: Mapping[str, DataSet], name: str | None, folder: str | None) -> None:
    """The folder of data sets, or that of NAME; exit code 1 where NAME is not here."""
    from classicxm.datasets.holdings import data_folder
    from classicxm.datasets.registry import registered

    root = data_folder(folder)
    place = root / registered(name, registry).name if name is not None else root
    say_line(place)
    if name is not None and not place.is_dir():
        click.get_current_context().exit(1)


def _overview(registry: Mapping[str, DataSet], root: Path) -> str:
    from classicxm.datasets.fetching import readable_size
    from classicxm.datasets.registry import TERMS
    from classicxm.reports.tables import Table

    rows = [
        [
            one.name,
            "+".join(one.modalities),
            readable_size(one.bytes) if one.files else "",
            one.terms,
            "here" if (root / one.name).is_dir() else "",
            one.title,
        ]
        for one in registry.values()
    ]
    table = Table("", ["name", "modalities", "size", "terms", "", "what"], rows, n_names=6)
    meanings = "\n".join(f"{term}: {meaning}" for term, meaning in TERMS.items())
    return f"{table.to_text()}\n\n{meanings}\nData sets lie in {root}; classicxm data list NAME tells more of one."


def _page(one: DataSet, root: Path) -> str:
    """Everything that is known of a set, for the terminal."""
    from classicxm.datasets.fetching import readable_size
    from classicxm.datasets.registry import TERMS

    facts = {
        "modalities": ", ".join(one.modalities),
        "licence": one.licence,
        "terms": f"{one.terms}: {TERMS[one.terms]}",
        "page": one.page,
        "cite": one.citation,
        "loader": f"classicxm.datasets.{one.loader}",
        "how": one.how,
        "folder": str(root / one.name),
    }
    lines = [f"{one.name}: {one.title}", *(f"  {name}: {value}" for name, value in facts.items() if value)]
    for file in one.files:
        lines.append(
            f"  file {file.name}, {readable_size(file.bytes)}, {file.checksum or 'checksum unknown'}"
        )
        lines += [f"    {url}" for url in file.urls or ("to be put there by hand",)]
    for name, split in one.splits.items():
        told = [
            f"{split.items} items" if split.items else "",
            split.file or "",
            f"sha256:{split.sha256}" if split.sha256 else "",
        ]
        lines.append(f"  split {name}: {', '.join(filter(None, told))}")
    return "\n".join(lines)


def _verified(name: str, findings: list[Any]) -> str:
    from collections import Counter

    from classicxm.datasets.holdings import SOUND

    counts = Counter(one.state for one in findings)
    lines = [
        f"{name}: {', '.join(f'{count} {state}' for state, count in counts.items()) or 'nothing to compare'}"
    ]
    lines += [
        f"  {one.path}: {one.state} {one.detail}".rstrip() for one in findings if one.state not in SOUND
    ]
    return "\n".join(lines)


def _described(one: DataSet, root: Path) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(one),
        "bytes": one.bytes,
        "here": (root / one.name).is_dir(),
        "folder": str(root / one.name),
    }
