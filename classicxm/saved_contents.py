"""The list of contents of a saved folder: every file with its size and checksum, and the format that wrote it.

A truncated or altered file is named, and one that is not listed is refused. Checksums show damage, not malice.
"""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import classicxm
from classicxm.errors import DamagedFileError, MediaDecodeError
from classicxm.media.contents import open_regular
from classicxm.spelling import did_you_mean

__all__ = [
    "check_files",
    "check_of",
    "listed_files",
    "read_contents",
    "read_json",
    "saved_state",
    "write_contents",
]

KIND = "classicxm"
FORMAT = 4
#: Formats that `load` reads; 1 holds skops files and full names of classes, 2 no segments beside the first, 3 ids and
#: payloads on the same lines.
READABLE = (1, 2, 3, 4)
CONTENTS = "contents.json"
CLASS = "class.json"
FLUSHED_AT_ONCE = 8  # files
#: No list of contents or name of a class is longer.
MOST_BYTES = 4_000_000


def read_json(path: Path) -> Any:
    """The JSON value of a small file; DamagedFileError for what is none, too long or too deep."""
    try:
        with open_regular(path) as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise DamagedFileError(path, f"is longer than {MOST_BYTES} bytes")
        return json.loads(text.decode("utf-8"))
    except RecursionError:
        raise DamagedFileError(path, "is nested too deep") from None
    except DamagedFileError:
        raise
    except MediaDecodeError as error:
        raise DamagedFileError(path, error.reason) from None
    except (OSError, ValueError) as error:
        raise DamagedFileError(path, f"is not readable JSON ({error})") from None


def listed_files(folder: Path) -> dict[str, Any]:
    """What the list of contents of a folder names, with sizes and checksums; nothing where there is none."""
    try:
        return read_contents(folder)["files"]
    except (FileNotFoundError, DamagedFileError):
        return {}


def write_contents(folder: Path, kept: dict[str, Any]) -> None:
    """Write the list of contents; files that were kept have the entries they had."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    new = [name for name in names if name not in kept]
    with ThreadPoolExecutor(FLUSHED_AT_ONCE) as pool:  # a disk takes about as long for many files as for one
        entries = dict(zip(new, pool.map(_flushed_entry, (folder / name for name in new)), strict=True))
    files = {name: kept[name] if name in kept else entries[name] for name in names}
    contents = {
        "kind": KIND,
        "format": FORMAT,
        "classicxm": classicxm.__version__,
        "saved": os.urandom(8).hex(),
        "files": files,
    }
    contents["check"] = check_of(contents)
    (folder / CONTENTS).write_text(json.dumps(contents, indent=1), encoding="utf-8")
    _flush(folder / CONTENTS)


def read_contents(folder: Path) -> dict[str, Any]:
    """The list of contents of a folder; FileNotFoundError or DamagedFileError where there is no list of ours."""
    path = folder / CONTENTS
    if not folder.exists():
        beside = folder.absolute().parent
        near = sorted(one.parent.name for one in beside.glob(f"*/{CONTENTS}")) if beside.is_dir() else []
        raise FileNotFoundError(f"{folder} does not exist{did_you_mean(folder.name, near)}")
    if not path.exists():
        raise FileNotFoundError(f"{folder} holds no saved object (it has no {CONTENTS})")
    contents = read_json(path)
    version = contents.get("format") if isinstance(contents, dict) else None
    if type(version) is not int or not isinstance(contents.get("files"), dict):
        raise DamagedFileError(path, "is not a list of contents of a saved object")
    if version not in READABLE:
        raise DamagedFileError(
            path,
            f"has format {version}, and this version ({classicxm.__version__}) reads {READABLE[0]} to {READABLE[-1]}; "
            f"it was saved by classicxm {contents.get('classicxm', 'of another version')!s:.40}, so use that",
        )
    if version > 1 and (contents.get("kind") != KIND or contents.get("check") != check_of(contents)):
        raise DamagedFileError(path, "was altered since it was saved; save the object again")
    for name, entry in contents["files"].items():
        whole = (
            isinstance(entry, dict)
            and type(entry.get("bytes")) is int
            and isinstance(entry.get("sha256"), str)
        )
        parts = name.split("/")
        if not whole or "\0" in name or len(name) > 500 or any(part in ("", ".", "..") for part in parts):
            raise DamagedFileError(path, f"is not a list of contents (its entry {name!r:.80} is none)")
    return contents


def check_of(contents: dict[str, Any]) -> str:
    """A digest of everything that a list of contents says."""
    said = {name: value for name, value in contents.items() if name != "check"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def check_files(folder: Path, files: dict[str, Any]) -> None:
    """DamagedFileError unless exactly the listed files are there, each as it was."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {
        CONTENTS
    }
    if foreign := sorted(there - set(files)):
        raise DamagedFileError(
            folder / foreign[0], f"is not listed in {CONTENTS}, so it is no part of the object"
        )
    if CLASS not in files:
        raise DamagedFileError(folder / CONTENTS, f"is not a list of contents (it lacks {CLASS})")
    for name, expected in files.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise DamagedFileError(path, "is missing; save the object again")
        size = path.stat().st_size
        if size != expected["bytes"]:
            raise DamagedFileError(
                path, f"has {size} bytes instead of {expected['bytes']}; save the object again"
            )
        if _sha256(path) != expected["sha256"]:
            raise DamagedFileError(path, "was altered since it was saved; save the object again")


def saved_state(folder: str | os.PathLike[str]) -> Any:
    """What changes whenever a folder is replaced; None where nothing was saved."""
    try:
        seen = os.stat(Path(folder) / CONTENTS)
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flushed_entry(path: Path) -> dict[str, Any]:
    """What a list of contents says of a file, which is on the disk now."""
    _flush(path)
    return {"bytes": path.stat().st_size, "sha256": _sha256(path)}


def _flush(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
