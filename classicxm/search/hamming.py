"""Nearest neighbours among binary codes by population count (multi-index lookup: Norouzi et al. 2012)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from classicxm.parameters import Choice, Either, InstanceOf, Integer
from classicxm.search.answers import named, nothing_found
from classicxm.search.base import StoredIndex
from classicxm.search.candidates import candidates
from classicxm.search.codes import (
    HammingScorer,
    hamming_distances,
    nearby,
    packed_signs,
    substrings,
    unpacked_signs,
)
from classicxm.search.growing import appended_rows
from classicxm.search.hash_keys import KEY_BITS, tabled
from classicxm.search.hyperplanes import orthogonal_directions
from classicxm.search.rerank import rerank
from classicxm.search.scan import scan
from classicxm.search.scoring import Scorer, prepare_items
from classicxm.search.segments import Segment, appended, renumbered
from classicxm.search.vector_store import Snapshot

__all__ = ["HammingIndex"]

SCAN_ENTRIES = 2_000_000


class HammingIndex(StoredIndex):
    """Scan packed binary codes; optionally re-rank the nearest of them by real-valued vectors.

    Without re-ranking only the codes are kept, one bit per dimension, and a score is minus the Hamming distance.

    Parameters
    ----------
    n_bits : int or None, default=None
        None takes the sign of every column (a bit is set where the value is positive), which suits the projections
        of `classicxm.hashing`; a number takes the sides of so many random hyperplanes.
    n_reranked : int, default=0
        So many nearest codes (at least k) are re-ranked by `metric`; 0 ranks by Hamming distance alone.
    metric : {"cosine", "correlation", "dot", "euclidean"}, default="cosine"
        Of the re-ranking.
    n_substrings : int, default=0
        Tables of code substrings, with which `within` finds all codes within a short radius without a scan.
    random_state : int, RandomState or None, default=0

    Examples
    --------
    >>> index = HammingIndex().add([[1, 1, 0, 0], [0, 0, 1, 1]], ["a", "b"])
    >>> ids, scores = index.search([[1, 0, 0, 0]], k=2)
    >>> ids.tolist(), scores.tolist()
    ([['a', 'b']], [[-1.0, -3.0]])
    """

    parameter_ranges = {
        "n_bits": Either(None, Integer(1)),
        "n_reranked": Integer(0),
        "metric": Choice("cosine", "correlation", "dot", "euclidean"),
        "n_substrings": Integer(0),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        n_bits: int | None = None,
        n_reranked: int = 0,
        metric: str = "cosine",
        n_substrings: int = 0,
        random_state: int = 0,
    ) -> None:
        self.n_bits = n_bits
        self.n_reranked = n_reranked
        self.metric = metric
        self.n_substrings = n_substrings
        self.random_state = random_state

    @property
    def scored_by(self) -> str:
        """ "hamming", or the metric of the re-ranking."""
        return self.metric if self.n_reranked else "hamming"

    @property
    def store_dtype(self) -> str:  # type: ignore[override] # it depends on the parameters
        """Real vectors are kept only where they are re-ranked."""
        return "float32" if self.n_reranked else "uint8"

    def begin(self, vectors: np.ndarray) -> None:
        """Draw the hyperplanes, if any."""
        d = vectors.shape[1]
        self.code_length_ = self.n_bits or d
        if self.n_substrings and not self.n_substrings <= self.code_length_ <= KEY_BITS * self.n_substrings:
            raise ValueError(
                f"n_substrings must cut {self.code_length_} bits into runs of 1 to {KEY_BITS}, "
                f"got {self.n_substrings}"
            )
        if self.n_bits:
            random = check_random_state(self.random_state)
            self.directions_ = orthogonal_directions(random, self.n_bits, d)

    def encode(self, vectors: np.ndarray) -> np.ndarray:
        """Codes of vectors (n, d) as uint64 words (n, ceil(bits / 64))."""
        with np.errstate(over="ignore", invalid="ignore"):  # only the sign of a product counts
            return packed_signs(vectors @ self.directions_.T if self.n_bits else vectors)

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors as the metric needs them, or only the octets of their codes."""
        return prepare_items(self.metric, vectors) if self.n_reranked else self.encode(vectors).view(np.uint8)

    def restored(self, rows: np.ndarray) -> np.ndarray:
        """Plain vectors, or the signs of codes, turned back from random hyperplanes where there are such."""
        if self.n_reranked:
            return super().restored(rows)
        signs = unpacked_signs(rows)[:, : self.code_length_]
        return signs @ self.directions_ if self.n_bits else signs

    def extended(self, structure: Any, snapshot: Snapshot, start: int) -> tuple[np.ndarray | None, Any]:
        """A growing array of codes (None where the store holds them) and the substring tables."""
        codes, segments = structure or (None, ())
        rows = np.ascontiguousarray(snapshot.vectors[start:])
        words = self.encode(rows) if self.n_reranked else rows.view(np.uint64)
        if self.n_reranked:
            codes = appended_rows(codes, start, words)
        if self.n_substrings:
            keys = tabled(substrings(words, self.code_length_, self.n_substrings)[0])
            segments = appended(segments, Segment.built(keys, start))
        return codes, segments

    def packed(self, structure: Any, kept: np.ndarray) -> tuple[np.ndarray | None, Any]:
        """Codes and tables with the rows numbered anew."""
        codes, segments = structure
        return codes if codes is None else codes[kept], renumbered(segments, kept) if segments else ()

    def search(
        self, queries: np.ndarray, k: int = 10, allowed: Iterable[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest codes, or the best of the `n_reranked` nearest ones; see `ExactIndex.search`.

        Where vectors are held, a filter is answered by scanning those that pass.
        """
        queries, k = self.checked(queries, k)
        snapshot, structure = self.state()
        if snapshot is None:
            return nothing_found(len(queries), k)
        rows = snapshot.living(allowed)
        if self.n_reranked and self.scans_filtered((snapshot, structure), allowed, rows, len(queries)):
            scorer = Scorer(self.metric, queries)
            return named(*scan(scorer, snapshot.vectors, rows, k, SCAN_ENTRIES), snapshot.ids)
        codes = self._codes(snapshot, structure)
        near = max(k, self.n_reranked)
        found = scan(HammingScorer(self._query_codes(queries)), codes, rows, near, SCAN_ENTRIES)
        if self.n_reranked:
            nearest = (one[one >= 0] for one in found[0])
            found = rerank(Scorer(self.metric, queries), snapshot.vectors, nearest, k)
        return named(*found, snapshot.ids)

    def within(self, queries: np.ndarray, radius: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """All codes at most ``radius`` bits away from each query.

        With ``n_substrings`` tables a code within r bits agrees with the query in at least one substring up to
        r // n_substrings bits, so only the buckets of such substrings are looked into, unless a scan is shorter.

        Parameters
        ----------
        queries : array (n_queries, d)
        radius : int, at least 0

        Returns
        -------
        list of (ids, scores), an object and a float array for each query, best first

        Examples
        --------
        >>> index = HammingIndex(n_substrings=2).add([[1, 1, 0, 0], [0, 0, 1, 1]], ["a", "b"])
        >>> [(ids.tolist(), scores.tolist()) for ids, scores in index.within([[1, 0, 0, 0]], 2)]
        [(['a'], [-1.0])]
        """
        if isinstance(radius, bool) or not isinstance(radius, int | np.integer) or radius < 0:
            raise ValueError(f"radius must be an integer of at least 0, got {radius!r}")
        queries, _ = self.checked(queries, 1)
        snapshot, structure = self.state()
        if snapshot is None:
            return [(np.empty(0, object), np.empty(0))] * len(queries)
        codes, words = self._codes(snapshot, structure), self._query_codes(queries)
        answers = []
        for word, rows in zip(
            words, self._near_rows(words, int(radius), snapshot, structure[1]), strict=True
        ):
            distances = hamming_distances(codes[rows], word)
            rows, distances = rows[distances <= radius], distances[distances <= radius]
            order = np.lexsort((rows, distances))
            answers.append((snapshot.ids[rows[order]], -distances[order].astype(float)))
        return answers

    def _near_rows(
        self, words: np.ndarray, radius: int, snapshot: Snapshot, segments: Sequence[Segment]
    ) -> Iterator[np.ndarray]:
        """Yield for each query a superset of the living rows within the radius."""
        if segments:
            parts, lengths = substrings(words, self.code_length_, self.n_substrings)
            each = radius // self.n_substrings
            if sum(_ball_size(length, each) for length in lengths) < len(snapshot.ids):
                masks = [nearby(length, each) for length in lengths]
                flipped = [part[:, None] ^ mask for part, mask in zip(parts.T, masks, strict=True)]
                tables = np.repeat(np.arange(len(masks)), [len(mask) for mask in masks])
                keys = tabled(np.concatenate(flipped, axis=1), tables)
                yield from candidates(segments, keys, snapshot.alive)
                return
        living = snapshot.living()
        yield from [np.arange(len(snapshot.ids)) if living is None else living] * len(words)

    def _codes(self, snapshot: Snapshot, structure: Any) -> np.ndarray:
        if self.n_reranked:
            return structure[0][: len(snapshot.ids)]
        return np.asarray(snapshot.vectors).view(np.uint64)

    def _query_codes(self, queries: np.ndarray) -> np.ndarray:
        return self.encode(prepare_items(self.metric, queries) if self.n_reranked else queries)


def _ball_size(n_bits: int, radius: int) -> int:
    size = term = 1
    for distance in range(1, min(radius, n_bits) + 1):
        term = term * (n_bits - distance + 1) // distance
        size += term
    return size
