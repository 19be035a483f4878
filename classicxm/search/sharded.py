"""One index over several: items are placed by a hash of their id, and every search asks all and merges."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.base import Index
from classicxm.errors import ShardFailedError
from classicxm.parameters import Choice, Either, Real, check_parameters
from classicxm.persistence import ESTIMATOR, read_estimator, read_object, write_estimator, write_object
from classicxm.search.answers import Answers
from classicxm.search.conditions import Condition, Facets
from classicxm.search.inputs import (
    check_facets,
    check_held,
    check_ids,
    check_k,
    check_new,
    check_queries,
    check_vectors,
)
from classicxm.search.passwords import HidesPasswords
from classicxm.search.shard_answers import asked_of_all, line_of, merged
from classicxm.search.shard_places import place_of, rows_of_places
from classicxm.search.sql import without_password

__all__ = ["ShardedIndex", "place_of"]

ORDER = "order.jsonl"
CHILD = "shard-{:03d}"


class ShardedIndex(HidesPasswords, Index):
    """Several indexes as one. Where they are exact, its answers are those of one exact index, ties included.

    Ties go to the item added first over all shards, which this index keeps in mind (and in a saved model) for the ids
    that it added; what shards held before comes first, shard by shard.

    Parameters
    ----------
    children : list of Index
        Of this process, or of servers (`PgVectorIndex`, `QdrantIndex`, `RemoteIndex`); all of one metric. They hold
        the items: a clone of this index has clones of them.
    timeout : float or None, default=None
        Seconds that a shard may take to answer a search.
    on_failure : {"answer", "raise"}, default="answer"
        What a search does when a shard fails: answer with what the others found, naming the shard in the answer's
        ``missing`` and in a `ShardMissingWarning`; or raise `ShardFailedError`. Additions and removals always raise.

    Examples
    --------
    >>> from classicxm.search import ExactIndex
    >>> index = ShardedIndex([ExactIndex(), ExactIndex()]).add([[1, 0], [0, 1], [1, 1]], ["a", "b", "c"])
    >>> index.search([[2, 0]], k=2)[0].tolist(), [len(child) for child in index.children]
    ([['a', 'c']], [1, 2])
    """

    parameter_ranges = {
        "timeout": Either(None, Real(0, above=True)),
        "on_failure": Choice("answer", "raise"),
    }

    def __init__(
        self, children: Sequence[Index], timeout: float | None = None, on_failure: str = "answer"
    ) -> None:
        self.children = children
        self.timeout = timeout
        self.on_failure = on_failure

    def __getstate__(self) -> dict[str, Any]:
        """Without the lock and the threads, which belong to a process."""
        return {key: value for key, value in super().__getstate__().items() if not key.startswith("_own")}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def metric(self) -> str:  # type: ignore[override]
        """That of the shards."""
        metrics = sorted({child.metric for child in self.children})
        if len(metrics) != 1:
            raise ValueError(f"children must be one index or more of one metric, got {metrics}")
        return metrics[0]

    @property
    def filters_itself(self) -> bool:  # type: ignore[override]
        """Whether all shards do."""
        return all(child.filters_itself for child in self.children)

    def accepts(self, condition: Condition) -> bool:
        """Whether all shards can apply a condition."""
        return all(child.accepts(condition) for child in self.children)

    @property
    def scored_by(self) -> str:
        """That of the shards."""
        return self.children[0].scored_by

    def of_view(self, modality: str, metric: str) -> ShardedIndex:
        """Shards of one modality of a retriever, under the alignment's metric."""
        children = [child.of_view(modality, metric) for child in self.children]
        return ShardedIndex(children, self.timeout, self.on_failure)

    @property
    def names(self) -> list[str]:
        """What shards are called where they fail: number, kind and place."""
        found = []
        for number, child in enumerate(self.children):
            place = next((str(getattr(child, name)) for name in ("url", "place") if hasattr(child, name)), "")
            found.append(
                f"shard {number} ({type(child).__name__}{' ' + without_password(place) if place else ''})"
            )
        return found

    # Changing

    def add(self, vectors: Any, ids: Any, facets: Sequence[Facets] | None = None) -> ShardedIndex:
        """Add vectors (n, d) under unique ids, each to its shard; what went in is taken out where a shard fails."""
        check_parameters(self)
        _ = self.metric
        vectors, ids = check_vectors(vectors, ids, self._width)
        facets = None if facets is None else check_facets(facets, len(ids))
        with self._lock:
            order = self._order()
            check_new(ids, order)
            done: list[tuple[Index, list[Any]]] = []
            for number, rows in self._placed(ids):
                child, mine = self.children[number], [ids[row] for row in rows]
                given = (
                    {}
                    if facets is None or not child.filters_itself
                    else {"facets": [facets[row] for row in rows]}
                )
                try:
                    child.add(vectors[rows], mine, **given)
                except BaseException as error:
                    for other, added in done:
                        other.remove(added)
                    raise self._failure(number, error) from error
                done.append((child, mine))
            start = self._next_place
            order.update({key: start + n for n, key in enumerate(ids)})
            self.next_place_ = start + len(ids)
            if len(ids):
                self.n_features_in_ = vectors.shape[1]
        return self

    def remove(self, ids: Any) -> ShardedIndex:
        """Forget ids; KeyError for an unknown one, and then none is removed."""
        ids = list(dict.fromkeys(check_ids(ids)))
        with self._lock:
            order = self._order()
            check_held(ids, order)
            for number, rows in self._placed(ids, held=True):
                try:
                    self.children[number].remove([ids[row] for row in rows])
                except Exception as error:
                    raise self._failure(number, error) from error
                for row in rows:
                    del order[ids[row]]
        return self

    def update_facets(self, ids: Any, facets: Sequence[Facets]) -> None:
        """Replace what filters look at of stored items."""
        ids = check_ids(ids)
        facets = check_facets(facets, len(ids))
        for number, rows in self._placed(ids, held=True):
            self.children[number].update_facets([ids[row] for row in rows], [facets[row] for row in rows])

    # Asking

    def __len__(self) -> int:
        return sum(len(child) for child in self.children)

    def __contains__(self, key: object) -> bool:
        return key in self._order()

    def ids(self) -> list[Any]:
        """All ids held, in the order in which they were added."""
        order = self._order()
        return sorted(order, key=order.__getitem__)

    def vectors(self, ids: Any) -> np.ndarray:
        """Vectors (n, d) of stored ids, float64; KeyError for an unknown id."""
        ids = check_ids(ids)
        order = self._order()
        check_held(ids, order)
        rows = np.empty((len(ids), self._width or 0))
        for number, mine in self._placed(ids, held=True):
            rows[mine] = self.children[number].vectors([ids[row] for row in mine])
        return rows

    def insertion_ranks(self, ids: Any) -> np.ndarray:
        """Numbers that order stored ids as they were added; unknown ids come last."""
        order = self._order()
        return np.array([order.get(key, np.iinfo(np.int64).max) for key in ids], np.int64)

    def search(
        self,
        queries: Any,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        where: Condition | None = None,
    ) -> Answers:
        """The k best items of each query over all shards, best first.

        Returns
        -------
        Answers
            ids and scores (n_queries, k), and in ``missing`` the names of shards that failed.
        """
        queries, k = check_queries(queries, self._width), check_k(k)
        allowed = None if allowed is None else check_ids(allowed)
        given = {} if where is None else {"where": where}

        shares: list[Any] = [allowed] * len(self.children)
        if allowed is not None and self._places_by_hash():
            shares = [[] for _ in self.children]
            for key in allowed:
                shares[place_of(key, len(shares))].append(key)

        def asked(number: int) -> tuple[np.ndarray, np.ndarray]:
            return self.children[number].search(queries, k, shares[number], **given)

        found, missing = asked_of_all(asked, self.names, self._threads, self.timeout, self.on_failure)
        return Answers(merged(found, self._order(partly=True) if found else {}, len(queries), k), missing)

    # Places and order

    def _places_by_hash(self) -> bool:
        """Whether everything is where its hash says: what shards held before may be anywhere."""
        self._order(partly=True)
        return hasattr(self, "elsewhere_") and not self.elsewhere_ and not self._only_answering

    def _placed(self, ids: list[Any], held: bool = False) -> Iterator[tuple[int, np.ndarray]]:
        """(shard, rows of its ids), for shards that have any."""
        n = len(self.children)
        if held:
            self._order()
        places = (place_of(key, n) for key in ids)
        if held:
            places = (self.elsewhere_.get(key, place) for key, place in zip(ids, places, strict=True))
        yield from rows_of_places(places, n)

    def _order(self, partly: bool = False) -> dict[Any, int]:
        """The place of every id in the order of addition; learned from the shards when it is first needed.

        With ``partly`` a shard that fails is passed over, and asked again the next time.
        """
        with self._lock:
            if not hasattr(self, "order_"):
                order: dict[Any, int] = {}
                elsewhere: dict[Any, int] = {}
                for number, child in enumerate(self.children):
                    try:
                        keys = [] if getattr(child, "only_answers", False) else child.ids()
                    except Exception as error:
                        if partly:
                            return order
                        raise self._failure(number, error) from error
                    for key in keys:
                        order[key] = len(order)
                        if place_of(key, len(self.children)) != number:
                            elsewhere[key] = number
                self.order_, self.elsewhere_, self.next_place_ = order, elsewhere, len(order)
            return self.order_

    @property
    def _only_answering(self) -> bool:
        return any(getattr(child, "only_answers", False) for child in self.children)

    @property
    def _next_place(self) -> int:
        self._order()
        return self.next_place_

    @property
    def _width(self) -> int | None:
        if not hasattr(self, "n_features_in_"):
            widths = {getattr(child, "n_features_in_", None) for child in self.children} - {None}
            if not widths:
                return None
            self.n_features_in_ = widths.pop()
        return self.n_features_in_

    @property
    def _lock(self) -> threading.RLock:
        return self.__dict__.setdefault("_own_lock", threading.RLock())

    @property
    def _threads(self) -> ThreadPoolExecutor:
        if "_own_threads" not in self.__dict__:
            self._own_threads = ThreadPoolExecutor(max(2, 2 * len(self.children)), "classicxm-shard")
        return self._own_threads

    def _failure(self, number: int, error: BaseException) -> BaseException:
        """Errors of what was given as they are; others with the name of the shard."""
        if isinstance(error, (ValueError, TypeError, KeyError)) or not isinstance(error, Exception):
            return error
        return ShardFailedError(f"{self.names[number]} failed: {line_of(error)}; nothing was changed")

    # Saving

    def write_files(self, folder: Path) -> None:
        """A folder per shard, and the order of the ids."""
        bare = ShardedIndex([], self.timeout, self.on_failure)
        write_estimator(bare, folder / ESTIMATOR)
        with self._lock:
            order = self._order()
            with open(folder / ORDER, "w", encoding="utf-8") as file:
                for key in sorted(order, key=order.__getitem__):
                    file.write(json.dumps([key, self.elsewhere_.get(key)]) + "\n")
            for number, child in enumerate(self.children):
                (folder / CHILD.format(number)).mkdir()
                write_object(child, folder / CHILD.format(number))

    @classmethod
    def read_files(cls, folder: Path, trusted: Sequence[str] = ()) -> ShardedIndex:
        """Read what `write_files` wrote."""
        index = read_estimator(folder / ESTIMATOR, trusted)
        names = sorted(path for path in folder.iterdir() if path.name.startswith("shard-"))
        index.children = [read_object(path, trusted) for path in names]
        with open(folder / ORDER, encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        index.order_ = {key: n for n, (key, _) in enumerate(rows)}
        index.elsewhere_ = {key: number for key, number in rows if number is not None}
        index.next_place_ = len(rows)
        return index
