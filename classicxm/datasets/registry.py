"""What is known of published data sets: addresses, sizes, checksums, licences, terms, citations and splits, as data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.text import read_text

__all__ = ["TERMS", "DataSet", "RemoteFile", "Split", "read_registry", "registered"]

#: Terms of use -> what they mean for who fetches the set.
TERMS = {
    "free": "may be used by anybody under the licence",
    "research-only": "for research and teaching; not to be passed on",
    "per-item": "every item has a licence of its own, which is in the set",
    "form": "to be asked for; whoever asks signs the terms",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class RemoteFile:
    """One file of a set as its makers give it out.

    Attributes
    ----------
    name : str
        Below the folder of the set.
    urls : tuple of str
        Addresses, tried in this order; none for a file that has to be asked for.
    bytes : int or None
    sha256, md5 : str or None
        In hexadecimal. Where neither is known, what the first download gives is recorded and compared from then on.
    unpack : str or None
        The folder below that of the set where an archive is unpacked; None keeps the file as it is.
    strip : int
        Leading folders of an archive's names that are left out.
    about : str
    """

    name: str
    urls: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None
    unpack: str | None = None
    strip: int = 0
    about: str = ""

    @property
    def checksum(self) -> str | None:
        """``"sha256:..."`` or ``"md5:..."``, the stronger that is known; None for neither."""
        if self.sha256:
            return f"sha256:{self.sha256}"
        return f"md5:{self.md5}" if self.md5 else None


@dataclass(frozen=True)
class Split:
    """A part of a set: how many items it has, and the file that lists them where there is one."""

    items: int | None = None
    file: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class DataSet:
    """A published data set.

    Attributes
    ----------
    name, title, licence, citation, page : str
    modalities : tuple of str
    terms : str
        A key of `TERMS`.
    loader : str
        The function of `classicxm.datasets` that reads it.
    how : str
        What to do where files cannot simply be fetched: where to ask, or which package carries them.
    files : tuple of RemoteFile
    splits : dict of str to Split
    contents : dict of str to str
        SHA-256 of files inside the set's archives, by path below the folder of the set.
    """

    name: str
    title: str
    modalities: tuple[str, ...]
    terms: str
    licence: str
    citation: str
    page: str
    loader: str
    how: str = ""
    files: tuple[RemoteFile, ...] = ()
    splits: Mapping[str, Split] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int | None:
        """The sum over all files; None where the size of one is unknown, or there are none."""
        sizes = [file.bytes for file in self.files]
        return None if None in sizes or not sizes else sum(size or 0 for size in sizes)


def registered(name: str, registry: Mapping[str, DataSet] | None = None) -> DataSet:
    """The set of a name.

    >>> registered("wikipedia").terms
    'research-only'
    """
    registry = read_registry() if registry is None else registry
    if name not in registry:
        raise ValueError(f"no data set {name!r}; there are {', '.join(registry)}")
    return registry[name]


def read_registry(path: str | Path | None = None) -> dict[str, DataSet]:
    """Every set of a registry, by name.

    Parameters
    ----------
    path : path, optional
        A TOML file like ``classicxm/datasets/registry.toml``, which is read where none is given.

    Raises
    ------
    CollectionError
        For a file that is no such registry; the message names the set and what is wrong with it.
    """
    source = resources.files("classicxm.datasets").joinpath("registry.toml") if path is None else Path(path)
    try:
        tables = tomllib.loads(source.read_text(encoding="utf-8") if path is None else read_text(Path(path)))
    except (OSError, UnicodeDecodeError, MediaDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectionError(f"{source} is no registry of data sets: {error}") from None
    registry = {}
    for name, table in tables.items():
        try:
            registry[name] = _data_set(name, table)
        except (TypeError, ValueError) as error:
            raise CollectionError(f"{source}: {name}: {error}") from None
    return registry


def _data_set(name: str, table: Any) -> DataSet:
    if not _NAME.fullmatch(name) or not isinstance(table, dict):
        raise ValueError("a set is a table named by lower-case letters, digits, hyphens and underscores")
    table = {**table, "name": name}
    files = tuple(_file(entry) for entry in table.pop("files", ()))
    if len({file.name for file in files}) < len(files):
        raise ValueError("two of its files have one name")
    splits = {key: _made(Split, entry) for key, entry in table.pop("splits", {}).items()}
    for split in splits.values():
        _check_checksums(split.sha256, None)
    for inside, sha256 in table.get("contents", {}).items():
        _check_path(inside)
        _check_checksums(sha256, None)
    if table.get("terms") not in TERMS:
        raise ValueError(f"terms must be one of {', '.join(TERMS)}, got {table.get('terms')!r}")
    return _made(DataSet, {**table, "files": files, "splits": splits})


def _file(entry: dict[str, Any]) -> RemoteFile:
    file = _made(RemoteFile, entry)
    _check_path(file.name)
    _check_checksums(file.sha256, file.md5)
    if file.unpack not in (None, "."):
        _check_path(str(file.unpack))
    if bad := [url for url in file.urls if not url.startswith(("https://", "http://"))]:
        raise ValueError(f"{file.name}: an address must begin with https:// or http://, got {bad[0]!r}")
    if file.bytes is not None and (not isinstance(file.bytes, int) or file.bytes < 0):
        raise ValueError(f"{file.name}: bytes must be a whole number, got {file.bytes!r}")
    return file


def _made(kind: Any, entry: dict[str, Any]) -> Any:
    """A dataclass from a table, lists as tuples; unknown keys are refused by name."""
    known = {one.name for one in fields(kind)}
    if unknown := sorted(set(entry) - known):
        raise ValueError(f"unknown key {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})


def _check_path(name: str) -> None:
    path = PurePosixPath(name)
    if (
        not name
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or "\0" in name
        or path.name[0] == "."
    ):
        raise ValueError(f"a file's name must be a plain path below the folder of the set, got {name!r}")


def _check_checksums(sha256: str | None, md5: str | None) -> None:
    for kind, value, form in (("sha256", sha256, _SHA256), ("md5", md5, _MD5)):
        if value is not None and not form.fullmatch(value):
            raise ValueError(f"{kind} must be lower-case hexadecimal of its full length, got {value!r}")
