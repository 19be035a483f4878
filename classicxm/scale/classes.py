"""The classes of items that are learned from, found in shards, and their indicators as one more view of moments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classicxm.labels import class_indicators, label_sets
from classicxm.scale.engines import Engine
from classicxm.scale.statistics import merge

__all__ = ["Classes", "indicators", "learn_classes"]


@dataclass(frozen=True)
class Classes:
    """The labels of some items; None where an item has none, or where there are more than ``most``.

    >>> one = Classes.of(["sea", ["sky", "sea"]], 2)
    >>> sorted(one.labels), one.merge(Classes.of(["wood"], 2)).labels, Classes.of([None], 2).labels
    (['sea', 'sky'], None, None)
    """

    labels: frozenset[Any] | None
    most: int

    @classmethod
    def of(cls, labels: Sequence[Any], most: int) -> Classes:
        """Of one label or list of labels per item, None where an item has none."""
        if any(label is None for label in labels):
            return cls(None, most)
        return cls(frozenset().union(*label_sets(labels)), most)._bounded()

    def merge(self, other: Classes) -> Classes:
        """Those of both."""
        if self.labels is None or other.labels is None:
            return Classes(None, self.most)
        return Classes(self.labels | other.labels, self.most)._bounded()

    def _bounded(self) -> Classes:
        return self if self.labels is None or len(self.labels) <= self.most else Classes(None, self.most)


def learn_classes(
    read: Callable[[str], Sequence[Any]], shards: Sequence[str], engine: Engine, most: int
) -> list[Any] | None:
    """The sorted classes of the items of all shards; None unless all have labels, of 2 to ``most`` classes.

    Parameters
    ----------
    read : callable
        Labels of the items of a shard, by its name; importable by workers.
    shards : sequence of str
    engine : Engine
    most : int
        Moments take the square of the number of classes.
    """
    found = engine.reduce(functools.partial(_classes_of, read, most), merge, shards)
    if found is None or found.labels is None or len(found.labels) < 2:
        return None
    return class_indicators(list(found.labels), len(found.labels))[0].tolist()


def indicators(labels: Sequence[Any], classes: Sequence[Any]) -> np.ndarray:
    """1 where an item has a class, of all classes: float64 (n, n_classes).

    >>> indicators(["b", ["c", "a"]], ["a", "b", "c"]).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """
    every = [*labels, *classes]  # a row per class, so that a shard has the columns of all
    return class_indicators(every, len(every))[1][: len(labels)]


def _classes_of(read: Callable[[str], Sequence[Any]], most: int, shard: str) -> Classes | None:
    labels = read(shard)
    return Classes.of(labels, most) if len(labels) else None
