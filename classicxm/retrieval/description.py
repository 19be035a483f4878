"""From items to feature matrices, one view per modality: fitting and describing with item ids in every message."""

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from classicxm import media
from classicxm.base import Extractor
from classicxm.errors import (
    EmptyDescriptionWarning,
    IgnoredSettingWarning,
    ItemError,
    MediaDecodeError,
    OutsideRootError,
    UnpairedViewsError,
)
from classicxm.execution import describe_items
from classicxm.late_kinds import is_of_kind
from classicxm.media.named_file import NamedFile
from classicxm.media.stored_path import below
from classicxm.media.text import captions_of
from classicxm.parameters import N_JOBS
from classicxm.sequences import listed

__all__ = [
    "ItemNote",
    "View",
    "copied",
    "describe_view",
    "equal_lengths",
    "fit_extractor",
    "held_content",
    "items_of",
    "set_execution",
    "shown_payload",
    "split_pipeline",
    "stored_payload",
    "stored_payloads",
    "warn_of_empty",
]


#: Bytes of a text file whose words are kept beside the item; of longer ones the path is.
LONGEST_CAPTION = 1 << 16


@dataclass(frozen=True)
class ItemNote:
    """One item that was left out or had nothing to describe: in which modality, and why."""

    id: str
    modality: str
    reason: str

    def __str__(self) -> str:
        return f"item {self.id!r}: {self.modality} {self.reason}"


def set_execution(extractor: Any, **settings: Any) -> None:
    """Set n_jobs, on_error or cache, where not None, in an extractor or pipeline and all its parts.

    A setting that none of them takes is named in an `IgnoredSettingWarning`.
    """
    settings = {name: value for name, value in settings.items() if value is not None}
    if not N_JOBS.accepts(settings.get("n_jobs")):
        raise ValueError(f"n_jobs must be {N_JOBS}, got {settings['n_jobs']!r}")
    names = [name for name in extractor.get_params(deep=True) if name.rpartition("__")[2] in settings]
    extractor.set_params(**{name: settings[name.rpartition("__")[2]] for name in names})
    for ignored in settings.keys() - {name.rpartition("__")[2] for name in names}:
        first = split_pipeline(extractor)[0]
        if ignored == "cache" and not getattr(first, "opens_items", True):
            continue  # a look-up computes nothing that a cache could hold
        if getattr(first, ignored, None) != settings[ignored]:
            warnings.warn(
                f"{type(first).__name__} takes no {ignored}, so {ignored}={settings[ignored]!r} does not reach it; "
                f"give its __init__ the parameter, as Extractor says",
                IgnoredSettingWarning,
                stacklevel=2,
            )


def items_of(collection: Any, modality: str, extractor: Any) -> list[Any]:
    """The items of one modality, None where there is none.

    Where an extractor looks items up by their names, as `PrecomputedFeatures` do, they are given by their ids.
    """
    items = collection.column(modality)
    return items if opens_items(extractor) else asked_by_name(modality, items, collection.ids)


def opens_items(extractor: Any) -> bool:
    """Whether an extractor reads the content of its items; False where it looks them up by their names."""
    return bool(getattr(split_pipeline(extractor)[0], "opens_items", True))


def asked_by_name(modality: str, items: Sequence[Any], names: Sequence[Any]) -> list[Any]:
    """Items by their names, and by their files where they have some; None where there is nothing."""
    return [
        None if item is None else _by_name(modality, item, name)
        for item, name in zip(items, names, strict=True)
    ]


def _by_name(modality: str, item: Any, name: Any) -> Any:
    is_file = modality != "text" and isinstance(item, media.PATH_TYPES)
    return NamedFile(item, name) if is_file else name


def fit_extractor(extractor: Any, modality: str, items: Sequence[Any], ids: Sequence[Any]) -> Any:
    """Fit on the items of one modality; an item that stops it is named by its id."""
    try:
        return extractor.fit(items)
    except ItemError as error:
        raise _with_id(error, modality, items, ids) from None


@dataclass(frozen=True)
class View:
    """Described items of one modality.

    Attributes
    ----------
    features : array (n_kept, n_features)
    kept : int array (n_kept,)
        Positions of the items that have a row.
    known : bool array (n_kept,)
        Which of them have anything in them that the extractor knows.
    skipped, empty : list of ItemNote
        Items left out, and items kept as zero vectors because there was nothing to describe.
    """

    features: np.ndarray
    kept: np.ndarray
    known: np.ndarray
    skipped: list = field(default_factory=list)
    empty: list = field(default_factory=list)


def describe_view(extractor: Any, modality: str, items: Sequence[Any], ids: Sequence[Any]) -> View:
    """Describe a list of items by a fitted extractor, or by a pipeline that begins with one, as a `View`."""
    first, rest = split_pipeline(extractor)
    if not isinstance(first, Extractor):
        return View(extractor.transform(items), np.arange(len(items)), np.ones(len(items), bool))
    try:
        features, report = describe_items(first, items)
    except ItemError as error:
        raise _with_id(error, modality, items, ids) from None
    for step in rest if len(features) else ():
        features = step.transform(features)
    notes = [
        [ItemNote(ids[one.row], modality, _located(one.reason, items[one.row])) for one in failures]
        for failures in (report.failures, report.empty)
    ]
    # By what the first step saw: later ones may centre, which makes numbers of nothing.
    known = np.ones(len(items), bool)
    known[[one.row for one in (*report.failures, *report.empty)]] = False
    return View(features, report.kept, known[report.kept], *notes)


