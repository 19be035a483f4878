"""From items to feature matrices, one view a modality: fitting and describing with item ids in every message."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from classicxm import media
from classicxm.base import Extractor
from classicxm.errors import EmptyDescriptionWarning, IgnoredSettingWarning, ItemError, UnpairedViewsError
from classicxm.execution import describe_items
from classicxm.late_kinds import is_of_kind
from classicxm.parameters import N_JOBS
from classicxm.sequences import listed

__all__ = [
    "ItemNote",
    "View",
    "check_payloads",
    "describe_view",
    "equal_lengths",
    "fit_extractor",
    "set_execution",
    "split_pipeline",
    "stored_payload",
    "warn_of_empty",
]


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
        if getattr(first, ignored, None) != settings[ignored]:
            warnings.warn(
                f"{type(first).__name__} takes no {ignored}, so {ignored}={settings[ignored]!r} does not reach it; "
                f"give its __init__ the parameter, as Extractor says",
                IgnoredSettingWarning,
                stacklevel=2,
            )


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
    skipped, empty : list of ItemNote
        Items left out, and items kept as zero vectors because there was nothing to describe.
    """

    features: np.ndarray
    kept: np.ndarray
    skipped: list = field(default_factory=list)
    empty: list = field(default_factory=list)


def describe_view(extractor: Any, modality: str, items: Sequence[Any], ids: Sequence[Any]) -> View:
    """Describe items by a fitted extractor, or by a pipeline that begins with one, as a `View`."""
    items = listed(items, f"{modality} items")
    first, rest = split_pipeline(extractor)
    if not isinstance(first, Extractor):
        return View(extractor.transform(items), np.arange(len(items)))
    try:
        features, report = describe_items(first, items)
    except ItemError as error:
        raise _with_id(error, modality, items, ids) from None
    for step in rest if len(features) else ():
        features = step.transform(features)
    notes = [
        [ItemNote(ids[one.row], modality, _located(one.reason, items[one.row])) for one in listed]
        for listed in (report.failures, report.empty)
    ]
    return View(features, report.kept, *notes)


def warn_of_empty(modality: str, notes: Sequence[ItemNote], n_items: int) -> None:
    """One warning for queries in which there was nothing to describe."""
    if notes:
        many = "" if n_items == 1 else f" (of {len(notes)} of {n_items} queries)"
        warnings.warn(
            f"nothing that the model knows is in the {modality} {notes[0].id}{many}: {notes[0].reason}; what is "
            "answered does not depend on it",
            EmptyDescriptionWarning,
            stacklevel=3,
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


def stored_payload(record: Mapping[str, Any], root: str | Path | None = None) -> dict[str, Any]:
    """What is kept of a collection's record and comes back with every hit: its JSON values, paths as text.

    Paths below ``root`` are relative to it, so that the collection can move.
    """
    payload: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, Path):
            inside = root is not None and value.is_relative_to(root)
            payload[key] = value.relative_to(str(root)).as_posix() if inside else str(value)
        elif key != "id" and value is not None and isinstance(value, (str, int, float, bool, list, dict)):
            payload[key] = value
    return payload


def check_payloads(ids: Sequence[Any], payloads: Sequence[Any]) -> None:
    """TypeError for the first payload that is no dict of JSON values, which could not be saved."""
    for key, payload in zip(ids, payloads, strict=True):
        if not isinstance(payload, dict):
            raise TypeError(f"item {key!r}: a payload must be a dict of JSON values, got {payload!r:.80}")
        try:
            json.dumps(payload)
        except (TypeError, ValueError) as error:
            reason = (
                f"item {key!r}: a payload must hold JSON values only ({error}); convert or leave out the rest"
            )
            raise TypeError(reason) from None


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
