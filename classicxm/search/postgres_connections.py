"""Connections to a PostgreSQL server with pgvector, checked and set up for searches."""

from __future__ import annotations

from typing import Any

from classicxm.errors import MissingExtraError
from classicxm.search.sql import without_password

__all__ = ["TABLES", "connected"]

OLDEST = (0, 8)
#: The table of all tables: what each holds, and how much.
TABLES = "classicxm_tables"


def connected(url: str, n_visited: int) -> Any:
    """A new connection to a server of a recent pgvector; ConnectionError, of one line, where there is none."""
    psycopg, register_vector = drivers()
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise ConnectionError(
            f"no PostgreSQL at {without_password(url)}: {' '.join(str(error).split())}"
        ) from None
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except psycopg.Error as error:
        connection.close()
        raise ConnectionError(
            f"{without_password(url)} has no pgvector ({' '.join(str(error).split())}); install version "
            "0.8 or later and run: CREATE EXTENSION vector"
        ) from None
    found = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()[0]
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST:
        connection.close()
        raise ConnectionError(
            f"{without_password(url)} has pgvector {found}, which loses filtered answers; install 0.8 or later"
        )
    register_vector(connection)
    connection.execute("LOAD 'vector'")
    connection.execute("SET hnsw.iterative_scan = strict_order")
    connection.execute(f"SET hnsw.ef_search = {int(n_visited)}")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {TABLES} (name text PRIMARY KEY, metric text NOT NULL, width int NOT NULL, "
        "n bigint NOT NULL DEFAULT 0, indexed boolean NOT NULL DEFAULT FALSE)"
    )
    return connection


def drivers() -> tuple[Any, Any]:
    """psycopg, and what teaches its connections vectors."""
    try:
        import psycopg
        from pgvector.psycopg import register_vector
    except ImportError:
        raise MissingExtraError("postgres", "psycopg") from None
    return psycopg, register_vector
