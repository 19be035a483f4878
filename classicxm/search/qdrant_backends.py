"""The two ways to Qdrant: the engine in this process, and a server through its client."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from classicxm.errors import MissingExtraError
from classicxm.search.qdrant_points import OPENING, Backend, Found, found_point, plain_vector

__all__ = ["EdgeBackend", "ServerBackend", "backend_of"]

#: Points that are read at a time.
PAGE = 5000
#: Seconds that a server may take.
TIMEOUT = 60
#: No token is that; a rule of no parts asks for it.
NOBODY = "\x1f"

_OPEN: WeakValueDictionary[tuple[str, str], Backend] = WeakValueDictionary()


def backend_of(place: str, collection: str, metric: str, index_from: int) -> Backend:
    """The backend of an address or a folder; all indexes of one place in a process share it, as the engine must."""
    remote = "://" in place or place == ":memory:"
    key = (place if remote else str(Path(place).absolute()), collection)
    with OPENING:
        backend = _OPEN.get(key)
        if backend is None or not backend.holders:
            made = ServerBackend(place, collection, metric) if remote else None
            backend = made or EdgeBackend(Path(key[0]) / collection, metric, index_from)
            _OPEN[key] = backend
        backend.holders += 1
        return backend


class EdgeBackend(Backend):
    """The engine in this process. It is built for one owner of its folder at a time."""

    def __init__(self, folder: Path, metric: str, index_from: int) -> None:
        super().__init__()
        try:
            import qdrant_edge
        except ImportError:
            raise MissingExtraError("qdrant", "qdrant-edge-py") from None
        self.edge, self.folder, self.index_from = qdrant_edge, folder, index_from
        self.euclidean = metric == "euclidean"
        self.optimised = 0
        self.shard: Any = None
        if (folder / "edge_config.json").exists() or (folder / "segments").exists():
            self.shard = qdrant_edge.EdgeShard.load(str(folder))
            self.width = next(iter(self.shard_width()), None)

    def shard_width(self) -> list[int]:
        """Dimensions of the stored vectors, from any of them."""
        found, _ = self.shard.scroll(self.edge.ScrollRequest(limit=1, with_vector=True))
        return [len(plain_vector(one.vector)) for one in found]

    def upsert(self, points: Sequence[tuple[str, list[float], dict]], width: int) -> None:
        """Store points; the first make the shard."""
        if self.shard is None:
            distance = self.edge.Distance.Euclid if self.euclidean else self.edge.Distance.Dot
            vectors = self.edge.EdgeVectorParams(width, distance)
            self.folder.mkdir(parents=True, exist_ok=True)
            self.shard = self.edge.EdgeShard.create(str(self.folder), self.edge.EdgeConfig(vectors))
            of_facets = self.edge.UpdateOperation.create_field_index  # or a filter reads every payload
            self.shard.update(of_facets("facets", self.edge.PayloadSchemaType.Keyword))
        self.width = width
        made = [self.edge.Point(number, vector, payload) for number, vector, payload in points]
        self.shard.update(self.edge.UpdateOperation.upsert_points(made))

    def delete(self, numbers: Sequence[str]) -> None:
        """Delete points."""
        if self.shard is not None and numbers:
            self.shard.update(self.edge.UpdateOperation.delete_points(list(numbers)))

    def set_payload(self, number: str, payload: dict) -> None:
        """Replace parts of a payload."""
        self.shard.update(self.edge.UpdateOperation.set_payload([number], payload))

    def retrieve(self, numbers: Sequence[str], vectors: bool = False) -> list[Found]:
        """Points that are there."""
        if self.shard is None or not numbers:
            return []
        return [found_point(one) for one in self.shard.retrieve(list(dict.fromkeys(numbers)), True, vectors)]

    def every(self) -> list[Found]:
        """All points."""
        found: list[Found] = []
        offset = None
        while self.shard is not None:
            page, offset = self.shard.scroll(self.edge.ScrollRequest(offset, PAGE, with_payload=True))
            found += [found_point(one) for one in page]
            if offset is None:
                break
        return found

    def count(self) -> int:
        """How many there are."""
        return 0 if self.shard is None else self.shard.count(self.edge.CountRequest(exact=True))

    def search(
        self, queries: np.ndarray, k: int, allowed: Sequence[str] | None, rule: Any, n_visited: int
    ) -> list[list[Found]]:
        """The nearest points of each query."""
        edge = self.edge
        chosen = None
        if rule is not None or allowed is not None:
            must = [] if rule is None else [self._condition(rule)]
            must += [] if allowed is None else [edge.HasIdCondition(set(allowed))]
            chosen = edge.Filter(must=must)
        if allowed is not None and not allowed:
            return [[] for _ in queries]
        params = edge.SearchParams(hnsw_ef=max(n_visited, k))
        requests = [
            edge.QueryRequest(
                k,
                query=edge.Query.Nearest(one.tolist()),
                with_vector=True,
                with_payload=True,
                filter=chosen,
                params=params,
            )
            for one in queries
        ]
        return [
            [found_point(one) for one in found]
            for found in self.shard.query_batch(edge.QueryBatchRequest(requests))
        ]

    def _condition(self, rule: Any) -> Any:
        edge = self.edge
        if isinstance(rule, str):
            return edge.FieldCondition("facets", match=edge.MatchValue(rule))
        ((joined, parts),) = rule.items()
        made = [self._condition(part) for part in parts]
        if joined == "should" and not made:
            made = [edge.FieldCondition("facets", match=edge.MatchValue(NOBODY))]
        return edge.Filter(**{joined: made})

    def flush(self, place: int | None) -> None:
        """Write to disk, and build HNSW whenever a half more points are there than at the last time."""
        if self.shard is None:
            return
        self.shard.flush()
        n = self.count()
        if n >= self.index_from and n > 1.5 * self.optimised:
            self.shard.optimize()
            self.optimised = n

    def drop(self) -> None:
        """Delete the folder."""
        import shutil

        self.shut()
        self.width = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def shut(self) -> None:
        """Let go of the files."""
        if self.shard is not None:
            self.shard.close()
            self.shard = None


class ServerBackend(Backend):
    """A Qdrant server, through qdrant-client."""

    def __init__(self, url: str, collection: str, metric: str) -> None:
        super().__init__()
        try:
            from qdrant_client import QdrantClient, models
        except ImportError:
            raise MissingExtraError("qdrant", "qdrant-client") from None
        self.models, self.collection, self.euclidean = models, collection, metric == "euclidean"
        key = os.environ.get("QDRANT_API_KEY")
        self.client = QdrantClient(
            url if url == ":memory:" else None,
            url=None if url == ":memory:" else url,
            api_key=key,
            timeout=TIMEOUT,
        )
        if self.client.collection_exists(collection):
            vectors: Any = self.client.get_collection(collection).config.params.vectors
            self.width = vectors.size

    def upsert(self, points: Sequence[tuple[str, list[float], dict]], width: int) -> None:
        """Store points; the first make the collection."""
        if self.width is None:
            distance = self.models.Distance.EUCLID if self.euclidean else self.models.Distance.DOT
            params = self.models.VectorParams(size=width, distance=distance)
            self.client.create_collection(self.collection, vectors_config=params)
            self.client.create_payload_index(self.collection, "facets", self.models.PayloadSchemaType.KEYWORD)
            self.width = width
        made = [
            self.models.PointStruct(id=number, vector=vector, payload=payload)
            for number, vector, payload in points
        ]
        self.client.upsert(self.collection, made, wait=True)

    def delete(self, numbers: Sequence[str]) -> None:
        """Delete points."""
        if self.width is not None and numbers:
            self.client.delete(self.collection, self.models.PointIdsList(points=list(numbers)), wait=True)

    def set_payload(self, number: str, payload: dict) -> None:
        """Replace parts of a payload."""
        self.client.set_payload(self.collection, payload, [number], wait=True)

    def retrieve(self, numbers: Sequence[str], vectors: bool = False) -> list[Found]:
        """Points that are there."""
        if self.width is None or not numbers:
            return []
        ids = list(dict.fromkeys(numbers))
        return [found_point(one) for one in self.client.retrieve(self.collection, ids, True, vectors)]

    def every(self) -> list[Found]:
        """All points."""
        found: list[Found] = []
        offset = None
        while self.width is not None:
            page, offset = self.client.scroll(self.collection, limit=PAGE, offset=offset)
            found += [found_point(one) for one in page]
            if offset is None:
                break
        return found

    def count(self) -> int:
        """How many there are."""
        return 0 if self.width is None else self.client.count(self.collection, exact=True).count

    def search(
        self, queries: np.ndarray, k: int, allowed: Sequence[str] | None, rule: Any, n_visited: int
    ) -> list[list[Found]]:
        """The nearest points of each query."""
        if allowed is not None and not allowed:
            return [[] for _ in queries]
        models = self.models
        must = [] if rule is None else [self._condition(rule)]
        must += [] if allowed is None else [models.HasIdCondition(has_id=list(allowed))]
        requests = [
            models.QueryRequest(
                query=one.tolist(),
                limit=k,
                filter=models.Filter(must=must) if must else None,
                params=models.SearchParams(hnsw_ef=max(n_visited, k)),
                with_payload=True,
                with_vector=True,
            )
            for one in queries
        ]
        answers = self.client.query_batch_points(self.collection, requests)
        return [[found_point(one) for one in answer.points] for answer in answers]

    def _condition(self, rule: Any) -> Any:
        models = self.models
        if isinstance(rule, str):
            return models.FieldCondition(key="facets", match=models.MatchValue(value=rule))
        ((joined, parts),) = rule.items()
        made = [self._condition(part) for part in parts]
        if joined == "should" and not made:
            made = [models.FieldCondition(key="facets", match=models.MatchValue(value=NOBODY))]
        return models.Filter(**{joined: made})

    def flush(self, place: int | None) -> None:
        """A server writes what it acknowledges."""

    def drop(self) -> None:
        """Delete the collection."""
        self.client.delete_collection(self.collection)
        self.width = None

    def shut(self) -> None:
        """Close the connection."""
        self.client.close()
