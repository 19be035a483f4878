"""A collection: items of text, image, audio and video, with labels, splits and columns of their own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from classicxm.atomic import write_file
from classicxm.errors import CollectionError, MediaDecodeError
from classicxm.frames import data_frame
from classicxm.media import MODALITIES
from classicxm.media.text import read_text
from classicxm.sequences import plain_array

if TYPE_CHECKING:
    import pandas

__all__ = ["GROUPS", "MODALITIES", "Collection", "Problem"]

#: The column that says what an item was taken from, such as the film of a clip.
GROUPS = "group"

#: What readers do with a broken item: stop, or leave it out and list it.
OnError: TypeAlias = Literal["raise", "skip"]
_SPLIT_ORDER = {"train": 0, "val": 1, "test": 2}


@dataclass(frozen=True)
class Problem:
    """One item that was left out of a collection, and why."""

    item: str
    reason: str

    def __str__(self) -> str:
        return f"item {self.item!r}: {self.reason}"


class Collection:
    """Items in a fixed order, each a dict.

    Parameters
    ----------
    records : sequence of dict
        Each has "id" (unique str) and any of "text", "image", "audio", "video", "label", "split"; further
        keys are columns of the collection's own, of which "group" says what an item was taken from (see
        `groups`). "image", "audio" and "video" are absolute paths, or decoded arrays in synthetic collections.
        "text" is a str, a list of str (several captions), or the Path of a UTF-8 file. "label" is a str or a
        list of str.
    root : path, optional
        The folder the collection was read from.
    name : str
        What to call it.
    problems : sequence of Problem
        What was left out while reading; subsets keep the list.
    attribution : str
        Whom to credit when the media are shown.

    Raises
    ------
    CollectionError
        For a record without an id, or two records with the same.

    Examples
    --------
    >>> pets = Collection(
    ...     [{"id": "a", "text": "a dog", "split": "train"}, {"id": "b", "text": "a cat", "split": "test"}],
    ...     name="pets",
    ... )
    >>> pets
    Collection('pets', 2 items, text, train 1, test 1)
    >>> pets.split("test").ids
    ['b']
    """

    def __init__(
        self,
        records: Iterable[dict[str, Any]],
        *,
        root: str | PathLike[str] | None = None,
        name: str = "collection",
        problems: Iterable[Problem] = (),
        attribution: str = "",
    ) -> None:
        self.records = list(records)
        self.root = None if root is None else Path(root)
        self.name = name
        self.problems = list(problems)
        self.attribution = attribution
        _check_ids(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.records)

    def __getitem__(self, index: Any) -> Any:
        """One record by position, or a Collection for a slice."""
        return self._derive(self.records[index]) if isinstance(index, slice) else self.records[index]

    def __repr__(self) -> str:
        parts = [repr(self.name), f"{len(self)} items", "+".join(self.modalities) or "no modality"]
        counts = Counter(self.column("split"))
        parts += [f"{split} {counts[split]}" for split in self.split_names]
        if self.problems:
            parts.append(f"{len(self.problems)} problems")
        return f"Collection({', '.join(parts)})"

    def to_frame(self) -> pandas.DataFrame:
        """A row per item: "id", then a column for each modality, and what else items have; paths are texts.

        Raises
        ------
        MissingExtraError
            Without pandas.
        """
        rows = (
            {key: str(value) if isinstance(value, Path) else value for key, value in record.items()}
            for record in self.records
        )
        return data_frame(rows, ["id", *self.modalities])

    def _repr_html_(self) -> str:
        from classicxm.reports.answers_page import collection_fragment

        return collection_fragment(repr(self), self.records)

    @property
    def ids(self) -> list[str]:
        """list of str, in order."""
        return [record["id"] for record in self.records]

    @property
    def labels(self) -> list[Any]:
        """The label of each item: a str, a list of str, or None."""
        return self.column("label")

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those of MODALITIES that any item carries."""
        return tuple(m for m in MODALITIES if any(m in record for record in self.records))

    @property
    def split_names(self) -> tuple[str, ...]:
        """The splits that occur, in the order train, val, test."""
        names = {record["split"] for record in self.records if record.get("split") is not None}
        return tuple(sorted(names, key=lambda name: (_SPLIT_ORDER.get(name, len(_SPLIT_ORDER)), name)))

    def column(self, key: str) -> list[Any]:
        """The values of one key over all items, None where an item has none."""
        return [record.get(key) for record in self.records]

    def groups(self, column: str | None = GROUPS) -> list[Any] | None:
        """What each item was taken from, by a column, None where an item has none; None for no column or no group.

        Items of one group, such as the clips of one film, belong on the same side of every division.

        Raises
        ------
        ValueError
            If no item has the column, unless it is "group", which a collection may lack.
        """
        if column is None:
            return None
        found = self.column(column)
        if any(group is not None for group in found):
            return found
        if column != GROUPS:
            known = sorted({key for record in self.records for key in record})
            raise ValueError(f"{self.name} has no column {column!r} of groups; it has {', '.join(known)}")
        return None

    def split(self, name: str) -> Collection:
        """The items of one split.

        Raises
        ------
        ValueError
            If no item is in that split.
        """
        chosen = [record for record in self.records if record.get("split") == name]
        if not chosen:
            existing = ", ".join(map(repr, self.split_names)) or "no splits at all"
            raise ValueError(f"{self.name} has no items in split {name!r}; it has {existing}")
        return self._derive(chosen)

    def with_modalities(self, *names: str) -> Collection:
        """The items that carry every one of the named modalities."""
        for name in names:
            if name not in MODALITIES:
                raise ValueError(f"modality must be one of {', '.join(MODALITIES)}, got {name!r}")
        return self._derive([record for record in self.records if all(name in record for name in names)])

    def subset(self, indices: ArrayLike) -> Collection:
        """The items at the given positions, in that order, or those where a boolean mask is true."""
        rows = plain_array("positions", indices)
        if rows.dtype == bool:
            if rows.shape != (len(self),):
                raise ValueError(f"a mask for {self.name} must have length {len(self)}, got {rows.shape}")
            rows = np.flatnonzero(rows)
        elif rows.size == 0:
            rows = np.zeros(0, int)
        if rows.dtype.kind not in "iu" or rows.ndim != 1:
            raise TypeError(
                f"positions in {self.name} must be a sequence of integers, or bool, got {rows.dtype} of shape "
                f"{rows.shape}"
            )
        if (beyond := (rows < -len(self)) | (rows >= len(self))).any():
            raise IndexError(f"{self.name} has {len(self)} items, and none at position {rows[beyond][0]}")
        return self._derive([self.records[i] for i in rows.tolist()])

    def write_manifest(self, path: str | PathLike[str]) -> None:
        """Write the items as JSON lines; media paths below the manifest's folder become relative to it.

        Text that lies in files is copied into the manifest. The file is replaced in one step.

        Raises
        ------
        CollectionError
            If an item holds decoded arrays, or a text file that is not UTF-8.
        """
        path = Path(path).absolute()
        lines = [json.dumps(_portable(record, path.parent), ensure_ascii=False) for record in self.records]
        write_file(path, "".join(line + "\n" for line in lines).encode("utf-8"))

    def _derive(self, records: Iterable[dict[str, Any]]) -> Collection:
        return Collection(
            records,
            root=self.root,
            name=self.name,
            problems=self.problems,
            attribution=self.attribution,
        )


def _check_ids(records: Sequence[dict[str, Any]]) -> None:
    seen = set()
    for position, record in enumerate(records):
        if not isinstance(record, dict):
            raise CollectionError(f"record {position}: must be a dict, got {type(record).__name__}")
        identity = record.get("id")
        if not isinstance(identity, str) or not identity:
            raise CollectionError(f"record {position}: id must be a non-empty string, got {identity!r}")
        if identity in seen:
            raise CollectionError(f"record {position}: id {identity!r} occurs twice; give every item its own")
        seen.add(identity)


def _portable(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A record as JSON values, with paths relative to ``folder`` where they lie below it."""
    row = {}
    for key, value in record.items():
        if key == "text" and isinstance(value, Path):
            try:
                row[key] = read_text(value)
            except MediaDecodeError as error:
                raise CollectionError(f"item {record['id']!r}: text file {error}") from None
        elif isinstance(value, Path):
            row[key] = value.relative_to(folder).as_posix() if value.is_relative_to(folder) else str(value)
        elif key in MODALITIES and key != "text":
            raise CollectionError(
                f"item {record['id']!r}: {key} is a decoded array, a manifest needs a file; "
                "write the media to files first"
            )
        else:
            row[key] = value
    return row
