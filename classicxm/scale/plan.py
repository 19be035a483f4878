"""How a collection is cut into shards: its manifest is read as a stream, and every part of it is put down by itself.

The parts lie in ``SHARDS/plan``, so that a worker reads its own part only, and a second run finds the same parts. The
sample that extractors learn from is chosen by a hash of the id: it does not depend on the order of the manifest, and
an item that is in it stays in it when the collection shrinks.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.atomic import new_folder, replace_folder
from classicxm.datasets.collection import Problem
from classicxm.datasets.manifest_rows import Row, rows_of_csv, rows_of_jsonl
from classicxm.datasets.schema import KNOWN_KEYS, read_id, without_empty_text
from classicxm.datasets.stems import read_stems
from classicxm.errors import CollectionError
from classicxm.media import MODALITIES
from classicxm.persistence import read_json

__all__ = ["Plan", "id_hash", "make_plan", "part_rows", "read_plan"]

FOLDER, RECORD = "plan", "plan.json"
FORMAT = 1
#: Items of the sample that one task looks at.
SAMPLE_PART = 250
ERRORS = "surrogatepass"


@dataclass(frozen=True)
class Plan:
    """What is described, by what and in which parts.

    Attributes
    ----------
    collection, root : str
        The manifest or folder, and what its paths are relative to.
    content : str
        SHA-256 of the manifest, or of the names of a folder's files.
    recipe : str
    modalities : list of str
    split : str or None
        What extractors learn from; None is every item.
    shard : int
        Items of a shard.
    sample : int
        Items that extractors learn from, at most.
    own_columns : list of str
    n_items, n_parts, n_sample_parts : int
    allow_outside : bool
    remote : list of str
        Schemes of URLs that media may be fetched by.
    """

    collection: str
    root: str
    content: str
    recipe: str
    modalities: list[str]
    split: str | None
    shard: int
    sample: int
    own_columns: list[str]
    n_items: int
    n_parts: int
    n_sample_parts: int
    allow_outside: bool
    remote: list[str]

    @property
    def digest(self) -> str:
        """A hash of all that decides what the shards hold."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def parts(self) -> list[str]:
        """Names of the parts, which are those of the shards."""
        return [f"{n:05d}" for n in range(self.n_parts)]

    @property
    def sample_parts(self) -> list[str]:
        """Names of the parts of the sample."""
        return [f"sample-{n:05d}" for n in range(self.n_sample_parts)]


def id_hash(key: str) -> int:
    """64 bits that depend on the id alone.

    >>> id_hash("a") == id_hash("a"), 0 <= id_hash("b") < 2**64
    (True, True)
    """
    return int.from_bytes(blake2b(key.encode("utf-8", ERRORS), digest_size=8).digest(), "big")


def make_plan(
    collection: Path | str,
    folder: Path | str,
    *,
    recipe: str = "standard",
    split: str | None = "train",
    shard: int = 10_000,
    sample: int = 20_000,
    on_error: str = "raise",
    allow_outside: bool = False,
    remote: tuple[str, ...] = (),
) -> tuple[Plan, list[Problem]]:
    """Cut a collection into parts under ``folder``, or find those of an earlier run.

    Returns
    -------
    plan : Plan
    problems : list of Problem
        Lines that are no items; under ``on_error="raise"`` the first of them stops.

    Raises
    ------
    CollectionError
        For a broken line, and for a collection that holds no items.
    ValueError
        Where the folder holds shards of another plan.
    """
    source = Path(collection).absolute()
    if source.is_dir():
        found = [source / name for name in ("manifest.jsonl", "manifest.csv") if (source / name).is_file()]
        source = found[0] if found else source
    elif not source.exists():
        raise CollectionError(f"{source} does not exist; expected a manifest or a folder of media")
    survey = _Survey(source, on_error, allow_outside, split)
    plan = Plan(
        str(source),
        str(source if source.is_dir() else source.parent),
        _content(source),
        recipe,
        survey.modalities,
        survey.split,
        shard,
        sample,
        own_columns=survey.own_columns,
        n_items=survey.n_items,
        n_parts=-(-survey.n_items // shard),
        n_sample_parts=-(-survey.sample_size(sample) // SAMPLE_PART),
        allow_outside=allow_outside,
        remote=list(remote),
    )
    target = Path(folder).absolute()
    if (target / FOLDER / RECORD).is_file():
        _check_same(read_plan(target), plan, target)
        return plan, survey.problems
    if target.is_dir() and any(target.iterdir()):
        raise ValueError(f"{target} exists and holds no shards; choose another name or remove it")
    target.mkdir(parents=True, exist_ok=True)
    with new_folder(target / FOLDER) as written:
        survey.write_parts(written, plan)
        (written / RECORD).write_text(
            json.dumps({"format": FORMAT} | asdict(plan), indent=1), encoding="utf-8"
        )
        replace_folder(written, target / FOLDER)
    return plan, survey.problems


def read_plan(folder: Path | str) -> Plan:
    """The plan of a folder of shards; FileNotFoundError where there is none."""
    path = Path(folder) / FOLDER / RECORD
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} holds no shards; make them by: classicxm describe COLLECTION -o {folder}"
        )
    stored = read_json(path)
    if not isinstance(stored, dict) or stored.pop("format", None) != FORMAT:
        raise ValueError(f"{path} is not a plan of this version; describe the collection again")
    return Plan(**stored)


