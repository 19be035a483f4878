"""Shards: folders of described items, one array a modality, written whole or not at all and known by their content.

A shard holds ``ids.jsonl`` and ``payload.jsonl`` (one line per item), for every modality ``MODALITY.npy`` (n, d) and
``MODALITY-rows.npy`` (n,), which items these rows are, and ``shard.json`` with a checksum of each file. Its content
hash is that of all of them, so two shards of one hash are equal to the byte.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.atomic import new_folder, replace_folder
from classicxm.errors import DamagedFileError
from classicxm.persistence import read_json
from classicxm.search.inputs import check_ids

__all__ = ["Shard", "is_whole", "read_shard", "shard_names", "write_shard"]

RECORD = "shard.json"
IDS, PAYLOAD = "ids.jsonl", "payload.jsonl"
NAME = re.compile(r"[0-9]{5,}")
FORMAT = 1
ERRORS = "surrogatepass"  # names of files need not be Unicode


@dataclass(frozen=True)
class Shard:
    """One shard as it was read; arrays are memory-mapped.

    Attributes
    ----------
    name : str
    ids : list of str
    payload : list of dict
    views : dict of str to float32 array (n, d)
    rows : dict of str to int array (n,)
        Which item each row of a view is, ascending.
    hash : str
        SHA-256 of the content.
    skipped, empty : list of str
        A line for every item that was left out, and for every one with nothing to describe.
    """

    name: str
    ids: list[str]
    payload: list[dict]
    views: dict[str, np.ndarray]
    rows: dict[str, np.ndarray]
    hash: str
    skipped: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    def complete(self, modalities: Sequence[str], split: str | None = None) -> np.ndarray:
        """Positions of the items that have all modalities and are in a split (None: in any), ascending."""
        held = np.ones(len(self.ids), bool)
        for modality in modalities:
            has = np.zeros(len(self.ids), bool)
            has[self.rows.get(modality, np.empty(0, int))] = True
            held &= has
        if split is not None:
            held &= np.array([one.get("split") == split for one in self.payload], bool)
        return np.flatnonzero(held)

    def view(self, modality: str, items: np.ndarray) -> np.ndarray:
        """Rows (n, d) of these items, which all have the modality."""
        return self.views[modality][np.searchsorted(self.rows[modality], items)]


def write_shard(
    folder: Path | str,
    ids: Sequence[str],
    views: dict[str, tuple[np.ndarray, np.ndarray]],
    payload: Iterable[dict] | None = None,
    *,
    plan: str = "",
    skipped: Sequence[str] = (),
    empty: Sequence[str] = (),
) -> str:
    """Write a shard in one step, in the place of one that was there; returns its content hash.

    Parameters
    ----------
    folder : path
        ``SHARDS/00007``; its name is the shard's.
    ids : sequence of str
    views : dict of str to (array (n, d), int array (n,))
        Vectors of the items that have a modality, and which items they are, ascending.
    payload : sequence of dict, optional
    plan : str
        What the shard belongs to; a shard of another plan is not taken for this one's.
    skipped, empty : sequences of str

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as shards:
    ...     _ = write_shard(f"{shards}/00000", ["a", "b"], {"text": (np.eye(2, dtype="f4"), np.arange(2))})
    ...     read_shard(f"{shards}/00000").ids
    ['a', 'b']
    """
    target = Path(folder).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    payload = [{}] * len(ids) if payload is None else payload
    with new_folder(target) as written:
        _write_lines(written / IDS, check_ids(ids))
        _write_lines(written / PAYLOAD, payload)
        for modality, (vectors, rows) in views.items():
            np.save(written / f"{modality}.npy", np.asarray(vectors, np.float32), allow_pickle=False)
            np.save(written / f"{modality}-rows.npy", np.asarray(rows, np.int64), allow_pickle=False)
        files = {path.name: _entry(path) for path in sorted(written.iterdir())}
        record = {"format": FORMAT, "plan": plan, "items": len(ids), "views": list(views), "files": files}
        record |= {"skipped": list(skipped), "empty": list(empty), "hash": _hash_of(files)}
        (written / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8", errors=ERRORS)
        replace_folder(written, target)
    return str(record["hash"])


def read_shard(folder: Path | str, verify: bool = True) -> Shard:
    """Read a shard; arrays stay on disk until they are used.

    Raises
    ------
    DamagedFileError
        Where a file is missing or is not as it was written; without ``verify`` only sizes are looked at.
    """
    folder = Path(folder)
    record = _record(folder)
    for name, entry in record["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry["bytes"]:
            raise DamagedFileError(path, "is missing or cut; remove the shard's folder and describe again")
        if verify and _entry(path) != entry:
            raise DamagedFileError(path, "was altered; remove the shard's folder and describe again")
    views, rows = {}, {}
    for modality in record["views"]:
        views[modality] = _array(folder / f"{modality}.npy")
        rows[modality] = np.array(_array(folder / f"{modality}-rows.npy"))
        if len(views[modality]) != len(rows[modality]):
            raise DamagedFileError(folder / f"{modality}.npy", "has another number of rows than it should")
    ids, payload = _read_lines(folder / IDS), _read_lines(folder / PAYLOAD)
    if len(ids) != record["items"] or len(payload) != len(ids):
        raise DamagedFileError(
            folder / IDS, f"has {len(ids)} ids and {len(payload)} payloads for {record['items']} items"
        )
    return Shard(folder.name, ids, payload, views, rows, record["hash"], record["skipped"], record["empty"])


def is_whole(folder: Path | str, plan: str) -> bool:
    """Whether a finished shard of this plan lies there, going by its record and the sizes of its files."""
    folder = Path(folder)
    try:
        record = _record(folder)
    except (DamagedFileError, FileNotFoundError):
        return False
    sizes = {name: entry["bytes"] for name, entry in record["files"].items()}
    there = {name: (folder / name).stat().st_size for name in sizes if (folder / name).is_file()}
    return record["plan"] == plan and there == sizes


def shard_names(folder: Path | str) -> list[str]:
    """Names of the shards in a folder, ascending."""
    names = [path.name for path in Path(folder).iterdir() if NAME.fullmatch(path.name) and path.is_dir()]
    return sorted(names, key=lambda name: (len(name), name))


def _record(folder: Path) -> dict[str, Any]:
    path = folder / RECORD
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no shard (it has no {RECORD})")
    record = read_json(path)
    if (
        not isinstance(record, dict)
        or record.get("format") != FORMAT
        or record.get("hash") != _hash_of(record.get("files"))
    ):
        raise DamagedFileError(path, "is not the record of a shard of this version")
    return record


def _hash_of(files: Any) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _entry(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _array(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DamagedFileError(path, f"is not a readable array ({error})") from None
    return array


def _write_lines(path: Path, values: Iterable[Any]) -> None:
    with open(path, "w", encoding="utf-8", errors=ERRORS) as file:
        file.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def _read_lines(path: Path) -> list[Any]:
    try:
        with open(path, encoding="utf-8", errors=ERRORS) as file:
            return [json.loads(line) for line in file]
    except ValueError as error:
        raise DamagedFileError(path, f"is not JSON lines ({error})") from None
