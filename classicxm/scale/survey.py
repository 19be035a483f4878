"""What a collection holds, found in one pass over its rows as a stream, and the sample that extractors learn from.

The sample is chosen by a hash of the id: it does not depend on the order of the manifest, and an item that is in it
stays in it when the collection shrinks.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.datasets.collection import Problem
from classicxm.datasets.manifest import read_folder
from classicxm.datasets.manifest_rows import Row, rows_of_csv, rows_of_jsonl
from classicxm.datasets.schema import KNOWN_KEYS, learned_split, read_id, without_empty_text
from classicxm.errors import CollectionError
from classicxm.media import MODALITIES

__all__ = ["ENCODING_ERRORS", "Survey", "id_hash"]

#: Items of the sample that one task looks at.
SAMPLE_PART = 250
#: How halves of characters, which JSON may hold, are written and read.
ENCODING_ERRORS = "surrogatepass"


def id_hash(key: str) -> int:
    """64 bits that depend on the id alone.

    >>> id_hash("a") == id_hash("a"), 0 <= id_hash("b") < 2**64
    (True, True)
    """
    return int.from_bytes(blake2b(key.encode("utf-8", ENCODING_ERRORS), digest_size=8).digest(), "big")


class Survey:
    """One pass over the rows of a collection: how many are sound, which are in the split, and what they have.

    Nine bytes per item are held.

    Parameters
    ----------
    source : Path
        A manifest, or a folder of media.
    on_error : {"raise", "skip"}
        Whether the first line that is no item stops.
    allow_outside : bool
        Whether paths may lead out of a folder.
    split : str or None
        What extractors learn from.

    Attributes
    ----------
    problems : list of Problem
    modalities, own_columns : list of str
        What items have, and the other columns that at least half of them have.
    split : str or None
        None where the collection has no splits.

    Raises
    ------
    CollectionError
        For a broken line under ``on_error="raise"``, and for a collection that holds no items.
    ValueError
        For a split that no item is in.
    """

    def __init__(self, source: Path, on_error: str, allow_outside: bool, split: str | None) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.folder = _folder_rows(source, allow_outside, self.problems) if source.is_dir() else None
        hashes, self.masks, keys, splits = array("Q"), bytearray(), Counter[str](), Counter[str]()
        for row in self._rows():
            try:
                fields, key, note = _sound(row)
            except ValueError as error:
                self._refuse(row, error, on_error)
                continue
            if note:
                self.problems.append(Problem(key, f"{source.name} line {row.line}: {note}"))
            hashes.append(id_hash(key))
            self.masks.append(sum(1 << n for n, m in enumerate(MODALITIES) if fields.get(m) is not None))
            keys.update(name for name, value in fields.items() if value is not None)
            splits[str(fields.get("split"))] += 1
            if split is None or fields.get("split") == split:
                self.masks[-1] |= 1 << len(MODALITIES)
        self.hashes = np.frombuffer(hashes, np.uint64) if hashes else np.empty(0, np.uint64)
        self._drop_repeated(on_error)
        if not self.n_items:
            raise CollectionError(f"{source} holds no items; write one item per line")
        self.modalities = [m for m in MODALITIES if keys[m]]
        self.own_columns = sorted(
            k for k, n in keys.items() if k not in KNOWN_KEYS and 2 * n >= len(self.hashes)
        )
        there = ", ".join(sorted(name for name in splits if name != "None"))
        self.split = learned_split(split, bool(there))
        if self.split is not None and not splits[self.split]:
            raise ValueError(f"{source} has no items in split {self.split!r}; it has {there or 'no splits'}")

    @property
    def n_items(self) -> int:
        """Sound rows, each id once."""
        return len(self.hashes) - len(self.repeated)

    def _refuse(self, row: Row, error: Exception, on_error: str) -> None:
        if on_error == "raise":
            raise CollectionError(f"{self.source}: line {row.line}: {error}")
        self.problems.append(Problem(f"line {row.line}", f"{self.source.name} line {row.line}: {error}"))

    def _drop_repeated(self, on_error: str) -> None:
        """Find the rows whose id came before; equal hashes are looked at by id."""
        order = np.argsort(self.hashes, kind="stable")
        ordered = self.hashes[order]
        twice = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
        self.repeated: set[int] = set()
        if not twice:
            return
        first: dict[str, int] = {}
        for position, (row, _, key) in enumerate(self._sound_rows()):
            if int(self.hashes[position]) in twice and first.setdefault(key, row.line) != row.line:
                reason = f"duplicate id {key!r}, first used on line {first[key]}; give every item its own"
                self._refuse(row, ValueError(reason), on_error)
                self.repeated.add(position)

    def _rows(self) -> Iterator[Row]:
        """The rows of a manifest, read one at a time, or of a folder's items, which were read once."""
        if self.folder is not None:
            yield from self.folder
            return
        readers = {".jsonl": rows_of_jsonl, ".csv": rows_of_csv}
        if self.source.suffix.lower() not in readers:
            raise CollectionError(f"{self.source} must be a .jsonl or .csv manifest, or a folder of media")
        with open(self.source, "rb", buffering=0) as file:
            yield from readers[self.source.suffix.lower()](file, self.source)

    def _sound_rows(self) -> Iterator[tuple[Row, dict, str]]:
        for row in self._rows():
            try:
                fields, key, _ = _sound(row)
            except ValueError:
                continue
            yield row, fields, key

    def _eligible(self) -> np.ndarray:
        """Rows that extractors may learn from: of the split, with every modality."""
        masks = np.frombuffer(bytes(self.masks), np.uint8)
        needed = sum(1 << MODALITIES.index(m) for m in self.modalities)
        needed |= (1 << len(MODALITIES)) if self.split is not None else 0
        eligible = (masks & needed) == needed
        eligible[list(self.repeated)] = False
        return eligible

    def sample_size(self, sample: int) -> int:
        """Items of a sample of at most so many; ValueError where none can be learned from."""
        n = int(self._eligible().sum())
        if not n:
            raise ValueError(f"no item to learn from has all of {', '.join(self.modalities)}")
        return min(sample, n)

    def sample_parts(self, sample: int) -> int:
        """Parts that a sample of at most so many items has."""
        return -(-self.sample_size(sample) // SAMPLE_PART)

    def write_parts(self, folder: Path, shard: int, sample: int) -> None:
        """Write parts of ``shard`` items, and those of the sample of at most ``sample``, as JSON lines."""
        eligible = self._eligible()
        size = self.sample_size(sample)
        limit = np.partition(self.hashes[eligible], size - 1)[size - 1]
        written = sampled = 0
        with _PartFiles(folder, shard, "") as parts, _PartFiles(folder, SAMPLE_PART, "sample-") as drawn:
            for position, (row, fields, _) in enumerate(self._sound_rows()):
                if position in self.repeated:
                    continue
                line = json.dumps({"line": row.line, "fields": fields}, ensure_ascii=False)
                parts.write(written, line)
                written += 1
                if eligible[position] and self.hashes[position] <= limit and sampled < size:
                    drawn.write(sampled, line)
                    sampled += 1


class _PartFiles:
    """Files of so many lines each, one open at a time."""

    def __init__(self, folder: Path, size: int, prefix: str) -> None:
        self.folder, self.size, self.prefix = folder, size, prefix
        self.file: Any = None

    def write(self, n: int, line: str) -> None:
        if n % self.size == 0:
            self.__exit__()
            path = self.folder / f"{self.prefix}{n // self.size:05d}.jsonl"
            self.file = open(path, "w", encoding="utf-8", errors=ENCODING_ERRORS)  # noqa: SIM115
        self.file.write(line + "\n")

    def __enter__(self) -> _PartFiles:
        return self

    def __exit__(self, *error: object) -> None:
        if self.file is not None:
            self.file.close()


def _folder_rows(source: Path, allow_outside: bool, problems: list[Problem]) -> list[Row]:
    """The items of a folder without a manifest, as `load_collection` finds them."""
    records, broken, unpaired = read_folder(source, allow_outside)
    problems += sorted(broken + unpaired, key=lambda problem: problem.item)
    return [
        Row(line, {k: str(v) if isinstance(v, Path) else v for k, v in _texts_read(record).items()})
        for line, record in enumerate(records, start=1)
    ]


def _texts_read(record: dict) -> dict:
    """A record whose text stands in it instead of in a file."""
    from classicxm.errors import MediaDecodeError
    from classicxm.media.text import read_text

    if not isinstance(record.get("text"), Path):
        return record
    try:
        return record | {"text": read_text(record["text"])}
    except MediaDecodeError as error:
        raise CollectionError(f"item {record['id']!r}: text file {error}") from None


def _sound(row: Row) -> tuple[dict[str, Any], str, str | None]:
    """The fields of a row, its id, and what was left out of it."""
    if row.fault:
        raise ValueError(row.fault)
    key = read_id(row.fields)
    fields, note = without_empty_text(row.fields)
    return dict(fields), key, note
