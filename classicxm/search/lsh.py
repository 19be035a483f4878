"""Approximate nearest neighbours by locality-sensitive hashing: many tables, multi-probe, exact re-ranking."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state

from classicxm.parameters import Boolean, Choice, Either, InstanceOf, Integer
from classicxm.search.answers import named, nothing_found, padded_rows
from classicxm.search.base import StoredIndex
from classicxm.search.candidates import candidates, candidates_of_one
from classicxm.search.cross_polytope import CrossPolytopes
from classicxm.search.filtered import widening
from classicxm.search.hash_keys import MAX_TABLES, HashFamily, keyed
from classicxm.search.hyperplanes import Hyperplanes
from classicxm.search.multiprobe import probes
from classicxm.search.p_stable import StableProjections
from classicxm.search.quantised import QuantisedRows
from classicxm.search.rerank import rerank, rerank_one
from classicxm.search.scan import scan
from classicxm.search.scoring import UNIT_LENGTH, Scorer, prepare_items
from classicxm.search.segments import Segment, appended, read_segment, renumbered, write_segment
from classicxm.search.vector_store import Snapshot

__all__ = ["LSHIndex"]

#: Where so few rows may be answered they are all scanned, which takes no longer.
SCANNED_ROWS = 2000
#: Probes are widened by this factor, this often, for queries that found too little, before all rows are scanned.
WIDENING, WIDENED = 8, 2
#: With a filter, the share of the candidates met without one that has to be met among those that pass.
ENOUGH = 0.5
#: Queries hashed together.
QUERY_BLOCK = 1024
SCAN_ENTRIES = 8_000_000
# Microseconds that decide between scanning and probing: per query, and per call shared by its queries; per row
# scanned alike (one query waits for memory, many share what is read); per candidate, its probe included.
SCAN_COST, ROW_COST, LONE_ROW_COST = 40, 0.0025, 0.01
PROBED_COST, LONE_PROBED_COST, CANDIDATE_COST = 30, 70, 0.08


class LSHIndex(StoredIndex):
    """Hash tables whose buckets hold near neighbours together; candidates are re-ranked by the exact score.

    Every query looks into the `n_probes` most promising buckets of all tables (Lv et al. 2007). A query that finds
    fewer than k candidates looks into more, and then scans, so that k answers come wherever k items exist.
    Where scanning everything takes less time than that, the index scans, and `scans` says so.
    Items are added and removed without rebuilding.

    Parameters
    ----------
    metric : {"cosine", "correlation", "euclidean"}, default="cosine"
    hashing : {"auto", "hyperplanes", "stable", "cross_polytope"}, default="auto"
        Random hyperplanes or cross-polytopes for cosine and correlation, p-stable projections for any; "auto" is
        hyperplanes, and p-stable for euclidean.
    n_tables : int, default=16
    n_bits : int, default=16
        Bits of a table's key; for p-stable projections, directions. More make smaller buckets: log2 of the number
        of items is a good start.
    n_probes : int, default=200
        Buckets a query looks into, over all tables together. More find more and take longer.
    scan : {"auto", "never"}, default="auto"
        Whether queries are answered by scanning, exactly, where that is expected to be faster; "never" leaves this
        to queries for which too little is found, and to filters (`classicxm.search.filtered`).
    center : bool, default=False
        Hash vectors around the mean of those added first; for data that lie to one side of the origin.
    random_state : int, RandomState or None, default=0

    Attributes
    ----------
    family_ : the hash functions
    center_ : array (d,)
        What is subtracted before hashing.

    References
    ----------
    Charikar 2002; Datar et al. 2004; Lv et al. 2007; Andoni et al. 2015.

    Examples
    --------
    >>> index = LSHIndex().add([[1, 0], [0, 1], [1, 1]], ["a", "b", "c"])
    >>> index.search([[2, 0]], k=2)[0].tolist()
    [['a', 'c']]
    """

    #: What indexes have that were saved before this parameter was there.
    scan: str = "auto"

    parameter_ranges = {
        "metric": Choice("cosine", "correlation", "euclidean"),
        "hashing": Choice("auto", "hyperplanes", "stable", "cross_polytope"),
        "n_tables": Integer(1, MAX_TABLES),
        "n_bits": Integer(1, 48),
        "n_probes": Integer(1),
        "scan": Choice("auto", "never"),
        "center": Boolean(),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        metric: str = "cosine",
        hashing: str = "auto",
        n_tables: int = 16,
        n_bits: int = 16,
        n_probes: int = 200,
        scan: str = "auto",
        center: bool = False,
        random_state: int = 0,
    ) -> None:
        self.metric = metric
        self.hashing = hashing
        self.n_tables = n_tables
        self.n_bits = n_bits
        self.n_probes = n_probes
        self.scan = scan
        self.center = center
        self.random_state = random_state

    @classmethod
    def tuned(
        cls,
        vectors: np.ndarray,
        recall: float = 0.9,
        k: int = 10,
        queries: np.ndarray | None = None,
        **parameters: Any,
    ) -> Self:
        """An empty index whose tables, bits and probes reach a recall at the least cost.

        Settings are judged by queries that are some of the vectors, against their exact neighbours among all
        others; see `classicxm.search.tuning.tuned_parameters`.

        Parameters
        ----------
        vectors : array (n, d)
            What the index is going to hold, or a sample of it of like size.
        recall : float in (0, 1], default=0.9
            Share of the k exact neighbours that searching has to find.
        k : int, default=10
        queries : array (n_queries, d), optional
            Queries like those to come, where these are not distributed as the vectors are.
        **parameters
            Of LSHIndex, other than n_tables, n_bits and n_probes.

        Examples
        --------
        >>> vectors = np.random.default_rng(0).standard_normal((500, 8))
        >>> index = LSHIndex.tuned(vectors, recall=0.8).add(vectors, range(500))
        """
        from classicxm.search.tuning import tuned_parameters

        return cls(**parameters).set_params(
            **tuned_parameters(cls(**parameters), vectors, recall, k, queries)
        )

    def begin(self, vectors: np.ndarray) -> None:
        """Draw the hash functions for vectors like these."""
        hashing = self.hashing
        if hashing == "auto":
            hashing = "stable" if self.metric == "euclidean" else "hyperplanes"
        if self.metric == "euclidean" and hashing != "stable":
            raise ValueError(f"{hashing} hashes angles; for euclidean take hashing='stable' or 'auto'")
        random = check_random_state(self.random_state)
        prepared = self.prepare(vectors)
        d = prepared.shape[1]
        self.center_ = prepared.mean(axis=0) if self.center else np.zeros(d, np.float32)
        if hashing == "stable":
            self.family_: HashFamily = StableProjections.drawn(
                random, prepared - self.center_, self.n_tables, self.n_bits
            )
        else:
            kind: type[Hyperplanes] | type[CrossPolytopes] = (
                Hyperplanes if hashing == "hyperplanes" else CrossPolytopes
            )
            self.family_ = kind.drawn(random, d, self.n_tables, self.n_bits)

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Rows normalised or centred as the metric needs."""
        return prepare_items(self.metric, vectors)

    def hashed(self, vectors: np.ndarray) -> np.ndarray:
        """Prepared vectors in the form that is hashed."""
        return vectors - self.center_ if self.center else vectors

    def extended(self, structure: Any, snapshot: Snapshot, start: int) -> Any:
        """Segments with one more for the new rows, and these rounded where the metric is of unit vectors."""
        segments, rounded = structure or ((), None)
        vectors = np.asarray(snapshot.vectors[start:])
        if self.metric in UNIT_LENGTH:
            rounded = QuantisedRows.extended(rounded, start, vectors)
        return appended(segments, Segment.built(keyed(self.family_, self.hashed(vectors)), start)), rounded

    def packed(self, structure: Any, kept: np.ndarray) -> Any:
        """Segments and rounded vectors with the rows numbered anew."""
        segments, rounded = structure
        return renumbered(segments, kept), rounded and rounded.kept(kept)

    def search(
        self, queries: np.ndarray, k: int = 10, allowed: Iterable[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best items that the tables lead to, best first; see `ExactIndex.search`."""
        queries, k = self.checked(queries, k)
        snapshot, structure = self.state()
        if snapshot is None:
            return nothing_found(len(queries), k)
        rows = snapshot.living(allowed)
        scorer = Scorer(self.metric, queries)
        n_rows = len(snapshot.ids) if rows is None else len(rows)
        filtered = self.scans_filtered((snapshot, structure), allowed, rows, len(queries))
        n = (
            n_rows if allowed is None else snapshot.n_living
        )  # removed items left their neighbours where they were
        fast = self.scan == "auto" and self._scanning_wins(structure, n_rows, n, len(queries))
        if n_rows <= k or filtered or fast:
            return named(*scan(scorer, snapshot.vectors, rows, k, SCAN_ENTRIES), snapshot.ids)
        mask = None
        if rows is not None:
            mask = snapshot.alive
            if allowed is not None:
                mask = np.zeros(len(snapshot.ids), bool)
                mask[rows] = True
        further = widening(n_rows, n)
        enough = k if further == 1 else max(k, int(self.n_compared(structure, n_rows) * ENOUGH))
        if len(queries) == 1:
            found = self._probed_one(scorer, snapshot.vectors, structure, k, mask, further, enough)
            if found is None:
                found = scan(scorer, snapshot.vectors, rows, k, SCAN_ENTRIES)
            return named(*found, snapshot.ids)
        answers, short = padded_rows(len(queries), k), np.zeros(len(queries), bool)
        for start in range(0, len(queries), QUERY_BLOCK):
            block = slice(start, start + QUERY_BLOCK)
            found, short[block] = self._probed(
                scorer.part(block), snapshot.vectors, structure, k, mask, further, enough
            )
            answers[0][block], answers[1][block] = found
        if short.any():
            found = scan(scorer.part(np.flatnonzero(short)), snapshot.vectors, rows, k, SCAN_ENTRIES)
            answers[0][short], answers[1][short] = found
        return named(*answers, snapshot.ids)

    def scans(self, n_queries: int = 1) -> bool:
        """Whether so many queries at a time, any item being allowed, are answered by scanning: exactly.

        >>> LSHIndex().add(np.eye(9), range(9)).scans()
        True
        """
        snapshot, structure = self.state()
        if snapshot is None or self.scan == "never":
            return False
        return self._scanning_wins(structure, len(self), len(self), n_queries)

    def n_compared(self, structure: Any, n: int) -> float:
        """Items in the buckets that are looked into."""
        return min(n, self._n_met(structure))

    def _n_met(self, structure: Any) -> float:
        segments, _ = structure
        return self.n_probes * sum(segment.shared for segment in segments)

    def _scanning_wins(self, structure: Any, n_rows: int, n: int, n_queries: int) -> bool:
        """Whether scanning n_rows for each of so many queries is expected to take no longer than probing for them."""
        if n_rows <= SCANNED_ROWS:
            return True
        scanning = SCAN_COST + n_rows * (ROW_COST + LONE_ROW_COST / max(1, n_queries))
        probing = PROBED_COST + LONE_PROBED_COST / max(1, n_queries) + CANDIDATE_COST * self._n_met(structure)
        return scanning <= probing * widening(n_rows, n)

    def _probed_one(
        self,
        scorer: Scorer,
        vectors: np.ndarray,
        structure: Any,
        k: int,
        mask: np.ndarray | None,
        further: float,
        enough: int,
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """As `_probed` for one query; None where fewer candidates than enough are found."""
        segments, rounded = structure
        hashed = self.hashed(scorer.queries.astype(np.float32))
        for widened in range(1 + WIDENED):
            keys = probes(self.family_, hashed, int(self.n_probes * further * WIDENING**widened))
            found = candidates_of_one(segments, keys[0], mask)
            if len(found) >= enough:
                return rerank_one(scorer, vectors, found, k, rounded)
        return None

    def _probed(
        self,
        scorer: Scorer,
        vectors: np.ndarray,
        structure: Any,
        k: int,
        mask: np.ndarray | None,
        further: float,
        enough: int,
    ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Rows and scores of the k best candidates, probes widened where they are too few; which still are."""
        segments, rounded = structure
        hashed = self.hashed(scorer.queries.astype(np.float32))
        answers = padded_rows(len(scorer), k)
        short, n_probes = np.arange(len(scorer)), int(self.n_probes * further)
        for _ in range(1 + WIDENED):
            keys = probes(self.family_, hashed[short], n_probes)
            sizes: list[int] = []
            found = _counted(candidates(segments, keys, mask), sizes)
            answers[0][short], answers[1][short] = rerank(scorer.part(short), vectors, found, k, rounded)
            short = short[np.array(sizes) < enough]
            n_probes *= WIDENING
            if not len(short):
                break
        return answers, np.isin(np.arange(len(scorer)), short)

    def write_structure(self, structure: Any, folder: Path) -> None:
        """The hash tables and the rounded vectors as .npy files."""
        segments, rounded = structure
        if segments:
            write_segment(segments, folder)
        if segments and rounded is not None:
            rounded.write(folder, sum(len(segment.members) for segment in segments) // self.family_.n_tables)

    def read_structure(self, folder: Path, snapshot: Snapshot) -> Any:
        """The hash tables and the rounded vectors, left on disk until they are used."""
        if not len(snapshot.ids):
            return None
        rounded = QuantisedRows.read(folder, snapshot.vectors.shape) if self.metric in UNIT_LENGTH else None
        return read_segment(folder, len(snapshot.ids), self.family_.n_tables), rounded


def _counted(each: Iterable[np.ndarray], sizes: list[int]) -> Iterator[np.ndarray]:
    """The same arrays, whose lengths are appended to ``sizes``."""
    for rows in each:
        sizes.append(len(rows))
        yield rows
