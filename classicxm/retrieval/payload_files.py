"""Payloads as JSON lines, in segments: what did not change since it was saved is taken over, not written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from classicxm.errors import DamagedFileError
from classicxm.json_lines import read_scalars, read_values, scalar_lines
from classicxm.kept_files import SavedFile, keep_files, merged_pieces, numbered, placed_file, seen_file
from classicxm.retrieval.payloads import Payloads

__all__ = ["SavedLines", "read_payloads", "write_payloads"]

ITEMS, IDS = "items.jsonl", "item-ids.jsonl"
ERRORS = "surrogatepass"  # names of files need not be Unicode


@dataclass(frozen=True)
class SavedLines:
    """Two files of payloads and their ids: the ids, in order, and a hash of all the lines."""

    keys: list[Any]
    hash: int
    files: tuple[SavedFile, SavedFile]


@dataclass(frozen=True)
class _Piece:
    """Ids and lines that are saved together, and what holds them already, if anything does."""

    keys: list[Any]
    lines: list[str]
    saved: SavedLines | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def and_then(self, other: _Piece) -> _Piece:
        """Both as one, which no file holds."""
        return _Piece(self.keys + other.keys, self.lines + other.lines)


def write_payloads(
    payloads: Mapping[Any, dict[str, Any]], folder: Path, saved: Sequence[SavedLines] = ()
) -> tuple[SavedLines, ...]:
    """Write payloads as ``items.jsonl`` beside ``item-ids.jsonl``, later additions as ``items-1.jsonl`` and so on.

    Parameters
    ----------
    payloads : mapping of id to dict
    folder : Path
    saved : sequence of SavedLines
        What this function or `read_payloads` returned before.

    Returns
    -------
    tuple of SavedLines, for the next time
    """
    written = []
    pieces = merged_pieces(_pieces(*Payloads.of(payloads).lines(), saved), len, _Piece.and_then)
    for n, piece in enumerate(pieces or [_Piece([], [])]):
        places = folder / numbered(ITEMS, n), folder / numbered(IDS, n)
        text = _text(piece.lines)
        digest = hash(text)
        kept = piece.saved is not None and piece.saved.hash == digest
        if piece.saved is None or not kept or not keep_files(piece.saved.files, places):
            places[0].write_bytes(text.encode("utf-8", ERRORS))
            places[1].write_text(scalar_lines(piece.keys), encoding="utf-8")
        written.append(SavedLines(piece.keys, digest, (placed_file(places[0]), placed_file(places[1]))))
    return tuple(written)


def read_payloads(folder: Path) -> tuple[Payloads, tuple[SavedLines, ...]]:
    """Read what `write_payloads` wrote: payloads, parsed when asked for, and what it wants to know next time."""
    path = folder / ITEMS
    if not (folder / IDS).exists():
        return Payloads(_payloads_with_ids(folder)), ()
    held: dict[Any, str] = {}
    saved: list[SavedLines] = []
    while not saved or path.exists():
        beside = folder / numbered(IDS, len(saved))
        try:
            text = path.read_bytes().decode("utf-8", ERRORS)
            keys, lines = read_scalars(beside.read_text(encoding="utf-8")), text.split("\n")
            if lines.pop() or len(keys) != len(lines):
                raise ValueError(f"{len(keys)} ids for {len(lines)} lines")
            held.update(zip(keys, lines, strict=True))
        except (OSError, ValueError, TypeError) as error:
            raise DamagedFileError(path, f"is not a list of payloads ({error})") from None
        saved.append(SavedLines(keys, hash(text), (seen_file(path), seen_file(beside))))
        path = folder / numbered(ITEMS, len(saved))
    return Payloads(held, str(folder / ITEMS)), tuple(saved)


def _payloads_with_ids(folder: Path) -> dict[Any, dict[str, Any]]:
    """Payloads of formats 1 to 3, whose lines hold an id each."""
    payloads: dict[Any, dict[str, Any]] = {}
    path, n = folder / ITEMS, 0
    while not n or path.exists():
        try:
            with open(path, encoding="utf-8", errors=ERRORS) as file:
                for rows, _ in read_values(file):
                    payloads.update(map(itemgetter("id", "payload"), rows))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DamagedFileError(path, f"is not a list of payloads ({error})") from None
        n += 1
        path = folder / numbered(ITEMS, n)
    return payloads


def _text(lines: list[str]) -> str:
    """Lines as one text, each with its end."""
    return "\n".join([*lines, ""])


def _pieces(keys: list[Any], lines: list[str], saved: Sequence[SavedLines]) -> list[_Piece]:
    """The lines in order, those of one file together, with the file where it has the same ids."""
    pieces, start = [], 0
    for part in saved:
        end = start + len(part.keys)
        whole = keys[start:end] == part.keys
        if not whole:  # items are only ever removed from among others and added at the end
            held, end = set(part.keys), start
            while end < len(keys) and keys[end] in held:
                end += 1
        pieces.append(_Piece(keys[start:end], lines[start:end], part if whole else None))
        start = end
    return [*pieces, _Piece(keys[start:], lines[start:])]
