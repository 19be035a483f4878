"""The data sets of this machine: where they lie, how they get there, and whether they are still what they were.

Nothing here is called by a loader: files are fetched by `obtain` alone, which ``classicxm data get`` calls.
"""

from __future__ import annotations

import contextlib
import fcntl
import fnmatch
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classicxm.atomic import write_file
from classicxm.datasets.archives import unpack
from classicxm.datasets.fetching import fetch
from classicxm.datasets.raster import cache_folder
from classicxm.datasets.registry import DataSet, RemoteFile
from classicxm.errors import DataSetError

__all__ = ["Finding", "data_folder", "obtain", "verify"]

RECEIPT = ".classicxm-data.json"
LOCK = ".classicxm-lock"
VARIABLE = "CLASSICXM_DATA"
#: States of a file that are as they should be.
SOUND = ("right", "as at first use", "recorded")


@dataclass(frozen=True)
class Finding:
    """What is the matter with one file: "right", "as at first use", "recorded", "unknown", "altered" or "missing"."""

    path: str
    state: str
    detail: str = ""


def data_folder(folder: str | Path | None = None) -> Path:
    """The folder that holds one folder per data set.

    ``folder`` itself, else $CLASSICXM_DATA, else ``classicxm/data`` below the user's cache folder.
    """
    chosen = folder or os.environ.get(VARIABLE)
    return Path(chosen).absolute() if chosen else cache_folder("data")


