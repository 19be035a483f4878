"""An index that is a table of PostgreSQL with pgvector: rows, filters and transactions are the server's.

Vectors are stored as the metric needs them (unit length for cosine), so that one operator serves; the server finds a
few more than are asked for, by HNSW where the table is large, and their exact scores decide. Every connection sets
``hnsw.iterative_scan``: without it a filtered search silently loses answers. pgvector below 0.8 lacks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from classicxm.parameters import Choice, InstanceOf, Integer, check_parameters
from classicxm.search.answers import nothing_found, padded_rows
from classicxm.search.conditions import Condition, Facets
from classicxm.search.filtered import FEW_QUERIES, scans_allowed, widening
from classicxm.search.inputs import (
    check_facets,
    check_held,
    check_ids,
    check_k,
    check_new,
    check_queries,
    check_vectors,
    is_id,
)
from classicxm.search.postgres_connections import TABLES
from classicxm.search.postgres_rows import arrays_of, copy_rows, jsonb_of, numbers_of, objects_of
from classicxm.search.postgres_table import PostgresTable
from classicxm.search.rerank import best_fetched
from classicxm.search.scoring import Scorer, prepare_items
from classicxm.search.server_index import SPARE, ServerIndex
from classicxm.search.sql import id_columns, id_of, sql_condition

__all__ = ["PgVectorIndex"]

NO_FILTER = "TRUE"
#: Rows that pass a filter are counted up to here, which is more than are scanned and takes the server moments.
MOST_COUNTED = 100_000
#: The largest ``hnsw.ef_search`` that pgvector takes, and its own ``hnsw.max_scan_tuples``.
MOST_VISITED, MOST_SCANNED = 1000, 20_000


class PgVectorIndex(PostgresTable, ServerIndex):
    """A table of a PostgreSQL server with pgvector 0.8 or later.

    Every addition and removal is one transaction: what it acknowledged is there after a crash, and nothing else. The
    table is made by the first addition; another index of the same ``url`` and ``table`` sees the same items.

    Parameters
    ----------
    url : str
        As libpq reads it: ``"postgresql://user@host/database"``. A password in it is not saved with a model; give it in
        ``PGPASSWORD`` or ``~/.pgpass``.
    table : str, default="items"
        Letters, digits and underscores; a retriever adds the modality.
    metric : {"cosine", "correlation", "dot", "euclidean"}, default="cosine"
    index_from : int, default=10_000
        Items from which the table gets an HNSW index; below it every search is exact.
    n_links : int, default=16
    n_built : int, default=64
        Links per item of the HNSW graph (m), and candidates considered while it is built (ef_construction).
    n_visited : int, default=160
        Candidates considered while searching (ef_search).

    Raises
    ------
    MissingExtraError
        Without psycopg and pgvector.
    """

    address, holder, of_process = "url", "table", "_idle"
    parameter_ranges = {
        "url": InstanceOf(str),
        "table": InstanceOf(str),
        "metric": Choice("cosine", "correlation", "dot", "euclidean"),
        "index_from": Integer(0),
        "n_links": Integer(2, 100),
        "n_built": Integer(4, 1000),
        "n_visited": Integer(1, 1000),
    }

    def __init__(
        self,
        url: str,
        table: str = "items",
        metric: str = "cosine",
        index_from: int = 10_000,
        n_links: int = 16,
        n_built: int = 64,
        n_visited: int = 160,
    ) -> None:
        self.url = url
        self.table = table
        self.metric = metric
        self.index_from = index_from
        self.n_links = n_links
        self.n_built = n_built
        self.n_visited = n_visited

    # Changing

    def add(self, vectors: Any, ids: Any, facets: Sequence[Facets] | None = None) -> PgVectorIndex:
        """Add vectors (n, d) under unique ids, with what filters look at; one transaction."""
        check_parameters(self)
        vectors, ids = check_vectors(vectors, ids)
        if not len(ids):
            return self
        prepared = prepare_items(self.metric, vectors)
        keys = [id_columns(key) for key in ids]
        facets = check_facets(facets, len(ids))
        with self._connection() as connection, connection.transaction():
            width = self._locked(connection, vectors.shape[1])
            if width != vectors.shape[1]:
                raise ValueError(f"the index holds vectors of {width} dimensions, got {vectors.shape[1]}")
            again = connection.execute(
                f"SELECT id, whole FROM {self._name} WHERE (id, whole) IN "
                "(SELECT * FROM unnest(%s::text[], %s::boolean[])) ORDER BY seq LIMIT 1",
                arrays_of(keys),
            ).fetchall()
            held = [id_of(*row) for row in again]
            check_new(held, held)
            copy_rows(connection, self._name, keys, prepared, facets)
            self._count(connection, len(ids))
        self._index_when_large()
        return self

    def remove(self, ids: Any) -> PgVectorIndex:
        """Forget ids; KeyError for an unknown one, and then none is removed."""
        ids = list(dict.fromkeys(check_ids(ids)))
        if not ids:
            return self
        if self._width is None:
            check_held(ids, ())
        with self._connection() as connection, connection.transaction():
            self._locked(connection, 0)
            gone = connection.execute(
                f"DELETE FROM {self._name} WHERE (id, whole) IN "
                "(SELECT * FROM unnest(%s::text[], %s::boolean[])) RETURNING id, whole",
                arrays_of([id_columns(key) for key in ids]),
            ).fetchall()
            check_held(ids, {id_of(*row) for row in gone})
            self._count(connection, -len(ids))
        return self

    def update_facets(self, ids: Any, facets: Sequence[Facets]) -> None:
        """Replace what filters look at of stored items; ids that are not held are passed over."""
        keys = [id_columns(key) for key in check_ids(ids)]
        facets = check_facets(facets, len(keys))
        if not keys or self._width is None:
            return
        with self._connection() as connection:
            connection.execute(
                f"UPDATE {self._name} AS t SET facets = n.facets FROM "
                "(SELECT * FROM unnest(%s::text[], %s::boolean[], %s::jsonb[]) AS u(id, whole, facets)) AS n "
                "WHERE t.id = n.id AND t.whole = n.whole",
                (*arrays_of(keys), [jsonb_of(one) for one in facets]),
            )

    def clear(self) -> PgVectorIndex:
        """Drop the table, whatever it holds."""
        with self._connection() as connection, connection.transaction():
            connection.execute(f"DROP TABLE IF EXISTS {self._name}")
            connection.execute(f"DELETE FROM {TABLES} WHERE name = %s", (self.table,))
        self.__dict__.pop("_idle_width", None)
        return self

    # Asking

    def __len__(self) -> int:
        return self._fact("n") or 0

    def __contains__(self, key: object) -> bool:
        if self._width is None or not is_id(key):
            return False
        with self._connection() as connection:
            asked = f"SELECT 1 FROM {self._name} WHERE id = %s AND whole = %s"
            return connection.execute(asked, id_columns(check_ids([key])[0])).fetchone() is not None

    def ids(self) -> list[Any]:
        """All ids held, in the order in which they were added."""
        if self._width is None:
            return []
        with self._connection() as connection:
            return [
                id_of(*row) for row in connection.execute(f"SELECT id, whole FROM {self._name} ORDER BY seq")
            ]

    def vectors(self, ids: Any) -> np.ndarray:
        """Vectors (n, d) of stored ids, float64; KeyError for an unknown id."""
        ids = check_ids(ids)
        found = {key: numbers_of(row) for key, row in self._stored("embedding", ids)}
        check_held(ids, found)
        return np.array([found[key] for key in ids], np.float64).reshape(len(ids), self._width or 0)

    def insertion_ranks(self, ids: Any) -> np.ndarray:
        """Numbers that order stored ids as they were added; unknown ids come last."""
        found = dict(self._stored("seq", check_ids(ids)))
        return np.array([found.get(key, np.iinfo(np.int64).max) for key in ids], np.int64)

    def search(
        self,
        queries: Any,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        where: Condition | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best items of each query, best first; see `ExactIndex.search`.

        ``where`` is a condition on the facets given to `add`, which the server applies.
        """
        queries, k = check_queries(queries, self._width), check_k(k)
        answers = padded_rows(len(queries), k)
        held = len(self)
        if not held or not len(queries):
            return nothing_found(len(queries), k)
        scorer = Scorer(self.metric, queries)
        asked = scorer.queries.astype(np.float32)
        names, given = self._filter(allowed, where)
        further = self._further(names, given, held)
        found = self._nearest(asked, names, given, k + SPARE, further)
        short = [n for n, rows in enumerate(found) if len(rows) < min(k, held)]
        if short and further is not None and self._is_indexed:
            for n, rows in zip(
                short, self._nearest(asked[short], names, given, k + SPARE, None), strict=True
            ):
                found[n] = rows
        ids = np.full((len(queries), k), None, object)
        for n, rows in enumerate(found):
            if not rows:
                continue
            items = np.stack([numbers_of(row[3]) for row in rows])
            order, scores = best_fetched(scorer, n, items, [row[2] for row in rows], k)
            ids[n, : len(order)] = objects_of([id_of(*rows[row][:2]) for row in order])
            answers[1][n, : len(order)] = scores
        return ids, answers[1]

    def _filter(self, allowed: Iterable[Any] | None, where: Condition | None) -> tuple[str, list[Any]]:
        """What follows WHERE, and its parameters."""
        parts, given = [NO_FILTER], []
        if where is not None:
            text, values = sql_condition(where)
            parts.append(text)
            given += values
        if allowed is not None:
            parts.append("(id, whole) IN (SELECT * FROM unnest(%s::text[], %s::boolean[]))")
            given += arrays_of([id_columns(key) for key in check_ids(allowed)])
        return " AND ".join(parts), given

    def _further(self, names: str, given: list[Any], held: int) -> float | None:
        """How many times further HNSW looks behind a filter; None where the rows that pass are scanned.

        The rule is that of every index (`classicxm.search.filtered`), for many queries: the server looks ids up itself.
        """
        if names == NO_FILTER or not self._is_indexed:
            return 1.0
        asked = (
            f"SELECT count(*) FROM (SELECT FROM {self._name} WHERE {names} LIMIT {MOST_COUNTED}) AS passing"
        )
        with self._connection() as connection:
            passing = connection.execute(asked, given).fetchone()[0]
        if scans_allowed(passing, held, FEW_QUERIES + 1, self.n_visited):
            return None
        return widening(passing, held)

    def _nearest(
        self, queries: np.ndarray, names: str, given: list[Any], n: int, further: float | None
    ) -> list[list[tuple[str, bool, int, np.ndarray]]]:
        """(id, whole, seq, vector) of the n nearest rows of each query, in one request; exactly for None."""
        sign = "<->" if self.metric == "euclidean" else "<#>"
        columns = "id, whole, seq, embedding"
        scanned = f"WITH passing AS MATERIALIZED (SELECT {columns} FROM {self._name} WHERE {names}) "
        source = "passing" if further is None else f"{self._name} WHERE {names}"
        asked = (
            f"{scanned if further is None else ''}"
            f"SELECT q.n, r.id, r.whole, r.seq, r.embedding FROM unnest(%s::vector[]) WITH ORDINALITY AS q(v, n), "
            f"LATERAL (SELECT {columns} FROM {source} ORDER BY embedding {sign} q.v, seq LIMIT %s) AS r"
        )
        values = (*given, list(queries), n) if further is None else (list(queries), *given, n)
        found: list[list[Any]] = [[] for _ in range(len(queries))]
        with self._connection() as connection, connection.transaction():
            if further is not None and further > 1:
                visited = min(MOST_VISITED, int(self.n_visited * further))
                connection.execute(f"SET LOCAL hnsw.ef_search = {visited}")
                connection.execute(
                    f"SET LOCAL hnsw.max_scan_tuples = {max(MOST_SCANNED, int(4 * n * further))}"
                )
            for number, *row in connection.execute(asked, values, binary=True):
                found[number - 1].append(tuple(row))
        return found

    def _stored(self, column: str, ids: list[Any]) -> Iterator[tuple[Any, Any]]:
        if self._width is None or not ids:
            return
        asked = (
            f"SELECT id, whole, {column} FROM {self._name} WHERE (id, whole) IN "
            "(SELECT * FROM unnest(%s::text[], %s::boolean[]))"
        )
        with self._connection() as connection:
            for key, whole, value in connection.execute(
                asked, arrays_of([id_columns(key) for key in ids])
            ).fetchall():
                yield id_of(key, whole), value
