"""Describing the items that a retriever learns from: every view once, and which items have all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone

from classicxm.media import MODALITIES
from classicxm.retrieval.description import ItemNote, describe_view, fit_extractor, set_execution
from classicxm.sequences import taken

__all__ = ["PairedViews", "check_extractors", "described_views"]


@dataclass
class PairedViews:
    """Fitted extractors and what they make of all items.

    ``features`` is {modality: (features, rows)}: features (n, n_features) of every item that could be described,
    and which item each row is. ``complete`` (n_items,) marks the items to learn from that have every view.
    """

    complete: np.ndarray
    extractors: dict[str, Any] = field(default_factory=dict)
    features: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    skipped: list[ItemNote] = field(default_factory=list)
    empty: list[ItemNote] = field(default_factory=list)


def check_extractors(extractors: Mapping[str, Any], views: Mapping[str, Any]) -> None:
    """ValueError unless extractors are of known modalities and the views are theirs.

    >>> check_extractors({"smell": None}, {})
    Traceback (most recent call last):
    ValueError: extractors: a modality must be one of text, image, audio, video, got 'smell'
    """
    for modality in extractors:
        if modality not in MODALITIES:
            raise ValueError(
                f"extractors: a modality must be one of {', '.join(MODALITIES)}, got {modality!r}"
            )
    if set(views) != set(extractors):
        raise ValueError(f"views must be {sorted(extractors)}, as the extractors, got {sorted(views)}")


def described_views(
    extractors: Mapping[str, Any],
    views: Mapping[str, Sequence[Any]],
    ids: Sequence[Any],
    learned: np.ndarray,
    execution: Mapping[str, Any],
) -> PairedViews:
    """Clones of extractors fitted on the marked items that have every view, and all items described by them.

    An extractor is fitted on what the extractors before it could describe, so that no view learns from an item that
    is left out of the pairs.

    Parameters
    ----------
    extractors : dict of str to Extractor
    views : dict of str to sequence of n_items, None where an item lacks the modality
    ids : sequence of n_items
        What messages call the items.
    learned : array of bool, shape (n_items,)
    execution : dict
        n_jobs, on_error and cache to set in every extractor; None leaves what it has.

    Raises
    ------
    ValueError
        When no item to learn from has all views.
    """
    check_extractors(extractors, views)
    present = [[item is not None for item in items] for items in views.values()]
    paired = PairedViews(learned & np.all(present, axis=0))
    if not paired.complete.any():
        raise ValueError(f"no item to learn from has all of {', '.join(extractors)}")
    for modality, items in views.items():
        extractor = paired.extractors[modality] = clone(extractors[modality])
        set_execution(extractor, **execution)
        training = np.flatnonzero(paired.complete)
        fit_extractor(extractor, modality, taken(items, training), taken(ids, training))
        given = np.array([i for i, item in enumerate(items) if item is not None], dtype=int)
        view = describe_view(extractor, modality, taken(items, given), taken(ids, given))
        paired.features[modality] = view.features, given[view.kept]
        paired.skipped += view.skipped
        paired.empty += view.empty
        paired.complete[np.setdiff1d(training, given[view.kept])] = False
    return paired
