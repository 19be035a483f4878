"""Ids, vectors and facets as the rows of a PostgreSQL table, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from classicxm.search.conditions import Facets
from classicxm.search.sql import STAND_IN, UNSTORABLE

__all__ = ["arrays_of", "copy_rows", "jsonb_of", "numbers_of", "objects_of"]


def copy_rows(
    connection: Any,
    name: str,
    keys: Iterable[tuple[str, bool]],
    vectors: Iterable[np.ndarray],
    facets: Iterable[Facets],
) -> None:
    """Append rows to a table by COPY, the quickest way in; ``name`` stands in quotes already."""
    with connection.cursor().copy(
        f"COPY {name} (id, whole, embedding, facets) FROM STDIN WITH (FORMAT BINARY)"
    ) as copied:
        copied.set_types(["text", "bool", "vector", "jsonb"])
        for (key, whole), row, facet in zip(keys, vectors, facets, strict=True):
            copied.write_row((key, whole, row, jsonb_of(facet)))


def arrays_of(keys: list[tuple[str, bool]]) -> list[Any]:
    """The two columns of ids as two arrays.

    >>> arrays_of([("7", True), ("a", False)])
    [['7', 'a'], [True, False]]
    """
    return [[key for key, _ in keys], [whole for _, whole in keys]]


def numbers_of(stored: Any) -> np.ndarray:
    """A vector as pgvector gives it, float32."""
    return np.asarray(stored.to_numpy() if hasattr(stored, "to_numpy") else stored, np.float32)


def objects_of(values: list[Any]) -> np.ndarray:
    """Ids as an array of one dimension, whatever they are."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def jsonb_of(facets: Facets) -> Any:
    """Facets as a jsonb value, of which PostgreSQL takes every character but NUL and surrogates."""
    from psycopg.types.json import Jsonb

    def storable(text: str) -> str:
        return UNSTORABLE.sub(STAND_IN, text)

    return Jsonb(
        {
            storable(key): {kind: [storable(value) for value in values] for kind, values in kinds.items()}
            for key, kinds in facets.items()
        }
    )
