"""Exact nearest neighbours by scanning every vector in chunks, under any metric of `classicxm.distances`."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from classicxm.distances import METRICS
from classicxm.parameters import Choice, Integer
from classicxm.search.answers import named, nothing_found
from classicxm.search.base import StoredIndex
from classicxm.search.scan import scan
from classicxm.search.scoring import Scorer, prepare_items

__all__ = ["ExactIndex"]


class ExactIndex(StoredIndex):
    """Scan all vectors; the answer is exact, ties go to the item added first.

    Vectors are kept in single precision; scores of pairs are computed from them in double precision.

    Parameters
    ----------
    metric : str, default="cosine"
        A name in `classicxm.distances.METRICS`.
    block_entries : int, default=8_000_000
        Entries of the score matrix held at a time, at most, whatever the numbers of queries and items.

    Examples
    --------
    >>> index = ExactIndex().add([[1, 0], [0, 1], [1, 1]], ["a", "b", "c"])
    >>> ids, scores = index.search([[2, 0]], k=2)
    >>> ids.tolist(), scores.round(4).tolist()
    ([['a', 'c']], [[1.0, 0.7071]])
    """

    parameter_ranges = {"metric": Choice(*METRICS), "block_entries": Integer(1)}

    def __init__(self, metric: str = "cosine", block_entries: int = 8_000_000) -> None:
        self.metric = metric
        self.block_entries = block_entries

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Rows normalised, centred or rooted as the metric needs."""
        return prepare_items(self.metric, vectors)

    def search(
        self, queries: np.ndarray, k: int = 10, allowed: Iterable[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best items of each query, best first.

        Parameters
        ----------
        queries : array (n_queries, d)
        k : int
        allowed : collection of ids, optional
            Only these may be answered; ids that the index does not hold are passed over.

        Returns
        -------
        ids : object array (n_queries, k), None where fewer than k items exist
        scores : float array (n_queries, k), -inf there
        """
        queries, k = self.checked(queries, k)
        snapshot, _ = self.state()
        if snapshot is None:
            return nothing_found(len(queries), k)
        scorer = Scorer(self.metric, queries)
        rows = snapshot.living(allowed)
        return named(*scan(scorer, snapshot.vectors, rows, k, self.block_entries), snapshot.ids)