def part_rows(folder: Path | str, part: str) -> list[Row]:
    """The rows of one part."""
    with open(Path(folder) / FOLDER / f"{part}.jsonl", encoding="utf-8", errors=ERRORS) as file:
        return [Row(row["line"], row["fields"]) for row in map(json.loads, file)]


class _Survey:
    """One pass over the rows of a collection: how many are sound, which are in the split, and what they have.

    Nine bytes an item are held.
    """

    def __init__(self, source: Path, on_error: str, allow_outside: bool, split: str | None) -> None:
        self.source, self.allow_outside = source, allow_outside
        self.problems: list[Problem] = []
        hashes, self.masks, keys, splits = array("Q"), bytearray(), Counter[str](), Counter[str]()
        for row in _rows(source, allow_outside, self.problems):
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
            raise CollectionError(f"{source} holds no items; write one item a line")
        self.modalities = [m for m in MODALITIES if keys[m]]
        self.own_columns = sorted(
            k for k, n in keys.items() if k not in KNOWN_KEYS and 2 * n >= len(self.hashes)
        )
        self.split = split if any(name != "None" for name in splits) else None
        if self.split is not None and not splits[self.split]:
            there = ", ".join(sorted(name for name in splits if name != "None"))
            raise ValueError(f"{source} has no items in split {self.split!r}; it has {there}")

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

    def _sound_rows(self) -> Iterator[tuple[Row, dict, str]]:
        for row in _rows(self.source, self.allow_outside, []):
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
        """Items of the sample."""
        n = int(self._eligible().sum())
        if not n:
            raise ValueError(f"no item to learn from has all of {', '.join(self.modalities)}")
        return min(sample, n)

    def write_parts(self, folder: Path, plan: Plan) -> None:
        """Write every part, and the parts of the sample, as JSON lines."""
        eligible = self._eligible()
        size = self.sample_size(plan.sample)
        limit = np.partition(self.hashes[eligible], size - 1)[size - 1]
        written = sampled = 0
        with _Parts(folder, plan.shard, "") as parts, _Parts(folder, SAMPLE_PART, "sample-") as sample:
            for position, (row, fields, _) in enumerate(self._sound_rows()):
                if position in self.repeated:
                    continue
                line = json.dumps({"line": row.line, "fields": fields}, ensure_ascii=False)
                parts.write(written, line)
                written += 1
                if eligible[position] and self.hashes[position] <= limit and sampled < size:
                    sample.write(sampled, line)
                    sampled += 1


class _Parts:
    """Files of so many lines each, one open at a time."""

    def __init__(self, folder: Path, size: int, prefix: str) -> None:
        self.folder, self.size, self.prefix = folder, size, prefix
        self.file: Any = None

    def write(self, n: int, line: str) -> None:
        if n % self.size == 0:
            self.__exit__()
            path = self.folder / f"{self.prefix}{n // self.size:05d}.jsonl"
            self.file = open(path, "w", encoding="utf-8", errors=ERRORS)  # noqa: SIM115
        self.file.write(line + "\n")

    def __enter__(self) -> _Parts:
        return self

    def __exit__(self, *error: object) -> None:
        if self.file is not None:
            self.file.close()


def _rows(source: Path, allow_outside: bool, problems: list[Problem]) -> Iterator[Row]:
    """The rows of a manifest, one at a time, or of a folder's files that share a stem."""
    if source.is_dir():
        records, broken, unpaired = read_stems(source, allow_outside)
        problems += sorted(broken + unpaired, key=lambda problem: problem.item)
        for line, record in enumerate(records, start=1):
            yield Row(line, {k: str(v) if isinstance(v, Path) else v for k, v in _texts_read(record).items()})
        return
    readers = {".jsonl": rows_of_jsonl, ".csv": rows_of_csv}
    if source.suffix.lower() not in readers:
        raise CollectionError(f"{source} must be a .jsonl or .csv manifest, or a folder of media")
    with open(source, "rb", buffering=0) as file:
        yield from readers[source.suffix.lower()](file, source)


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


def _content(source: Path) -> str:
    if source.is_dir():
        names = "\0".join(sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()))
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
    with open(source, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_same(stored: Plan, plan: Plan, folder: Path) -> None:
    for name, value in asdict(plan).items():
        there = getattr(stored, name)
        if there != value:
            raise ValueError(
                f"{folder} holds shards of {name} {there!r:.80}, not {value!r:.80}; give the same, or another folder"
            )
