"""Indexes by name, as the command line asks for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from classicxm.base import Index

__all__ = ["index_of"]

KINDS = (
    "exact, lsh, faiss:KIND, postgres://USER@HOST/DATABASE, qdrant:FOLDER, qdrant+http://HOST:6333, or several servers "
    "separated by commas"
)


def index_of(name: str, table: str = "items") -> Index | None:
    """An empty index; None for "exact", which the retriever makes itself.

    Parameters
    ----------
    name : str
        "exact", "lsh", "faiss:hnsw", "postgres://user@host/database?table=recipes", "qdrant:folder",
        "qdrant+http://host:6333", or several servers separated by commas, over which items are spread.
    table : str
        What tables and collections of servers are called where the name does not say.

    Examples
    --------
    >>> index_of("lsh"), index_of("exact")
    (LSHIndex(), None)
    """
    from classicxm import search

    if "," in name:
        parts = [index_of(part.strip(), table) for part in name.split(",")]
        return search.ShardedIndex([search.ExactIndex() if part is None else part for part in parts])
    if name == "exact":
        return None
    if name == "lsh":
        return search.LSHIndex()
    kind, _, rest = name.partition(":")
    if kind == "faiss":
        return search.FaissIndex(rest or "flat")
    if kind in ("postgres", "postgresql"):
        url, options = _options(name)
        return search.PgVectorIndex(url, options.get("table", table))
    if kind == "qdrant" and rest:
        return search.QdrantIndex(rest, table)
    if kind in ("qdrant+http", "qdrant+https"):
        url, options = _options(name.removeprefix("qdrant+"))
        return search.QdrantIndex(url, options.get("table", table))
    raise ValueError(f"index must be {KINDS}, got {name!r}")


def _options(url: str) -> tuple[str, dict[str, Any]]:
    """A URL without ``table``, and that."""
    parts = urlsplit(url)
    given = parse_qs(parts.query)
    table = given.pop("table", None)
    query = "&".join(f"{key}={value}" for key, values in given.items() for value in values)
    return urlunsplit(parts._replace(query=query)), {"table": table[0]} if table else {}
