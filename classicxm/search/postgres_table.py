"""The table of an index on PostgreSQL: its name, what is known of it, and how it is made."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from typing import Any

from classicxm.search.postgres_connections import TABLES, connected
from classicxm.search.sql import LONGEST

__all__ = ["PostgresTable"]

#: Columns that pgvector's HNSW takes.
MOST_INDEXED = 2000


class PostgresTable:
    """What `PgVectorIndex` knows of its table, with the connections that it keeps."""

    url: str
    table: str
    metric: str
    index_from: int
    n_links: int
    n_built: int
    n_visited: int

    @property
    def _name(self) -> str:
        if not re.fullmatch(r"[^\W\d]\w*", self.table) or len(self.table.encode()) > LONGEST:
            raise ValueError(
                f"table must be a name of letters, digits and underscores, at most {LONGEST} bytes of UTF-8, "
                f"got {self.table!r:.80}"
            )
        return f'"{self.table}"'

    @property
    def n_features_in_(self) -> int:
        """Dimensions of the vectors held."""
        if self._width is None:
            raise AttributeError("n_features_in_")
        return self._width

    @property
    def _width(self) -> int | None:
        if "_idle_width" not in self.__dict__:
            width, metric = self._fact("width"), self._fact("metric")
            if width is None:
                return None
            if metric != self.metric:
                raise ValueError(
                    f"table {self.table!r} was made for metric {metric!r}, not {self.metric!r}; use that"
                )
            self._idle_width = width
        return self._idle_width

    @property
    def _is_indexed(self) -> bool:
        return bool(self._fact("indexed"))

    def _fact(self, column: str) -> Any:
        with self._connection() as connection:
            asked = f"SELECT {column} FROM {TABLES} WHERE name = %s"
            found = connection.execute(asked, (self.table,)).fetchone()
        return None if found is None else found[0]

    def _locked(self, connection: Any, width: int) -> int:
        """The width of the table, which is made where there is none; other writers wait for this transaction."""
        for _ in range(2):
            asked = f"SELECT width, metric FROM {TABLES} WHERE name = %s FOR UPDATE"
            found = connection.execute(asked, (self.table,)).fetchone()
            if found is not None:
                if found[1] != self.metric:
                    raise ValueError(
                        f"table {self.table!r} was made for metric {found[1]!r}, not {self.metric!r}; use that"
                    )
                return found[0]
            connection.execute(
                f"INSERT INTO {TABLES} (name, metric, width) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (self.table, self.metric, width),
            )
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {self._name} (seq bigint GENERATED ALWAYS AS IDENTITY, id text NOT NULL, "
                f"whole boolean NOT NULL, embedding vector({width}) NOT NULL, facets jsonb NOT NULL, "
                "PRIMARY KEY (id, whole))"
            )
            name = f'"{self.table}_facets"'
            connection.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON {self._name} USING gin (facets jsonb_path_ops)"
            )
        return width

    def _count(self, connection: Any, more: int) -> None:
        connection.execute(f"UPDATE {TABLES} SET n = n + %s WHERE name = %s", (more, self.table))

    def _index_when_large(self) -> None:
        """Make the HNSW index once there are enough rows."""
        if (
            self._width is None
            or self._width > MOST_INDEXED
            or self._is_indexed
            or (self._fact("n") or 0) < self.index_from
        ):
            return
        kind = "vector_l2_ops" if self.metric == "euclidean" else "vector_ip_ops"
        with self._connection() as connection, connection.transaction():
            self._locked(connection, self._width)
            connection.execute(
                f'CREATE INDEX IF NOT EXISTS "{self.table}_hnsw" ON {self._name} USING hnsw (embedding {kind}) '
                f"WITH (m = {int(self.n_links)}, ef_construction = {max(int(self.n_built), 2 * int(self.n_links))})"
            )
            connection.execute(f"UPDATE {TABLES} SET indexed = TRUE WHERE name = %s", (self.table,))
        with self._connection() as connection:
            connection.execute(f"ANALYZE {self._name}")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        """A connection that nobody else uses meanwhile; one that broke is closed, others are kept."""
        idle = self.__dict__.setdefault("_idle", [])
        lock = self.__dict__.setdefault("_idle_lock", threading.Lock())
        with lock:
            connection = idle.pop() if idle else None
        if connection is None or connection.closed:
            connection = self._connected()
        try:
            yield connection
        finally:
            if connection.closed or connection.broken:
                connection.close()
            else:
                with lock:
                    idle.append(connection)

    def _connected(self) -> Any:
        return connected(self.url, self.n_visited)
