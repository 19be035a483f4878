"""Conditions on what is stored with items, in a form that servers can be asked: tests of plain values, joined.

Values are strings of a few kinds that compare alike everywhere: numbers in digits, dates as ISO 8601, texts composed
and texts folded. `classicxm.retrieval.facets` makes them of payloads, and conditions of filters.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

__all__ = ["AllOf", "AnyOf", "Condition", "Facets", "Negated", "Restricted", "Test", "holds"]

#: What is known of one item: values by key and kind.
Facets = dict[str, dict[str, list[str]]]

KINDS = ("text", "flag", "number", "ordered", "date", "zoned", "moment", "folded")
COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": lambda stored, value: value in stored,
}


@dataclass(frozen=True)
class Test:
    """Whether any value of a kind stored under a key compares so with ``value``.

    ``kind`` is one of "text", "flag", "number" (compared by "="), "ordered" (numbers, by order), "date" (by order),
    "zoned" and "moment" (dates that have a time zone, without it and in UTC, by order) and "folded" (by "contains").
    """

    __test__ = False  # no test of pytest's

    key: str
    kind: str
    operator: str
    value: str


@dataclass(frozen=True)
class AllOf:
    """All of the parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Any of the parts; none of no parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Negated:
    """Not this."""

    part: Condition


Condition = Test | AllOf | AnyOf | Negated


def holds(condition: Condition, facets: Facets) -> bool:
    """Whether an item with these facets passes.

    >>> holds(Negated(Test("year", "ordered", "<", "2000")), {"year": {"ordered": ["1999"]}})
    False
    """
    if isinstance(condition, Negated):
        return not holds(condition.part, facets)
    if isinstance(condition, Test):
        stored = facets.get(condition.key, {}).get(condition.kind, [])
        compare, value = COMPARES[condition.operator], condition.value
        if condition.kind == "ordered":
            return any(compare(Decimal(one), Decimal(value)) for one in stored)
        return any(compare(one, value) for one in stored)
    return (all if isinstance(condition, AllOf) else any)(holds(part, facets) for part in condition.parts)


class Restricted:
    """An index as its searchers see it, all of whose answers pass a condition that the index applies itself."""

    def __init__(self, index: Any, condition: Condition) -> None:
        self.index, self.condition = index, condition
        self.metric, self.filters_itself = index.metric, False

    def search(
        self, queries: Any, k: int = 10, allowed: Collection[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `Index.search`."""
        return self.index.search(queries, k, allowed, where=self.condition)

    def insertion_ranks(self, ids: Sequence[Any]) -> np.ndarray:
        """As `Index.insertion_ranks`."""
        return self.index.insertion_ranks(ids)

    def vectors(self, ids: Sequence[Any]) -> np.ndarray:
        """As `Index.vectors`."""
        return self.index.vectors(ids)

    def ids(self) -> list[Any]:
        """As `Index.ids`: all that are held, whether they pass or not."""
        return self.index.ids()

    def __len__(self) -> int:
        return len(self.index)

    def __contains__(self, key: object) -> bool:
        return key in self.index
