"""Payloads as JSON lines, in segments: what did not change since it was saved is taken over, not written again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from classicxm.errors import DamagedFileError
from classicxm.json_lines import read_values
from classicxm.kept_files import SavedFile, keep_file, merged_pieces, numbered, placed_file, seen_file

__all__ = ["SavedLines", "read_payloads", "write_payloads"]

ITEMS = "items.jsonl"
ERRORS = "surrogatepass"  # names of files need not be Unicode


@dataclass(frozen=True)
class SavedLines:
    """A file of payloads: the ids in it, in order, and a hash of each of its lines."""

    hashes: dict[Any, int]
    file: SavedFile


@dataclass(frozen=True)
class _Lines:
    """Lines that are saved together, by id, and the file that holds them already, if any does."""

    lines: dict[Any, str]
    file: SavedFile | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def and_then(self, other: _Lines) -> _Lines:
        """Both as one, which no file holds."""
        return _Lines({**self.lines, **other.lines})


def write_payloads(
    payloads: dict[Any, dict], folder: Path, saved: Sequence[SavedLines] = ()
) -> tuple[SavedLines, ...]:
    """Write payloads as ``items.jsonl``, later additions as ``items-1.jsonl`` and so on.

    Parameters
    ----------
    payloads : dict of id to dict
    folder : Path
    saved : sequence of SavedLines
        What this function or `read_payloads` returned before.

    Returns
    -------
    tuple of SavedLines, for the next time
    """
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = {key: encode({"id": key, "payload": payload}) + "\n" for key, payload in payloads.items()}
    written = []
    for n, piece in enumerate(merged_pieces(_pieces(lines, saved), len, _Lines.and_then) or [_Lines({})]):
        path = folder / numbered(ITEMS, n)
        if piece.file is None or not keep_file(piece.file, path):
            with open(path, "w", encoding="utf-8", errors=ERRORS) as file:
                file.writelines(piece.lines.values())
        written.append(SavedLines(_hashes(piece.lines.items()), placed_file(path)))
    return tuple(written)


def read_payloads(folder: Path) -> tuple[dict[Any, dict], tuple[SavedLines, ...]]:
    """Read what `write_payloads` wrote: payloads, and what it wants to know of them the next time."""
    payloads: dict[Any, dict] = {}
    saved: list[SavedLines] = []
    path = folder / ITEMS
    while not saved or path.exists():
        try:
            with open(path, encoding="utf-8", errors=ERRORS) as file:
                hashes: dict[Any, int] = {}
                for rows, lines in read_values(file):
                    ids = [*map(itemgetter("id"), rows)]
                    payloads.update(zip(ids, map(itemgetter("payload"), rows), strict=True))
                    hashes.update(zip(ids, map(hash, lines), strict=True))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DamagedFileError(path, f"is not a list of payloads ({error})") from None
        saved.append(SavedLines(hashes, seen_file(path)))
        path = folder / numbered(ITEMS, len(saved))
    return payloads, tuple(saved)


def _hashes(lines: Iterable[tuple[Any, str]]) -> dict[Any, int]:
    return {key: hash(line) for key, line in lines}


def _pieces(lines: dict[Any, str], saved: Sequence[SavedLines]) -> list[_Lines]:
    """The lines in order, those of one file together; where all of them are as they were, with the file."""
    held_by = {key: n for n, part in enumerate(saved) for key in part.hashes}
    pieces = []
    if not held_by:
        return [_Lines(lines)]
    for n, keys in groupby(lines, lambda key: held_by.get(key, -1)):
        piece = {key: lines[key] for key in keys}
        same = n >= 0 and list(_hashes(piece.items()).items()) == list(saved[n].hashes.items())
        pieces.append(_Lines(piece, saved[n].file if same else None))
    return pieces
