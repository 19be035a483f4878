"""What the files of this folder say: one reproduction a file, its commands, its data, and the values expected of it."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any

from classicxm.errors import CollectionError
from classicxm.evaluation.published import PublishedResult, published_results

__all__ = ["Expected", "Reproduction", "Statistic", "key_of", "read_reproductions"]

#: Difference up to which a figure is the same: what another machine's rounding changes.
EXACT = 0.0005
#: What commands leave: rows of a benchmark, figures of ``classicxm evaluate``, or systems of ``classicxm compare``.
READS = ("rows", "figures", "systems")
#: Settings of a row that say how it was made rather than which it is.
TOLD = ("chosen", "chosen_by", "fold_map", "seconds", "seeds")


@dataclass(frozen=True)
class Statistic:
    """Sums over the features of some items, which are compared before anything is run.

    Attributes
    ----------
    data : str
        Folder of the data set.
    view, split : str
    n_items : int or None
        Only the first so many items of the split; None takes all.
    shape : tuple of int
    total, squares : float
        Sum of the features, and of their squares.
    """

    data: str
    view: str
    split: str
    shape: tuple[int, ...]
    total: float
    squares: float
    n_items: int | None = None


@dataclass(frozen=True)
class Expected:
    """One value that a reproduction must print.

    Attributes
    ----------
    system, measure : str
    value : float
        The mean over seeds where the figure depends on one.
    tolerance : float
    setting : dict
        What tells the row from others of its system and measure.
    low, high : float or None
        The 95 % interval over queries.
    spread : float or None
        Standard deviation over seeds.
    """

    system: str
    measure: str
    value: float
    tolerance: float
    setting: Mapping[str, Any] = field(default_factory=dict, hash=False)
    low: float | None = None
    high: float | None = None
    spread: float | None = None


@dataclass(frozen=True)
class Reproduction:
    """One reproduction.

    Attributes
    ----------
    name, title : str
    dataset : str
        By which published results are found.
    protocol : str
        Of its rows, a key of `classicxm.evaluation.protocol_descriptions`, or words.
    data : tuple of str
        Folders of data sets below the folder of all.
    commands : tuple of str
        Run in this order; ``{data}`` is the first data set's folder, ``{root}`` that of all, ``{out}`` a folder of
        its own and ``{result}`` the file that is read in the end. None where there is nothing to run but published
        figures.
    reads : str
        Of `READS`.
    result : str
        Where in ``{out}`` that file lies.
    seconds : int
        About how long it takes on one core.
    selection : str
        How settings were chosen, and what the test items were used for.
    pending : str
        Why nothing is expected of it yet, where that is so; it is then not run, and says so.
    compared : str
        What ``classicxm compare`` calls these data, for embeddings that a user brings; "" where that is not possible.
    systems : dict of str to str
        For figures and systems, what they are called here.
    headline : dict of str to str
        Which rows stand for it where only one line is shown.
    checksums, trees : dict of str to str
        SHA-256 of files, and of everything in a folder, below the folder of all.
    statistics : tuple of Statistic
    expected : tuple of Expected
    published : tuple of PublishedResult
        Of the same data set, whatever the protocol.
    """

    name: str
    title: str
    dataset: str
    protocol: str
    selection: str
    data: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    reads: str = "rows"
    result: str = "result.json"
    seconds: int = 0
    pending: str = ""
    compared: str = ""
    systems: Mapping[str, str] = field(default_factory=dict, hash=False)
    headline: Mapping[str, str] = field(default_factory=dict, hash=False)
    checksums: Mapping[str, str] = field(default_factory=dict, hash=False)
    trees: Mapping[str, str] = field(default_factory=dict, hash=False)
    statistics: tuple[Statistic, ...] = ()
    expected: tuple[Expected, ...] = ()
    published: tuple[PublishedResult, ...] = ()


def key_of(system: str, measure: str, setting: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a row is found by."""
    return system, measure, json.dumps(dict(setting), sort_keys=True)


def read_reproductions(folder: str | Path | None = None) -> dict[str, Reproduction]:
    """Every reproduction, by name, in the order of the names.

    Parameters
    ----------
    folder : path, optional
        TOML files; those of the package by default.

    Raises
    ------
    CollectionError
        For a file that is no reproduction; the message names it.

    Examples
    --------
    >>> "wikipedia" in read_reproductions()
    True
    """
    return dict(_of_package() if folder is None else _read(Path(folder)))


@functools.cache
def _of_package() -> dict[str, Reproduction]:
    return _read(resources.files("classicxm.reproductions"))


def _read(folder: Any) -> dict[str, Reproduction]:
    found = {}
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".toml") or path.name == "sources.toml":
            continue
        name = path.name.removesuffix(".toml")
        try:
            found[name] = _reproduction(name, tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CollectionError(f"{path} is no reproduction: {type(error).__name__}: {error}") from None
    return found


def _reproduction(name: str, table: dict[str, Any]) -> Reproduction:
    table.pop("published", None)  # read by `classicxm.evaluation`, which knows their sources
    default = table.pop("tolerance", 0.005)
    rows = [{"tolerance": default, **row} for row in table.pop("expected", {}).get("rows", [])]
    if table.get("reads", "rows") not in READS:
        raise ValueError(f"reads must be one of {', '.join(READS)}, got {table['reads']!r}")
    known = {one.name for one in fields(Reproduction)} - {"name", "expected", "published"}
    if unknown := sorted(set(table) - known):
        raise ValueError(f"unknown key {unknown[0]!r}; there are {', '.join(sorted(known))}")
    table["statistics"] = tuple(_statistic(one) for one in table.get("statistics", ()))
    expected = tuple(Expected(**row) for row in rows)
    keys = [key_of(row.system, row.measure, row.setting) for row in expected]
    if len(set(keys)) < len(keys):
        raise ValueError(f"two rows are {next(key for key in keys if keys.count(key) > 1)}")
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    published = tuple(published_results(table["dataset"]))
    return Reproduction(**{**table, **lists}, name=name, expected=expected, published=published)


def _statistic(entry: dict[str, Any]) -> Statistic:
    return Statistic(**{**entry, "shape": tuple(entry["shape"])})
