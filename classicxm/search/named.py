"""Indexes by name, as the command line asks for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from classicxm.base import Index
from classicxm.search.sql import table_of
from classicxm.spelling import did_you_mean

__all__ = ["index_of"]

LOCAL = ("exact", "lsh", "hamming", "nearpy", "faiss")
SERVERS = ("postgres", "postgresql", "qdrant", "qdrant+http", "qdrant+https")
KINDS = (
    f"{', '.join(LOCAL)}, faiss:KIND, postgres://USER@HOST/DATABASE, qdrant:FOLDER, qdrant+http://HOST:6333, or "
    "several servers separated by commas"
)


def index_of(name: str, table: str = "items") -> Index | None:
    """An empty index; None for "exact", which the retriever makes itself.

    Parameters
    ----------
    name : str
        "exact", "lsh", "hamming", "nearpy", "faiss", "faiss:hnsw", "qdrant:folder", "qdrant+http://host:6333",
        "postgres://user@host/database?table=recipes", or several servers separated by commas, over which items
        are spread.
    table : str
        What tables and collections of servers are called where the name does not say; other characters than letters,
        digits and underscores become underscores.

    Examples
    --------
    >>> index_of("lsh"), index_of("exact")
    (LSHIndex(), None)
    """
    from classicxm import search

    table = table_of(table)
    if "," in name:
        parts = [index_of(part.strip(), table) for part in name.split(",")]
        return search.ShardedIndex([search.ExactIndex() if part is None else part for part in parts])
    kind, _, rest = name.partition(":")
    if kind not in LOCAL + SERVERS:
        raise ValueError(
            f"unknown index {kind!r}{did_you_mean(kind, LOCAL + SERVERS)}; choose one of {KINDS}"
        )
    if kind in LOCAL:
        return _local(kind, rest, name)
    if kind in ("postgres", "postgresql"):
        url, options = _options(name)
        return search.PgVectorIndex(url, options.get("table", table))
    if kind == "qdrant" and rest:
        return search.QdrantIndex(rest, table)
    if kind in ("qdrant+http", "qdrant+https"):
        url, options = _options(name.removeprefix("qdrant+"))
        return search.QdrantIndex(url, options.get("table", table))
    raise ValueError(f"index must be one of {KINDS}, got {name!r}")


def _local(kind: str, rest: str, name: str) -> Index | None:
    """An index of this process."""
    from classicxm import search

    if kind == "faiss":
        return search.FaissIndex(kind=rest or "flat")
    if rest:
        raise ValueError(f"only faiss has kinds, such as faiss:hnsw, got {name!r}")
    classes = {"lsh": search.LSHIndex, "hamming": search.HammingIndex, "nearpy": search.NearPyIndex}
    return classes[kind]() if kind in classes else None


def _options(url: str) -> tuple[str, dict[str, Any]]:
    """A URL without ``table``, and that."""
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in given if pair[0] != "table"], safe="/")
    return urlunsplit(parts._replace(query=query)), dict(pair for pair in given if pair[0] == "table")
