"""How a collection is cut into shards: its manifest is read as a stream, and every part of it is put down by itself.

The parts lie in ``SHARDS/plan``, so that a worker reads its own part only, and a second run finds the same parts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from classicxm.atomic import new_folder, replace_folder
from classicxm.datasets.collection import Problem
from classicxm.datasets.manifest_rows import Row
from classicxm.errors import CollectionError
from classicxm.persistence import read_json
from classicxm.scale.survey import ENCODING_ERRORS, Survey

__all__ = ["Plan", "make_plan", "part_rows", "read_plan"]

FOLDER, RECORD = "plan", "plan.json"
FORMAT = 1


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
    def name(self) -> str:
        """What the collection is called: as its folder, or as a manifest that has a name of its own."""
        source = Path(self.collection)
        return (
            Path(self.root).name if source.stem == "manifest" or self.collection == self.root else source.stem
        )

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
    target = Path(folder).absolute()
    survey = Survey(source, on_error, allow_outside, split)
    plan = Plan(
        str(source),
        str(source if source.is_dir() else source.parent),
        _content(source, target),
        recipe,
        survey.modalities,
        survey.split,
        shard,
        sample,
        own_columns=survey.own_columns,
        n_items=survey.n_items,
        n_parts=-(-survey.n_items // shard),
        n_sample_parts=survey.sample_parts(sample),
        allow_outside=allow_outside,
        remote=list(remote),
    )
    problems = [one for one in survey.problems if not (source / one.item).is_relative_to(target)]
    if (target / FOLDER / RECORD).is_file():
        _check_same(read_plan(target), plan, target)
        return plan, problems
    if target.is_dir() and any(target.iterdir()):
        raise ValueError(f"{target} exists and holds no shards; choose another name or remove it")
    target.mkdir(parents=True, exist_ok=True)
    with new_folder(target / FOLDER) as written:
        survey.write_parts(written, shard, sample)
        (written / RECORD).write_text(
            json.dumps({"format": FORMAT} | asdict(plan), indent=1), encoding="utf-8"
        )
        replace_folder(written, target / FOLDER)
    return plan, problems


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
    with open(Path(folder) / FOLDER / f"{part}.jsonl", encoding="utf-8", errors=ENCODING_ERRORS) as file:
        return [Row(row["line"], row["fields"]) for row in map(json.loads, file)]


def _content(source: Path, target: Path) -> str:
    """A hash of a manifest's bytes, or of the names of a folder's files other than the shards that lie in it."""
    if source.is_dir():
        own = (path for path in source.rglob("*") if path.is_file() and not path.is_relative_to(target))
        names = "\0".join(sorted(path.relative_to(source).as_posix() for path in own))
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
    with open(source, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_same(stored: Plan, plan: Plan, folder: Path) -> None:
    for name, value in asdict(plan).items():
        there = getattr(stored, name)
        if there != value and name == "content":
            what = "its files are others" if Path(plan.collection).is_dir() else "it has changed"
            raise ValueError(
                f"{folder} holds shards of {plan.collection} as it was, and {what} since; give another folder, or "
                "remove this one"
            )
        if there != value:
            raise ValueError(
                f"{folder} holds shards of {name} {there!r:.80}, not {value!r:.80}; give the same, or another folder"
            )
