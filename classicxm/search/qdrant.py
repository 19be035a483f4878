"""An index kept by Qdrant: its engine in this process, or a server asked through its client.

Points are numbered by a digest of the id, which Qdrant does not take as it is; the id, the place in the order and what
filters look at stand in the point's payload.
"""

from __future__ import annotations

import copy
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.parameters import Choice, InstanceOf, Integer, check_parameters
from classicxm.search.answers import nothing_found, padded_rows
from classicxm.search.conditions import AllOf, Condition, Facets, Negated, Test
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
from classicxm.search.qdrant_backends import backend_of
from classicxm.search.qdrant_points import Backend, Found
from classicxm.search.rerank import best_fetched
from classicxm.search.scoring import Scorer, prepare_items
from classicxm.search.server_index import SPARE, ServerIndex
from classicxm.search.sql import id_columns, id_of

__all__ = ["QdrantIndex"]

#: Points sent at a time.
BATCH = 1000
#: Kinds of facets that are compared by equality, which Qdrant does to the letter.
EQUAL_KINDS = ("text", "flag", "number")


class QdrantIndex(ServerIndex):
    """Points of a Qdrant collection.

    An addition or removal is on disk when it returns. It is not one transaction: a crash amid an addition of many may
    leave some of them.

    Parameters
    ----------
    place : str
        A folder for the engine in this process (extra ``qdrant``), which one process may use at a time; or the address
        of a server such as ``"http://host:6333"``, asked by ``qdrant-client``. ``QDRANT_API_KEY`` is sent where it is
        set.
    collection : str, default="items"
        A retriever adds the modality.
    metric : {"cosine", "correlation", "dot", "euclidean"}, default="cosine"
    index_from : int, default=10_000
        Points from which the engine builds its HNSW index; below, every search is exact.
    n_visited : int, default=128
        Candidates considered while searching (hnsw_ef).

    Notes
    -----
    Of filters Qdrant applies those made of ``=`` and ``!=``; others are turned into the ids that pass.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     index = QdrantIndex(folder).add([[1, 0], [0, 1], [1, 1]], ["a", "b", "c"])
    ...     ids, scores = index.search([[2, 0]], k=2)
    ...     index.close()
    >>> ids.tolist(), scores.round(4).tolist()
    ([['a', 'c']], [[1.0, 0.7071]])
    """

    address, holder, of_process = "place", "collection", "_open"
    parameter_ranges = {
        "place": InstanceOf(str),
        "collection": InstanceOf(str),
        "metric": Choice("cosine", "correlation", "dot", "euclidean"),
        "index_from": Integer(1),
        "n_visited": Integer(1),
    }

    def __init__(
        self,
        place: str,
        collection: str = "items",
        metric: str = "cosine",
        index_from: int = 10_000,
        n_visited: int = 128,
    ) -> None:
        self.place = place
        self.collection = collection
        self.metric = metric
        self.index_from = index_from
        self.n_visited = n_visited

    @property
    def _backend(self) -> Backend:
        with self.__dict__.setdefault("_open_lock", threading.RLock()):
            if "_open_backend" not in self.__dict__:
                self._open_backend = backend_of(self.place, self.collection, self.metric, self.index_from)
            return self._open_backend

    def close(self) -> None:
        """Let go of the engine's files, or of the connection; the next use opens them again."""
        backend = self.__dict__.pop("_open_backend", None)
        if backend is not None:
            backend.close()

    # Changing

    def add(self, vectors: Any, ids: Any, facets: Sequence[Facets] | None = None) -> QdrantIndex:
        """Add vectors (n, d) under unique ids, with what filters look at."""
        check_parameters(self)
        vectors, ids = check_vectors(vectors, ids, self._backend.width)
        if not len(ids):
            return self
        facets = check_facets(facets, len(ids))
        backend = self._backend
        with backend.writing:
            known = {one.number for one in backend.retrieve([_number(key) for key in ids])}
            check_new(ids, {key for key in ids if _number(key) in known})
            first = backend.next_place(time.time_ns())
            rows = prepare_items(self.metric, vectors)
            points = [
                (_number(key), row.tolist(), _payload(key, first + n, facet))
                for n, (key, row, facet) in enumerate(zip(ids, rows, facets, strict=True))
            ]
            try:
                for start in range(0, len(points), BATCH):
                    backend.upsert(points[start : start + BATCH], vectors.shape[1])
            except BaseException:
                backend.delete([number for number, _, _ in points])
                raise
            backend.flush(first + len(ids) - 1)
        return self

    def remove(self, ids: Any) -> QdrantIndex:
        """Forget ids; KeyError for an unknown one, and then none is removed."""
        ids = list(dict.fromkeys(check_ids(ids)))
        backend = self._backend
        with backend.writing:
            self._known(ids)
            backend.delete([_number(key) for key in ids])
            backend.flush(None)
        return self

    def update_facets(self, ids: Any, facets: Sequence[Facets]) -> None:
        """Replace what filters look at of stored items; ids that are not held are passed over."""
        backend, ids = self._backend, check_ids(ids)
        facets = check_facets(facets, len(ids))
        held = {one.number for one in backend.retrieve([_number(key) for key in ids])}
        for key, facet in zip(ids, facets, strict=True):
            if _number(key) in held:
                backend.set_payload(_number(key), {"facets": _tokens(facet)})
        backend.flush(None)

    def clear(self) -> QdrantIndex:
        """Delete the collection, whatever it holds."""
        self._backend.drop()
        self.close()
        return self

    # Asking

    def accepts(self, condition: Condition) -> bool:
        """Whether Qdrant can apply a condition: tests of equality are all that it does to the letter."""
        if isinstance(condition, Test):
            return condition.kind in EQUAL_KINDS
        if isinstance(condition, Negated):
            return self.accepts(condition.part)
        return all(self.accepts(part) for part in condition.parts)

    def __len__(self) -> int:
        return self._backend.count()

    def __contains__(self, key: object) -> bool:
        if not is_id(key):
            return False
        return bool(self._backend.retrieve([_number(check_ids([key])[0])]))

    def ids(self) -> list[Any]:
        """All ids held, in the order in which they were added."""
        return [_id(one) for one in sorted(self._backend.every(), key=lambda one: one.payload["place"])]

    def vectors(self, ids: Any) -> np.ndarray:
        """Vectors (n, d) of stored ids, float64; KeyError for an unknown id."""
        ids = check_ids(ids)
        found = {one.number: one.vector for one in self._known(ids, vectors=True)}
        rows = [found[_number(key)] for key in ids]
        return np.array(rows, np.float64).reshape(len(ids), self._backend.width or 0)

    def insertion_ranks(self, ids: Any) -> np.ndarray:
        """Numbers that order stored ids as they were added; unknown ids come last."""
        ids = check_ids(ids)
        found = {
            one.number: one.payload["place"] for one in self._backend.retrieve([_number(key) for key in ids])
        }
        return np.array([found.get(_number(key), np.iinfo(np.int64).max) for key in ids], np.int64)

    def search(
        self,
        queries: Any,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        where: Condition | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best items of each query, best first; see `ExactIndex.search`."""
        backend = self._backend
        queries, k = check_queries(queries, backend.width), check_k(k)
        ids, scores = np.full((len(queries), k), None, object), padded_rows(len(queries), k)[1]
        held = backend.count()
        if not held or not len(queries):
            return nothing_found(len(queries), k)
        scorer = Scorer(self.metric, queries)
        asked = scorer.queries.astype(np.float32)
        allowed = None if allowed is None else [_number(key) for key in check_ids(allowed)]
        wanted = min(k + SPARE, held)
        rule = None if where is None else _rule(where)
        found = backend.search(asked, wanted, allowed, rule, self.n_visited)
        for n, points in enumerate(found):
            if not points:
                continue
            items = np.array([one.vector for one in points], np.float32)
            places = [one.payload["place"] for one in points]
            order, scores[n, : min(k, len(points))] = best_fetched(scorer, n, items, places, k)
            for place, point in enumerate(order):
                ids[n, place] = _id(points[point])
        return ids, scores

    def _known(self, ids: list[Any], vectors: bool = False) -> list[Found]:
        found = self._backend.retrieve([_number(key) for key in ids], vectors)
        there = {one.number for one in found}
        check_held(ids, {key for key in ids if _number(key) in there})
        return found

    # Saving

    def write_files(self, folder: Path) -> None:
        """Where the points are, from wherever it is read; they stay there."""
        bare = copy.copy(self)
        if "://" not in bare.place and bare.place != ":memory:":
            bare.place = str(Path(bare.place).absolute())
        ServerIndex.write_files(bare, folder)


def _number(key: str | int) -> str:
    """A UUID that stands for an id; ``"7"`` and ``7`` have two."""
    text, whole = id_columns(key)
    return str(uuid.UUID(bytes=blake2b(f"{int(whole)}{text}".encode(), digest_size=16).digest()))


def _payload(key: str | int, place: int, facets: Facets) -> dict[str, Any]:
    text, whole = id_columns(key)
    return {"key": text, "whole": whole, "place": place, "facets": _tokens(facets)}


def _id(found: Found) -> str | int:
    return id_of(found.payload["key"], found.payload["whole"])


def _tokens(facets: Facets) -> list[str]:
    """One text for each value that may be tested for equality."""
    return [
        _token(key, kind, value)
        for key, kinds in facets.items()
        for kind in EQUAL_KINDS
        for value in kinds.get(kind, ())
    ]


def _token(key: str, kind: str, value: str) -> str:
    return "\x1f".join(id_columns(part)[0] for part in (key, kind, value))


def _rule(condition: Condition) -> dict[str, Any] | str:
    """A condition as tokens joined by "must", "should" and "must_not"."""
    if isinstance(condition, Test):
        return _token(condition.key, condition.kind, condition.value)
    if isinstance(condition, Negated):
        return {"must_not": [_rule(condition.part)]}
    return {"must" if isinstance(condition, AllOf) else "should": [_rule(part) for part in condition.parts]}