def obtain(
    data_set: DataSet,
    folder: Path,
    only: str = "*",
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Fetch, check and unpack the files of a set, those that are there already excepted.

    Two processes that do this at once take turns: the second finds what the first fetched. A file that has to be asked
    for is checked and unpacked where somebody has put it.

    Parameters
    ----------
    data_set : DataSet
    folder : Path
        See `data_folder`.
    only : str, default="*"
        Files to fetch, as a pattern of their names.
    progress : bool
        Show bars on stderr.
    say : callable
        Is told a line for every file.

    Returns
    -------
    Path
        The folder of the set, which its loader reads.

    Raises
    ------
    DataSetError
        For a file that cannot be had; the message says what to do.
    """
    root = folder / data_set.name
    wanted = [file for file in data_set.files if fnmatch.fnmatch(file.name, only)]
    if not wanted:
        raise DataSetError(_nothing_to_fetch(data_set, only))
    if all(_is_there(file, root, _read_receipt(root)) for file in wanted):
        return root  # without writing anything, so that a read-only folder serves
    with _turn(root, say):
        lacking = []
        for file in wanted:
            receipt = _read_receipt(root)
            if _is_there(file, root, receipt):
                continue
            if file.urls or (root / file.name).is_file():
                _obtain_file(file, root, receipt, progress, say)
            else:
                lacking.append(file.name)
    if lacking:
        raise DataSetError(
            f"{data_set.name}: {data_set.how or data_set.page}; put into {root}: {', '.join(lacking)}"
        )
    return root


def verify(data_set: DataSet, folder: Path) -> list[Finding]:
    """Compare every file of a set with the registry, and with what was recorded when it was first there.

    A file without a known checksum is recorded now, if nobody recorded it before and the folder can be written to.

    Returns
    -------
    list of Finding
        Files and splits that the registry names, then what was unpacked.
    """
    root = folder / data_set.name
    receipt = _read_receipt(root)
    known = dict(data_set.contents)
    known |= {split.file: split.sha256 for split in data_set.splits.values() if split.file and split.sha256}
    findings, news = [], {}
    for file in data_set.files:
        path = root / file.name
        if path.is_file():
            finding = _compared(file.name, path, file.checksum, receipt["files"].get(file.name))
            findings.append(finding)
            if finding.state == "unknown":
                news[file.name] = _entry(path)
        elif not _is_unpacked(file, root, receipt) and not any((root / name).is_file() for name in known):
            findings.append(Finding(file.name, "missing"))
    unpacked = {
        name: entry
        for entry in receipt["files"].values()
        for name, entry in entry.get("unpacked", {}).items()
    }
    for name in dict.fromkeys([*known, *unpacked]):
        checksum = f"sha256:{known[name]}" if name in known else None
        findings.append(_compared(name, root / name, checksum, unpacked.get(name)))
    if news and _recorded(root, receipt, news):
        findings = [
            Finding(one.path, "recorded", one.detail) if one.path in news else one for one in findings
        ]
    return findings


def _nothing_to_fetch(data_set: DataSet, only: str) -> str:
    if only != "*":
        names = ", ".join(file.name for file in data_set.files)
        return f"{data_set.name} has no file {only!r}; there are {names or 'none to fetch'}"
    return f"{data_set.name} has no files to fetch: {data_set.how}"


def _obtain_file(
    file: RemoteFile, root: Path, receipt: dict[str, Any], progress: bool, say: Callable[[str], None]
) -> None:
    path, url = fetch(file, root, progress) if file.urls else (root / file.name, "")
    finding = _compared(file.name, path, file.checksum, receipt["files"].get(file.name))
    if finding.state == "altered":
        raise DataSetError(f"{path}: {finding.detail}; remove it and fetch it again")
    entry = _entry(path) | ({"url": url} if url else {})
    if file.checksum is None:
        say(
            f"{file.name}: no checksum is known; sha256 {entry['sha256']} is recorded and compared from now on"
        )
    if file.unpack is not None:
        inside = unpack(path, root / file.unpack, file.strip)
        names = [(Path(file.unpack) / name).as_posix() for name in inside]
        entry["unpacked"] = {name: _entry(root / name) for name in names}
    receipt["files"][file.name] = entry
    write_file(root / RECEIPT, json.dumps(receipt, indent=1, ensure_ascii=False) + "\n")
    if file.unpack is not None and file.urls:
        path.unlink()
    say(f"{file.name}: {'here' if not url else f'fetched from {url}'}")


def _is_there(file: RemoteFile, root: Path, receipt: dict[str, Any]) -> bool:
    """Whether a file lies there as it should, or what was unpacked from it does."""
    path = root / file.name
    if file.unpack is not None:
        return _is_unpacked(file, root, receipt)
    entry = receipt["files"].get(file.name)
    if not path.is_file() or (file.checksum is None and entry is None):
        return False
    return _compared(file.name, path, file.checksum, entry).state in SOUND


def _is_unpacked(file: RemoteFile, root: Path, receipt: dict[str, Any]) -> bool:
    """Whether all that came from an archive is there in its size, and the archive was the one of the registry."""
    entry = receipt["files"].get(file.name, {})
    inside = entry.get("unpacked")
    if not inside or (
        file.checksum and file.checksum not in (f"{kind}:{entry.get(kind)}" for kind in ("sha256", "md5"))
    ):
        return False
    sizes = ((root / name, told["bytes"]) for name, told in inside.items())
    return all(path.is_file() and path.stat().st_size == size for path, size in sizes)


def _compared(name: str, path: Path, checksum: str | None, entry: dict[str, Any] | None) -> Finding:
    if not path.is_file():
        return Finding(name, "missing")
    if checksum is None and entry is None:
        return Finding(name, "unknown", "no checksum is known")
    kind, _, expected = (checksum or f"sha256:{entry['sha256'] if entry else ''}").partition(":")
    found = _digest(path, kind)
    if found == expected:
        return Finding(name, "right" if checksum else "as at first use")
    return Finding(name, "altered", f"{kind} is {found}, expected {expected}")


def _entry(path: Path) -> dict[str, Any]:
    """What is recorded of a file."""
    return {"bytes": path.stat().st_size, "sha256": _digest(path, "sha256"), "md5": _digest(path, "md5")}


def _digest(path: Path, kind: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def _read_receipt(root: Path) -> dict[str, Any]:
    path = root / RECEIPT
    if not path.is_file():
        return {"files": {}}
    try:
        receipt = json.loads(path.read_text(encoding="utf-8"))
        well_formed = all(isinstance(entry, dict) for entry in receipt["files"].values())
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        well_formed = False
    if not well_formed:
        raise DataSetError(f"{path} is damaged; remove it, and what lies there is checked and recorded anew")
    return receipt


def _recorded(root: Path, receipt: dict[str, Any], news: dict[str, dict[str, Any]]) -> bool:
    receipt["files"] |= news
    try:
        write_file(root / RECEIPT, json.dumps(receipt, indent=1, ensure_ascii=False) + "\n")
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _turn(root: Path, say: Callable[[str], None]) -> Iterator[None]:
    """One process at a time; the lock ends with its process."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise DataSetError(
            f"{root} cannot be written to ({error.strerror}); choose another folder with --folder or ${VARIABLE}"
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process fetches {root.name}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
