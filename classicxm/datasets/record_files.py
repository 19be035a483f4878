"""What loaders of published layouts share: lines of text files, and what happens where a medium is missing."""

from __future__ import annotations

import codecs
import csv
import io
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classicxm.datasets.collection import Collection, Problem
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.media.contents import open_regular

__all__ = ["Records", "read_csv", "read_lines", "require"]

LONGEST_LINE = 10_000_000  # characters


class Records:
    """The records of a loader, and the problems of those it leaves out.

    Parameters
    ----------
    on_error : {"raise", "skip"}
        Whether an item that lacks something stops the loader, or is left out and listed in ``problems``.
    root : Path
        The folder of the set, below which every file of it lies.
    """

    def __init__(self, on_error: str, root: Path) -> None:
        if on_error not in ("raise", "skip"):
            raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
        self.on_error = on_error
        self.root = root
        self.records: list[dict[str, Any]] = []
        self.problems: list[Problem] = []

    def add(self, record: dict[str, Any], modality: str, where: str) -> None:
        """Keep a record whose file of a modality exists; ``where`` is the line that names it."""
        path = record[modality] = _as_on_disk(record[modality])
        if not Path(os.path.normpath(path)).is_relative_to(os.path.normpath(self.root)):
            self.refuse(record["id"], f"{where}: {path} leads out of {self.root}; do not trust this list")
        elif path.is_file():
            self.records.append(record)
        else:
            self.refuse(
                record["id"], f"{where}: {modality} {path} does not exist; unpack the archive that holds it"
            )

    def refuse(self, item: str, reason: str) -> None:
        """Raise the reason, or note it."""
        if self.on_error == "raise":
            raise CollectionError(reason)
        self.problems.append(Problem(item, reason))

    def collection(self, name: str, expected: str) -> Collection:
        """All of it; CollectionError where there is nothing, which says what was expected."""
        if not self.records:
            first = f"; first, {self.problems[0]}" if self.problems else ""
            raise CollectionError(f"{self.root} holds no items of {name}; expected {expected}{first}")
        return Collection(self.records, root=self.root, name=name, problems=self.problems)


def require(folder: Path, *names: str) -> Path:
    """The first of some files or folders that exists below a folder."""
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise CollectionError(
        f"{folder} has no {' or '.join(names)}; see classicxm data list for what belongs there"
    )


def _as_on_disk(path: Path) -> Path:
    """The path whose file name is written as the file system has it, composed (NFC) or decomposed (NFD)."""
    spellings = (unicodedata.normalize(form, path.name) for form in ("NFC", "NFD"))
    return path if path.is_file() else next((p for p in map(path.with_name, spellings) if p.is_file()), path)


def read_lines(path: Path, encoding: str = "utf-8", allow_empty: bool = False) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is not empty; a file without one is refused unless that is allowed."""
    try:
        with _opened(path, encoding) as stream:
            number, n_texts = 0, 0
            while line := stream.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise CollectionError(
                        f"{path}: line {number} is over {LONGEST_LINE} characters; fetch it again"
                    )
                if "\0" in line:
                    raise CollectionError(f"{path}: line {number} holds a zero byte; fetch it again")
                if line.strip():
                    n_texts += 1
                    yield number, line.strip()
        if not n_texts and not allow_empty:
            raise CollectionError(f"{path} holds no lines; fetch it again")
    except UnicodeDecodeError:
        raise CollectionError(f"{path} is no {encoding} text; fetch it again") from None


def _opened(path: Path, encoding: str, newline: str | None = None) -> io.TextIOWrapper:
    try:
        file = open_regular(path)
    except MediaDecodeError as error:
        raise CollectionError(f"{path} {error.reason}; fetch it again") from None
    has_mark = file.read(3) == codecs.BOM_UTF8
    file.seek(0)
    return io.TextIOWrapper(
        file, "utf-8-sig" if has_mark or encoding == "utf-8" else encoding, newline=newline
    )


def read_csv(
    path: Path, columns: tuple[str, ...], encoding: str = "utf-8"
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of every row of a csv file that has these columns, and a cell in each of its own."""
    try:
        with _opened(path, encoding, newline="") as stream:
            rows = csv.DictReader(stream)
            if lacking := [column for column in columns if column not in (rows.fieldnames or ())]:
                raise CollectionError(f"{path}: no column {lacking[0]!r}; expected {', '.join(columns)}")
            is_empty = True
            for row in rows:
                is_empty = False
                cells = list(row.values())
                if None in row or None in cells:
                    raise CollectionError(
                        f"{path}: line {rows.line_num} has not the {len(rows.fieldnames or ())} cells of the header; "
                        "fetch it again"
                    )
                if any("\0" in cell for cell in cells):
                    raise CollectionError(f"{path}: line {rows.line_num} holds a zero byte; fetch it again")
                yield rows.line_num, row
            if is_empty:
                raise CollectionError(f"{path} holds no rows behind its header; fetch it again")
    except (UnicodeDecodeError, csv.Error) as error:
        raise CollectionError(f"{path} is no csv file ({error}); fetch it again") from None
