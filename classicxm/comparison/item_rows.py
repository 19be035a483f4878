"""Several test rows of one item, such as its single captions: which answer which, and one value per item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classicxm.comparison.captions import single_captions
from classicxm.evaluation.protocols import evaluate
from classicxm.sequences import taken

__all__ = ["ItemRows", "caption_rows", "mean_per_item", "measured_per_item", "row_relevance"]


def row_relevance(
    relevant: np.ndarray, owners: Mapping[str, np.ndarray], source: str, target: str
) -> np.ndarray:
    """Which rows of the target answer which rows of the source: bool (n_queries, n_gallery).

    Parameters
    ----------
    relevant : bool array (n, n)
        Which items answer which.
    owners : dict of str to int array
        The item of every row of a modality; without an entry row i is item i.
    source, target : str
        Modalities.

    Examples
    --------
    >>> row_relevance(np.eye(2, dtype=bool), {"text": np.array([0, 0, 1])}, "image", "text").tolist()
    [[True, True, False], [False, False, True]]
    """
    for axis, modality in enumerate((source, target)):
        if modality in owners:
            relevant = relevant.take(owners[modality], axis=axis)
    return relevant


def mean_per_item(values: np.ndarray, owners: Mapping[str, np.ndarray], source: str) -> np.ndarray:
    """The mean over the queries of every item: (n_items,) of values (n_queries,).

    Queries of one item, such as its captions, are no independent sample; intervals and tests over items stay honest.

    Examples
    --------
    >>> mean_per_item(np.array([1.0, 0.0, 1.0]), {"text": np.array([0, 0, 1])}, "text").tolist()
    [0.5, 1.0]
    """
    if source not in owners:
        return values
    return np.bincount(owners[source], weights=values) / np.bincount(owners[source])


def measured_per_item(
    score: Callable[[np.ndarray], np.ndarray],
    asked: Sequence[tuple[np.ndarray, Sequence[str]]],
    owners: Mapping[str, np.ndarray],
    source: str,
    target: str,
) -> list[np.ndarray]:
    """Values (n_items,) of every measure of one direction.

    Parameters
    ----------
    score : callable
        Scores (n_queries, n_gallery) of rows, given their relevance.
    asked : sequence of (bool array (n_items, n_items), names)
        What is relevant, and the measures of it.
    owners, source, target
        See `row_relevance`.
    """
    values: list[np.ndarray] = []
    for relevant, names in asked:
        truth = row_relevance(relevant, owners, source, target)
        found = evaluate(score(truth), truth, names).values()
        values += [mean_per_item(one, owners, source) for one in found]
    return values


@dataclass(frozen=True)
class ItemRows:
    """What is described, by what name, and the item (a position) that each belongs to."""

    contents: list[Any]
    names: list[Any]
    owners: np.ndarray

    @classmethod
    def of_items(cls, modality: str, records: Sequence[Mapping[str, Any]]) -> ItemRows:
        """One row per item."""
        contents, names = ([record[key] for record in records] for key in (modality, "id"))
        return cls(contents, names, np.arange(len(records)))

    def of(self, rows: np.ndarray) -> ItemRows:
        """Some of them."""
        return ItemRows(taken(self.contents, rows), taken(self.names, rows), self.owners[rows])


def caption_rows(learned: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]]) -> ItemRows | None:
    """Texts that are learned from, and single captions of the others; None where no item has several."""
    rows = ItemRows.of_items("text", learned)
    contents, names, owners = list(rows.contents), list(rows.names), rows.owners.tolist()
    for item, record in enumerate(held, len(learned)):
        captions, own = single_captions([record])
        # a text without a caption stays one row, which then is a zero vector
        for caption, name in zip(captions or [dict(record)], own or [record["id"]], strict=True):
            contents.append(caption["text"])
            names.append(name)
            owners.append(item)
    if len(owners) == len(learned) + len(held):
        return None
    return ItemRows(contents, names, np.array(owners))
