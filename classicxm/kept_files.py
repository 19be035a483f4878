"""Files that a save takes over from the folder it replaces, by hard links, instead of writing them again.

Whoever writes rows that only grow (vectors, ids, payloads) writes them in segments. A segment that is still as it was
read or written is linked into the new folder, so that adding a few items to a large model writes those few alone.
Nothing is ever changed in place: the old folder and the new one are both complete until one takes the other's place.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

__all__ = [
    "Save",
    "SavedFile",
    "keep_file",
    "keep_files",
    "merged_pieces",
    "numbered",
    "placed_file",
    "saving",
    "seen_file",
]

Piece = TypeVar("Piece")


@dataclass(frozen=True)
class SavedFile:
    """A file of a saved object, and what distinguishes it from every other one."""

    path: str
    device: int
    inode: int
    modified: int
    size: int

    @classmethod
    def at(cls, path: str | os.PathLike[str], lies: str | os.PathLike[str]) -> SavedFile:
        """The file that lies at ``lies``, or will lie there, and can be looked at as ``path`` now."""
        found = os.stat(path)
        return cls(os.fspath(lies), found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)

    def is_there(self) -> bool:
        """Whether the very same file lies where it was."""
        try:
            return SavedFile.at(self.path, self.path) == self
        except OSError:
            return False


@dataclass
class Save:
    """A save that is under way: the folder it fills, the one that replaces, and what that one lists."""

    target: Path
    written: Path
    listed: dict[str, Any]
    kept: dict[str, Any] = field(
        default_factory=dict
    )  #: entries of files that were linked, by their new names


_SAVING: ContextVar[Save | None] = ContextVar("saving", default=None)


@contextlib.contextmanager
def saving(save: Save) -> Iterator[Save]:
    """While it lasts, `keep_file` and `placed_file` speak of this save."""
    token = _SAVING.set(save)
    try:
        yield save
    finally:
        _SAVING.reset(token)


def seen_file(path: Path) -> SavedFile:
    """A file that was read from a saved object."""
    return SavedFile.at(path, os.path.realpath(path))


def placed_file(path: Path) -> SavedFile:
    """A file that was just written, where it will lie once the save under way is finished."""
    save = _SAVING.get()
    if save is None or not path.is_relative_to(save.written):
        return seen_file(path)
    return SavedFile.at(path, save.target / path.relative_to(save.written))


def keep_file(file: SavedFile, path: Path) -> bool:
    """Link a file of the folder that is replaced to a new name; False where it has to be written instead.

    Files of other folders are never linked: two saved objects share nothing.
    """
    save = _SAVING.get()
    if (
        save is None
        or not path.is_relative_to(save.written)
        or not Path(file.path).is_relative_to(save.target)
    ):
        return False
    entry = save.listed.get(Path(file.path).relative_to(save.target).as_posix())
    if entry is None or not file.is_there():
        return False
    try:
        os.link(file.path, path)
    except OSError:  # file systems without hard links
        return False
    if SavedFile.at(path, file.path) != file:  # replaced between the two looks
        path.unlink()
        return False
    save.kept[path.relative_to(save.written).as_posix()] = entry
    return True


def keep_files(files: tuple[SavedFile, ...], places: tuple[Path, ...]) -> bool:
    """Link files that belong together to new names; False where all of them have to be written instead."""
    for n, (file, place) in enumerate(zip(files, places, strict=True)):
        if not keep_file(file, place):
            for linked in places[:n]:
                _forget(linked)
            return False
    return True


def _forget(place: Path) -> None:
    """Undo a link."""
    place.unlink()
    save = _SAVING.get()
    if save is not None:
        save.kept.pop(place.relative_to(save.written).as_posix(), None)


def numbered(name: str, n: int) -> str:
    """The name of the n-th segment of a file.

    >>> numbered("ids.jsonl", 0), numbered("ids.jsonl", 2)
    ('ids.jsonl', 'ids-2.jsonl')
    """
    stem, dot, suffix = name.rpartition(".")
    return name if n == 0 else f"{stem}-{n}{dot}{suffix}"


def merged_pieces(
    pieces: Sequence[Piece], size: Callable[[Piece], int], merge: Callable[[Piece, Piece], Piece]
) -> list[Piece]:
    """Pieces in order, neighbours merged until each is more than twice the size of the next; empty ones are gone.

    So there are never many, and each row is written anew only as often as the logarithm of their number.

    >>> merged_pieces([[1] * 9, [2], [3], []], len, lambda one, other: one + other)
    [[1, 1, 1, 1, 1, 1, 1, 1, 1], [2, 3]]
    """
    merged: list[Piece] = []
    for piece in pieces:
        if size(piece):
            merged.append(piece)
        while len(merged) > 1 and size(merged[-2]) <= 2 * size(merged[-1]):
            last = merged.pop()
            merged[-1] = merge(merged[-1], last)
    return merged
