"""Several vectors of one id in an index of any kind; an id is answered once, with the score of its best vector."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from classicxm.base import Index
from classicxm.distances import similarity
from classicxm.parameters import InstanceOf, check_parameters
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

__all__ = ["MultiVectorIndex"]

INNER = "parts"


class MultiVectorIndex(HidesPasswords, Index):
    """Holds one vector or several per id, such as one per caption of a photo.

    The index below holds every vector under a key of its own, the JSON of ``[id, number]``. Where it is exact so are
    the answers: an id's score is that of its best vector, and ties go to the id added first.

    Parameters
    ----------
    index : Index
        What holds the vectors; a clone of this index has a clone of it.

    Examples
    --------
    >>> from classicxm.search import ExactIndex
    >>> index = MultiVectorIndex(ExactIndex()).add_parts([[1, 0], [0, 1], [1, 1]], ["a", "a", "b"])
    >>> index.search([[0, 3]], k=3)[0].tolist(), len(index)
    ([['a', 'b', None]], 2)
    >>> index.best_parts([0, 3], ["a", "b"]), index.vectors(["a"])
    ([1, 0], array([[0.5, 0.5]]))
    """

    parameter_ranges = {"index": InstanceOf(Index)}

    def __init__(self, index: Index) -> None:
        self.index = index

    def __getstate__(self) -> dict[str, Any]:
        """Without the lock, which belongs to a process."""
        return {key: value for key, value in super().__getstate__().items() if key != "_own_lock"}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def metric(self) -> str:  # type: ignore[override]
        """That of the index below."""
        return self.index.metric

    @property
    def scored_by(self) -> str:
        """That of the index below."""
        return self.index.scored_by

    @property
    def filters_itself(self) -> bool:  # type: ignore[override]
        """Whether the index below does."""
        return self.index.filters_itself

    def accepts(self, condition: Condition) -> bool:
        """Whether the index below can look after a condition."""
        return self.index.accepts(condition)

    def of_view(self, modality: str, metric: str) -> MultiVectorIndex:
        """The same over the index of one modality."""
        return MultiVectorIndex(self.index.of_view(modality, metric))

    # Changing

    def add(self, vectors: Any, ids: Any, facets: Sequence[Facets] | None = None) -> Self:
        """Add one vector per id; see `add_parts`."""
        check_vectors(vectors, ids)  # which refuses an id that is given twice
        return self.add_parts(vectors, ids, facets=facets)

    def add_parts(
        self,
        vectors: Any,
        ids: Any,
        numbers: Sequence[int] | None = None,
        facets: Sequence[Facets] | None = None,
    ) -> Self:
        """Add vectors (n, d) under ids that may repeat; all are added or, on an error, none.

        Parameters
        ----------
        vectors : array (n, d)
        ids : sequence of n ids
            None of them is held.
        numbers : sequence of n int, optional
            What the vectors of one id are told apart by; by default 0, 1, ... in their order.
        facets : sequence of n dict, optional
            Of the items, for indexes that look after filters themselves.
        """
        check_parameters(self)
        owners = check_ids(ids)
        told: dict[Any, list[int]] = {}
        for row, key in enumerate(owners):
            mine = told.setdefault(key, [])
            mine.append(len(mine) if numbers is None else int(numbers[row]))
        repeated = [key for key, mine in told.items() if len(set(mine)) < len(mine)]
        if repeated:
            raise ValueError(
                f"id {repeated[0]!r} is given with one number twice; number its vectors, or give it once"
            )
        counts = {key: iter(mine) for key, mine in told.items()}
        keys = [part_key(key, next(counts[key])) for key in owners]
        with self._lock:
            numbered = self._numbers()
            check_new(told, numbered)
            self.index.add(vectors, keys, **({} if facets is None else {"facets": facets}))
            self._keep({**numbered, **told})
        return self

    def remove(self, ids: Any) -> Self:
        """Forget ids with all their vectors; KeyError for an unknown one, and then none is removed."""
        ids = list(dict.fromkeys(check_ids(ids)))
        with self._lock:
            numbered = self._numbers()
            check_held(ids, numbered)
            self.index.remove(self._keys(ids))
            gone = set(ids)
            self._keep({key: mine for key, mine in numbered.items() if key not in gone})
        return self

    def update_facets(self, ids: Any, facets: Sequence[Facets]) -> None:
        """Replace what filters look at of stored items; ids that are not held are passed over."""
        numbered, ids = self._numbers(), check_ids(ids)
        pairs = [
            (part_key(key, number), facet)
            for key, facet in zip(ids, check_facets(facets, len(ids)), strict=True)
            for number in numbered.get(key, ())
        ]
        below: Any = self.index
        below.update_facets([key for key, _ in pairs], [facet for _, facet in pairs])

    # Asking

    def __len__(self) -> int:
        return len(self._numbers())

    def __contains__(self, key: object) -> bool:
        return key in self._numbers()

    def ids(self) -> list[Any]:
        """All ids held, in the order in which they were added."""
        return list(self._numbers())

    @property
    def n_features_in_(self) -> int:
        """Dimensions of the vectors; AttributeError while there are none."""
        return self.index.n_features_in_

    @property
    def n_parts(self) -> int:
        """How many vectors are held."""
        return len(self.index)

    def parts(self, ids: Any) -> tuple[np.ndarray, list[Any], list[int]]:
        """All vectors (n, d) of stored ids, the id of each, and its number."""
        ids = check_ids(ids)
        with self._lock:
            numbered = self._numbers()
            check_held(ids, numbered)
            rows = [(key, number) for key in ids for number in numbered[key]]
            vectors = self.index.vectors([part_key(*row) for row in rows])
        return vectors, [key for key, _ in rows], [number for _, number in rows]

    def vectors(self, ids: Any) -> np.ndarray:
        """The mean (n, d) of each stored id's vectors, float64; KeyError for an unknown id."""
        ids = check_ids(ids)
        vectors, owners, _ = self.parts(ids)
        if len(owners) == len(ids):
            return vectors
        starts, numbered = [0], self._numbers()
        for key in ids:
            starts.append(starts[-1] + len(numbered[key]))
        return np.add.reduceat(vectors, starts[:-1], axis=0) / np.diff(starts)[:, None]

    def insertion_ranks(self, ids: Any) -> np.ndarray:
        """Numbers that order stored ids as they were added; unknown ids come last."""
        rank = {key: n for n, key in enumerate(self._numbers())}
        return np.array([rank.get(key, len(rank)) for key in ids], np.int64)

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """As the index below stores them."""
        return self.index.prepare(vectors)

    def search(
        self,
        queries: Any,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        where: Condition | None = None,
    ) -> Answers:
        """The k best ids of each query (n_queries, d), each with the score of its best vector."""
        queries, k = check_queries(queries, getattr(self.index, "n_features_in_", None)), check_k(k)
        with self._lock:
            numbered, most = self._numbers(), self.most_
        keys = (
            None if allowed is None else self._keys(key for key in set(check_ids(allowed)) if key in numbered)
        )
        given: Any = {} if where is None else {"where": where}
        # k ids have at most k times `most` vectors, so that among so many there are k ids or all there are
        depth = max(1, min(k * most, len(self.index)))
        found = self.index.search(queries, depth, keys, **given)
        ids, scores = np.full((len(queries), k), None, object), np.full((len(queries), k), -np.inf)
        for row, (parts, values) in enumerate(zip(found[0].tolist(), found[1].tolist(), strict=True)):
            best: dict[Any, float] = {}
            for part, value in zip(parts, values, strict=True):
                if part is not None:
                    best.setdefault(owner_of(part), value)
            answer = list(best.items())[:k]
            ids[row, : len(answer)] = [key for key, _ in answer]
            scores[row, : len(answer)] = [value for _, value in answer]
        return Answers.joined((ids, scores), found)

    def best_parts(self, query: Any, ids: Any) -> list[int]:
        """The number of the vector of each stored id that scores best against one query (d,); ties go to the first."""
        vectors, owners, numbers = self.parts(ids)
        scores = similarity(np.asarray(query, np.float64)[None], vectors, self.metric)[0]
        best: dict[Any, tuple[float, int]] = {}
        for key, score, number in zip(owners, scores.tolist(), numbers, strict=True):
            if key not in best or score > best[key][0]:
                best[key] = score, number
        return [best[key][1] for key in check_ids(ids)]

    def _keys(self, ids: Iterable[Any]) -> list[str]:
        numbered = self._numbers()
        return [part_key(key, number) for key in ids for number in numbered[key]]

    def _numbers(self) -> dict[Any, list[int]]:
        """The numbers of every id's vectors, by ids in the order of addition; learned from the index below once."""
        with self._lock:
            if not hasattr(self, "numbers_"):
                numbers: dict[Any, list[int]] = {}
                for key in self.index.ids():
                    owner, number = json.loads(key)
                    numbers.setdefault(owner, []).append(number)
                self._keep(numbers)
            return self.numbers_

    def _keep(self, numbers: dict[Any, list[int]]) -> None:
        """Set the numbers, as a whole, so that a running search keeps those it started with."""
        self.numbers_, self.most_ = numbers, max(map(len, numbers.values()), default=1)

    @property
    def _lock(self) -> threading.RLock:
        return self.__dict__.setdefault("_own_lock", threading.RLock())

    # Saving

    def write_files(self, folder: Path) -> None:
        """The index below in a folder of its own; its keys say what is whose."""
        from classicxm.search.exact import ExactIndex

        write_estimator(MultiVectorIndex(ExactIndex()), folder / ESTIMATOR)
        (folder / INNER).mkdir()
        write_object(self.index, folder / INNER)

    @classmethod
    def read_files(cls, folder: Path, trusted: Sequence[str] = ()) -> MultiVectorIndex:
        """Read what `write_files` wrote."""
        index = read_estimator(folder / ESTIMATOR, trusted)
        index.index = read_object(folder / INNER, trusted)
        return index


def part_key(key: Any, number: int) -> str:
    """The key of one vector of an id.

    >>> part_key("a", 0), part_key(7, 1)
    ('["a", 0]', '[7, 1]')
    """
    return json.dumps([key, number])


def owner_of(key: str) -> Any:
    """The id that a vector's key begins with.

    >>> owner_of('["a", 0]')
    'a'
    """
    return json.loads(key)[0]