def warn_of_empty(modality: str, notes: Sequence[ItemNote], n_items: int, why: str = "") -> None:
    """One warning for queries in which there was nothing to describe, and why where that is known better."""
    if notes:
        many = "" if n_items == 1 else f" (of {len(notes)} of {n_items} queries)"
        reason = why or notes[0].reason
        warnings.warn(
            f"nothing that the model knows is in the {modality} {notes[0].id}{many}: {reason}; what is "
            "answered does not depend on it",
            EmptyDescriptionWarning,
            stacklevel=5,
        )


def equal_lengths(views: Mapping[str, Sequence[Any]]) -> int:
    """The number of items of every view; UnpairedViewsError when they differ."""
    if not isinstance(views, dict) or not views:
        raise TypeError(f'expected a dict such as {{"text": [...], "image": [...]}}, got {views!r:.80}')
    lengths = {modality: len(listed(items, f"{modality} items")) for modality, items in views.items()}
    if len(set(lengths.values())) > 1:
        raise UnpairedViewsError(
            f"position i of every view must be one item, but the views have {lengths} items"
        )
    return next(iter(lengths.values()))


def stored_payload(
    record: Mapping[str, Any], root: str | Path | None = None, one_by_one: bool = False
) -> dict[str, Any]:
    """What is kept of a collection's record and comes back with every hit: its JSON values, paths and dates as text.

    Paths below ``root`` are relative to it, so that the collection can move. Of a caption in a file its words are
    kept, up to `LONGEST_CAPTION` bytes; where captions are indexed one by one, as a list of the file's lines.
    """
    payload: dict[str, Any] = {}
    for key, value in record.items():
        value = value if key in media.MODALITIES[1:] else _json_value(value)
        if key == "text" and isinstance(value, Path) and (caption := _caption(value)) is not None:
            lines = captions_of(value) if one_by_one else []
            payload[key] = lines if len(lines) > 1 else caption
        elif isinstance(value, Path):
            inside = root is not None and value.is_relative_to(root)
            payload[key] = value.relative_to(str(root)).as_posix() if inside else str(value)
        elif key != "id" and value is not None and isinstance(value, (str, int, float, bool, list, dict)):
            payload[key] = value
    return payload


def stored_payloads(retriever: Any, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`stored_payload` of some records, as a retriever keeps them."""
    return [stored_payload(record, retriever.root_, retriever.captions == "single") for record in records]


def _json_value(value: Any) -> Any:
    """NumPy's numbers as Python's, tuples as lists, dates as text; anything else as it is."""
    if isinstance(value, (np.number, np.bool_)):
        return value.item()
    if isinstance(value, date):
        return value.isoformat() if value == value else None  # pandas' date that is none
    return list(value) if isinstance(value, tuple) else value


def held_content(retriever: Any, modality: str, key: Any) -> Any:
    """What a stored item was described from, None where that is not stored: its text, or the file that holds it.

    Where an extractor looks items up by their names, it is the item's id, and its file where that is known.
    OutsideRootError for a medium that may not be opened.
    """
    content = retriever.payload_.get(key, {}).get(modality)
    opens = opens_items(retriever.extractors_[modality])
    try:
        if isinstance(content, str) and (modality != "text" or content.endswith(".txt")):
            content = retriever.stored_media(content)
    except OutsideRootError:
        if modality != "text":  # a text may end as the name of a file does
            if opens:
                raise
            content = None
    return content if opens else _by_name(modality, content, key)


def shown_payload(payload: Mapping[str, Any], root: str | Path | None = None) -> dict[str, Any]:
    """A copy of a stored payload as it is answered: paths of media below ``root`` are absolute.

    >>> shown_payload({"text": "a dog", "label": ["dog"]}, "/scenes")
    {'text': 'a dog', 'label': ['dog']}
    """
    shown: dict[str, Any] = copied(dict(payload))
    for modality in media.MODALITIES[1:]:
        if isinstance(shown.get(modality), str) and root is not None:
            shown[modality] = below(root, shown[modality])
    return shown


def _caption(path: Path) -> str | None:
    """What a short text file says; None for a long one, which is left where it is, or one that cannot be read."""
    try:
        if path.stat().st_size <= LONGEST_CAPTION:
            return media.text.read_text(path).strip()
    except (OSError, MediaDecodeError):
        pass
    return None


def copied(value: Any) -> Any:
    """A JSON value as `copy.deepcopy` gives it, several times as fast.

    >>> value = {"a": [1, {"b": None}]}
    >>> copied(value) == value, copied(value)["a"] is value["a"]
    (True, False)
    """
    kind = type(value)
    if kind is str or kind is int or kind is float or value is None or kind is bool:
        return value
    if kind is dict and set(map(type, value)) <= {str}:
        return {key: copied(part) for key, part in value.items()}
    return [copied(part) for part in value] if kind is list else copy.deepcopy(value)


def split_pipeline(extractor: Any) -> tuple[Any, list[Any]]:
    """The first step of a pipeline and a list of the others; an extractor by itself and none."""
    if is_of_kind(extractor, "sklearn.pipeline", "Pipeline"):
        steps = [step for _, step in extractor.steps if step not in (None, "passthrough")]
        return steps[0], steps[1:]
    return extractor, []


def _with_id(error: ItemError, modality: str, items: Sequence[Any], ids: Sequence[Any]) -> ItemError:
    for key, item in zip(ids, items, strict=True):
        if media.describe_source(item) == error.item:
            return ItemError(key, f"{modality} {_located(error.reason, item)}")
    return error


def _located(reason: str, item: Any) -> str:
    """The reason, led by the path of what was read."""
    source = str(item)
    if not isinstance(item, media.PATH_TYPES) or "\n" in source or reason.startswith(source):
        return reason
    return f"{source} {reason}" if isinstance(item, PathLike) or Path(source).suffix else reason
