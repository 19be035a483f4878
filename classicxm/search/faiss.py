"""The indexes of the faiss library behind the contract of every index."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from classicxm.parameters import Choice, Either, Integer
from classicxm.search.answers import best_pairs, named, nothing_found, padded_rows
from classicxm.search.base import StoredIndex
from classicxm.search.candidates import distinct
from classicxm.search.codes import HammingScorer, hamming_distances, packed_signs, unpacked_signs
from classicxm.search.faiss_octets import (
    Backend,
    bring_to_memory,
    faiss_library,
    octets_of,
    read_lists,
    read_octets,
    write_lists,
)
from classicxm.search.filtered import widening
from classicxm.search.rerank import rerank
from classicxm.search.scan import scan
from classicxm.search.scoring import Scorer, prepare_items
from classicxm.search.vector_store import Snapshot

__all__ = ["FaissIndex"]

#: Where so few rows may be answered they are scanned.
SCANNED_ROWS = 2000
SCAN_ENTRIES = 8_000_000
#: Vectors a list and a code book want for training; with fewer, a flat index stands in.
TRAINING_A_LIST, TRAINING_A_BOOK = 39, 39 * 256
EXACT_KINDS = ("flat", "binary")
#: Which look among given rows alone (of others the candidates are sorted out), and which keep the vectors themselves.
CHOOSING_KINDS, PLAIN_KINDS = ("hnsw", "ivf", "ivfpq"), ("hnsw", "ivf")
#: Files of a saved index: lists that are searched where they lie, or all of it as an array of octets.
LISTS, OCTETS = "faiss.index", "faiss.npy"
TRAINED_KINDS = ("ivf", "pq", "ivfpq")
#: Vectors that training looks at for each list, at most: more change nothing but the time it takes.
MOST_TRAINING_A_LIST = 64


class FaissIndex(StoredIndex):
    """A faiss index; its candidates are re-ranked by the exact score, so ties and padding are those of all indexes.

    Searches of several threads take turns with each other and with additions.

    Parameters
    ----------
    kind : {"flat", "ivf", "hnsw", "pq", "ivfpq", "lsh", "binary"}, default="flat"
        "binary" compares the signs of the columns by Hamming distance; the others follow `metric`. "ivfpq" keeps
        code bytes in lists, which a loaded index leaves on disk, as it does the vectors that candidates are re-ranked
        by: ``n_subquantizers + 8`` bytes an item are searched, and few of them are read.
    metric : {"cosine", "correlation", "dot", "euclidean"}, default="cosine"
    n_lists : int or None, default=None
        Lists of "ivf" and "ivfpq"; None takes the square root of the number of items first trained on.
    n_probes : int, default=8
        Lists looked into.
    n_links : int, default=32
        Links per item of the "hnsw" graph (M).
    n_visited : int, default=64
        Candidates considered while searching "hnsw" (efSearch).
    n_subquantizers : int, default=8
        Code bytes of "pq" and "ivfpq"; must divide the dimensions.
    n_bits : int, default=256
        Of "lsh".
    n_reranked : int, default=100
        Candidates re-ranked by the exact score, at least k.

    Raises
    ------
    MissingExtraError
        If faiss is not installed.

    Examples
    --------
    >>> index = FaissIndex().add([[1, 0], [0, 1], [1, 1]], ["a", "b", "c"])
    >>> index.search([[2, 0]], k=2)[0].tolist()
    [['a', 'c']]
    """

    parameter_ranges = {
        "kind": Choice("flat", "ivf", "hnsw", "pq", "ivfpq", "lsh", "binary"),
        "metric": Choice("cosine", "correlation", "dot", "euclidean"),
        "n_lists": Either(None, Integer(1)),
        "n_probes": Integer(1),
        "n_links": Integer(2),
        "n_visited": Integer(1),
        "n_subquantizers": Integer(1),
        "n_bits": Integer(1),
        "n_reranked": Integer(1),
    }

    def __init__(
        self,
        kind: str = "flat",
        metric: str = "cosine",
        n_lists: int | None = None,
        n_probes: int = 8,
        n_links: int = 32,
        n_visited: int = 64,
        n_subquantizers: int = 8,
        n_bits: int = 256,
        n_reranked: int = 100,
    ) -> None:
        self.kind = kind
        self.metric = metric
        self.n_lists = n_lists
        self.n_probes = n_probes
        self.n_links = n_links
        self.n_visited = n_visited
        self.n_subquantizers = n_subquantizers
        self.n_bits = n_bits
        self.n_reranked = n_reranked

    @property
    def scored_by(self) -> str:
        """The metric, or "hamming" of codes."""
        return "hamming" if self.kind == "binary" else self.metric

    @property
    def store_dtype(self) -> str:  # type: ignore[override] # it depends on the kind
        """Codes are octets."""
        return "uint8" if self.kind == "binary" else "float32"

    def begin(self, vectors: np.ndarray) -> None:
        """Check that faiss is there and what depends on the dimensions."""
        faiss_library()
        if self.kind in ("pq", "ivfpq") and vectors.shape[1] % self.n_subquantizers:
            raise ValueError(
                f"n_subquantizers must divide the {vectors.shape[1]} dimensions, got {self.n_subquantizers}"
            )

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Rows as the metric needs them, or the octets of their signs."""
        if self.kind == "binary":
            return packed_signs(vectors).view(np.uint8)
        return prepare_items(self.metric, vectors)

    def restored(self, rows: np.ndarray) -> np.ndarray:
        """Plain vectors, or the signs of codes."""
        return (
            unpacked_signs(rows)[:, : self.n_features_in_]
            if self.kind == "binary"
            else super().restored(rows)
        )

    def extended(self, structure: Any, snapshot: Snapshot, start: int) -> Backend:
        """The faiss index with the new rows; trained once there are enough of them."""
        n = len(snapshot.ids)
        if structure is None or (not structure.final and n >= self._training_size(n)):
            structure, start = Backend(self._made(np.asarray(snapshot.vectors)), self._is_final(n)), 0
        elif self.kind == "ivfpq" and structure.final:
            bring_to_memory(structure.index)
        structure.index.add(np.ascontiguousarray(snapshot.vectors[start:]))
        return structure

    def packed(self, structure: Any, kept: np.ndarray) -> Backend | None:
        """A new faiss index of the living rows."""
        now = self.store_.snapshot()
        rows = now.living()
        vectors = np.ascontiguousarray(now.vectors if rows is None else now.vectors[rows])
        if not len(vectors):
            return None
        backend = Backend(self._made(vectors), self._is_final(len(vectors)))
        backend.index.add(vectors)
        return backend

    def search(
        self, queries: np.ndarray, k: int = 10, allowed: Iterable[Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The k best of faiss's candidates, best first; see `ExactIndex.search`."""
        queries, k = self.checked(queries, k)
        snapshot, backend = self.state()
        if snapshot is None:
            return nothing_found(len(queries), k)
        rows = snapshot.living(allowed)
        if self.kind == "binary":
            words = packed_signs(queries)
            scorer: Scorer | HammingScorer = HammingScorer(words)
            items = np.asarray(snapshot.vectors).view(np.uint64)
        else:
            scorer, items = Scorer(self.metric, queries), snapshot.vectors
        n_rows = len(snapshot.ids) if rows is None else len(rows)
        filtered = self.scans_filtered((snapshot, backend), allowed, rows, len(queries))
        if filtered or n_rows <= max(k, SCANNED_ROWS):
            return named(*scan(scorer, items, rows, k, SCAN_ENTRIES), snapshot.ids)
        mask = None
        if rows is not None:
            mask = np.zeros(len(snapshot.ids), bool)
            mask[rows] = True
        answers, open_ones = padded_rows(len(queries), k), np.arange(len(queries))
        further = widening(n_rows, len(snapshot.ids))
        while len(open_ones) and further * max(k + 1, self.n_reranked) < len(snapshot.ids) / 2:
            found, settled = self._fetched(backend, scorer.part(open_ones), items, k, mask, further)
            answers[0][open_ones], answers[1][open_ones] = found
            open_ones, further = open_ones[~settled], further * 8
        if len(open_ones):
            found = scan(scorer.part(open_ones), items, rows, k, SCAN_ENTRIES)
            answers[0][open_ones], answers[1][open_ones] = found
        return named(*answers, snapshot.ids)

    def _fetched(
        self,
        backend: Backend,
        scorer: Scorer | HammingScorer,
        items: np.ndarray,
        k: int,
        mask: np.ndarray | None,
        further: float,
    ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Answers from the candidates of each query, looking further by a factor, and which of them are settled.

        Not settled are those of fewer than k candidates; with a mask, of fewer than are re-ranked; and of exact kinds
        those that something further could change.
        """
        chosen = self._chosen(backend, mask, further)
        n = int(max(k + 1, self.n_reranked) * (1 if chosen and self.kind in PLAIN_KINDS else further))
        asked = (
            scorer.words.view(np.uint8)
            if isinstance(scorer, HammingScorer)
            else scorer.queries.astype(np.float32)
        )
        with self.store_.writing:
            far, labels = backend.index.search(np.ascontiguousarray(asked), n, **chosen)
        found = distinct([one[(one >= 0) & (one < len(items))] for one in labels], mask)
        if isinstance(scorer, HammingScorer):
            which = np.repeat(np.arange(len(found)), [len(one) for one in found])
            rows = np.concatenate(found)
            scores = -hamming_distances(items[rows], scorer.words[which]).astype(float)
            answers = best_pairs(which, rows, scores, len(found), k)
        else:
            answers = rerank(scorer, items, iter(found), k)
        settled = answers[0][:, -1] >= 0
        if mask is not None:
            enough = min(max(k, self.n_reranked), np.count_nonzero(mask))
            settled &= np.array([len(one) for one in found]) >= enough
        if self.kind in EXACT_KINDS:  # an item as near as the k-th may have been left out
            worst = -far[:, -1] if self.kind == "binary" or self.metric == "euclidean" else far[:, -1]
            worst = (
                -np.sqrt(np.maximum(-worst, 0))
                if self.metric == "euclidean" and self.kind == "flat"
                else worst
            )
            settled &= answers[1][:, -1] > worst + 1e-5 * (np.abs(worst) if self.kind == "flat" else 0)
        return answers, settled

    def n_compared(self, structure: Any, n: int) -> float:
        """Lists looked into, or links followed; all of other kinds."""
        if self.kind == "hnsw":
            return self.n_visited * self.n_links
        if self.kind in ("ivf", "ivfpq") and structure.final:
            return n * min(1.0, self.n_probes / structure.index.nlist)
        return n

    def _chosen(self, backend: Backend, mask: np.ndarray | None, further: float) -> dict[str, Any]:
        """How a kind that can choose among rows does so, looking further: keyword arguments of its ``search``."""
        if mask is None or self.kind not in CHOOSING_KINDS or not backend.final:
            return {}
        faiss = faiss_library()
        selected = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        if self.kind == "hnsw":
            visited = min(len(mask), int(further * max(self.n_visited, self.n_reranked)))
            return {"params": faiss.SearchParametersHNSW(sel=selected, efSearch=visited)}
        probes = min(backend.index.nlist, int(np.ceil(further * backend.index.nprobe)))
        made = faiss.SearchParametersIVF if self.kind == "ivf" else faiss.IVFPQSearchParameters
        return {"params": made(sel=selected, nprobe=probes)}

    def _training_size(self, n: int) -> int:
        lists = TRAINING_A_LIST * (self.n_lists or 16) if self.kind in ("ivf", "ivfpq") else 0
        return lists if self.kind == "ivf" else max(lists, TRAINING_A_BOOK)

    def _is_final(self, n: int) -> bool:
        return self.kind not in TRAINED_KINDS or n >= self._training_size(n)

    def _made(self, vectors: np.ndarray) -> Any:
        """An empty faiss index of this kind, trained on vectors where it needs that; flat where they are few."""
        faiss = faiss_library()
        d = vectors.shape[1]
        if self.kind == "binary":
            return faiss.IndexBinaryFlat(d * 8)
        by_product = self.metric != "euclidean"
        metric = faiss.METRIC_INNER_PRODUCT if by_product else faiss.METRIC_L2
        flat = faiss.IndexFlatIP(d) if by_product else faiss.IndexFlatL2(d)
        if self.kind == "flat" or not self._is_final(len(vectors)):
            return flat
        if self.kind == "hnsw":
            index = faiss.IndexHNSWFlat(d, self.n_links, metric)
            index.hnsw.efSearch = self.n_visited
        elif self.kind == "lsh":
            index = faiss.IndexLSH(d, self.n_bits)
        elif self.kind == "pq":
            index = faiss.IndexPQ(d, self.n_subquantizers, 8, metric)
        else:
            n_lists = self.n_lists or max(16, int(np.sqrt(len(vectors))))
            if self.kind == "ivf":
                index = faiss.IndexIVFFlat(flat, d, n_lists, metric)
            else:
                index = faiss.IndexIVFPQ(flat, d, n_lists, self.n_subquantizers, 8, metric)
            flat.this.disown()
            index.own_fields = True
            index.nprobe = min(self.n_probes, n_lists)
        index.train(np.ascontiguousarray(self._training(vectors)))
        return index

    def _training(self, vectors: np.ndarray) -> np.ndarray:
        """What is trained on: evenly chosen vectors where there are more than help."""
        most = MOST_TRAINING_A_LIST * max(256, self.n_lists or int(np.sqrt(len(vectors))))
        return (
            vectors if len(vectors) <= most else vectors[np.linspace(0, len(vectors) - 1, most).astype(int)]
        )

    def write_structure(self, structure: Any, folder: Path) -> None:
        """faiss's own bytes as an array, or as a file of its own that can be searched where it lies."""
        if self.kind == "ivfpq" and structure.final:
            write_lists(structure.index, folder / LISTS)
        else:
            np.save(folder / OCTETS, octets_of(structure.index), allow_pickle=False)

    def read_structure(self, folder: Path, snapshot: Snapshot) -> Backend | None:
        """The faiss index that `write_structure` wrote."""
        n = len(snapshot.ids)
        if not n:
            return None
        if (folder / LISTS).exists():
            return Backend(read_lists(folder / LISTS, n), True)
        return Backend(read_octets(folder / OCTETS, self.kind == "binary", n), self._is_final(n))
