"""What `QdrantIndex` asks of Qdrant, by whatever way it is reached: points stored, found and forgotten."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["OPENING", "Backend", "Found", "found_point", "plain_vector"]

#: Held while a backend is opened, or let go of by its last holder.
OPENING = threading.Lock()


@dataclass(frozen=True)
class Found:
    """A point: the UUID of its id, its payload, and its vector where that was asked for."""

    number: str
    payload: dict[str, Any]
    vector: list[float] | None = None


class Backend(ABC):
    """What `QdrantIndex` asks of Qdrant."""

    width: int | None = None
    holders = 0  #: indexes that have it open

    def __init__(self) -> None:
        self.writing = threading.RLock()
        self.last_place = 0

    def next_place(self, least: int) -> int:
        """A place after all that were given, at least ``least``."""
        self.last_place = max(self.last_place + 1, least)
        return self.last_place

    @abstractmethod
    def upsert(self, points: Sequence[tuple[str, list[float], dict]], width: int) -> None:
        """Store points."""

    @abstractmethod
    def delete(self, numbers: Sequence[str]) -> None:
        """Delete points."""

    @abstractmethod
    def set_payload(self, number: str, payload: dict) -> None:
        """Replace parts of a payload."""

    @abstractmethod
    def retrieve(self, numbers: Sequence[str], vectors: bool = False) -> list[Found]:
        """Points that are there, in any order."""

    @abstractmethod
    def every(self) -> list[Found]:
        """All points, without vectors."""

    @abstractmethod
    def count(self) -> int:
        """How many there are."""

    @abstractmethod
    def search(
        self, queries: np.ndarray, k: int, allowed: Sequence[str] | None, rule: Any, n_visited: int
    ) -> list[list[Found]]:
        """The nearest points of each query, with vectors."""

    @abstractmethod
    def flush(self, place: int | None) -> None:
        """Have everything on disk; ``place`` is the last one given."""

    @abstractmethod
    def drop(self) -> None:
        """Delete everything."""

    @abstractmethod
    def shut(self) -> None:
        """Let go of files or connections."""

    def close(self) -> None:
        """Let go of it; the last holder shuts it."""
        with OPENING:
            self.holders -= 1
            if self.holders <= 0:
                self.shut()


def found_point(one: Any) -> Found:
    """A point as either library answers with it: the engine and the client name its parts alike.

    >>> from types import SimpleNamespace
    >>> found_point(SimpleNamespace(id=7, payload={"facets": ["a"]}, vector={"": [1.0, 0.0]}))
    Found(number='7', payload={'facets': ['a']}, vector=[1.0, 0.0])
    """
    return Found(str(one.id), one.payload, None if one.vector is None else plain_vector(one.vector))


def plain_vector(vector: Any) -> list[float]:
    """The only vector of a point, which may come under a name.

    >>> plain_vector({"": [0.5]}), plain_vector([0.5])
    ([0.5], [0.5])
    """
    return next(iter(vector.values())) if isinstance(vector, dict) else vector
