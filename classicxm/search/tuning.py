"""Choosing the tables, bits and probes of an `LSHIndex` by measured recall and counted work."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from classicxm.search.exact import ExactIndex
from classicxm.search.hash_keys import keyed
from classicxm.search.inputs import check_queries, check_vectors
from classicxm.search.multiprobe import probes
from classicxm.search.segments import Segment

if TYPE_CHECKING:
    from classicxm.search.lsh import LSHIndex

__all__ = ["recall_of", "tuned_parameters"]

#: Vectors taken as queries, and how many of them the first, coarse choice looks at.
N_QUERIES, COARSE_QUERIES = 2500, 200
#: Vectors whose hashes tell how large buckets are.
SIZED_ROWS = 20_000
#: Settings that are tried: tables, and bits relative to log2 of the number of vectors.
TABLES, RELATIVE_BITS = (4, 8, 16, 32), (-4, -2, -1, 0, 1)
MAX_PROBES = 800
#: Aimed at beyond the recall asked for, against the chance in the queries.
MARGIN = 0.0025
#: A recall this little above the one asked for is near enough; one further above than the second is avoided.
OVERSHOOT, LARGEST_OVERSHOOT = 0.005, 0.015
#: Settings that are built and searched in the end.
FINALISTS = 2
# Microseconds of a table, a probe and a candidate.
TABLE_COST, PROBE_COST, CANDIDATE_COST = 0.5, 0.11, 0.08


@dataclass
class Trial:
    """One setting: the probes that reach the recall, what is reached with them, and their cost."""

    n_tables: int
    n_bits: int
    n_probes: int
    recall: float
    cost: float

    def order(self, recall: float) -> tuple[Any, ...]:
        """Settings that reach the recall come first, then those not far above it, then the cheap ones."""
        return self.recall < recall, self.recall > recall + LARGEST_OVERSHOOT, self.cost


def tuned_parameters(
    index: "LSHIndex", vectors: np.ndarray, recall: float, k: int, queries: np.ndarray | None = None
) -> dict[str, int]:
    """n_tables, n_bits and n_probes with which an index like this one reaches a recall soonest.

    Some of the vectors are the queries, and their neighbours all the others: were they taken out instead, the rest
    would lie less densely than what is to be searched. A coarse choice follows each exact neighbour of a few
    queries to the probe that first meets its bucket; the best settings are then built, their probes adjusted until
    the recall of all queries is just reached, and their probes and candidates are counted.

    Parameters
    ----------
    index : LSHIndex
        Gives metric, hashing, center and random_state.
    vectors : array (n, d)
    recall : float in (0, 1]
    k : int
    queries : array (n_queries, d), optional
        In place of some of the vectors.

    Returns
    -------
    dict
    """
    if isinstance(recall, bool) or not isinstance(recall, int | float) or not 0 < recall <= 1:
        raise ValueError(f"recall must be a number above 0 and at most 1, got {recall!r}")
    vectors, _ = check_vectors(vectors, range(len(vectors)))
    if len(vectors) < 2 * k:
        raise ValueError(f"tuning needs at least {2 * k} vectors for k={k}, got {len(vectors)}")
    own = None
    if queries is None:
        own = np.random.RandomState(0).permutation(len(vectors))[:N_QUERIES]
        queries = vectors[own]
    queries = check_queries(queries, vectors.shape[1])
    asked = _Asked(queries, own, k)
    truth = asked.neighbours(ExactIndex(index.metric).add(vectors, range(len(vectors))))
    recall = float(recall) + min(MARGIN, (1 - recall) / 2)
    trials = [
        _coarse(clone(index).set_params(n_tables=tables, n_bits=bits), vectors, queries, truth, recall)
        for tables in TABLES
        for bits in sorted({min(48, max(1, round(np.log2(len(vectors))) + more)) for more in RELATIVE_BITS})
    ]
    finalists = sorted(trials, key=lambda trial: trial.order(recall))[:FINALISTS]
    measured = [_measured(index, trial, vectors, asked, truth, recall) for trial in finalists]
    best = min(measured, key=lambda trial: trial.order(recall))
    return {"n_tables": best.n_tables, "n_bits": best.n_bits, "n_probes": best.n_probes}


@dataclass
class _Asked:
    """Queries, the rows of an index that they are themselves (or None), and the number of neighbours wanted."""

    queries: np.ndarray
    own: np.ndarray | None
    k: int

    def neighbours(self, index: Any) -> np.ndarray:
        """Ids (n_queries, k) of an index, never a query's own."""
        if self.own is None:
            return index.search(self.queries, self.k)[0]
        ids, _ = index.search(self.queries, self.k + 1)
        left_out = ids == self.own[:, None]
        left_out[:, -1] |= ~left_out.any(axis=1)
        return ids[~left_out].reshape(len(ids), self.k)


def recall_of(ids: np.ndarray, truth: np.ndarray) -> float:
    """Mean share of each row of ``truth`` that is found in the same row of ``ids``, padding left out.

    >>> recall_of(np.array([[1, 2]], object), np.array([[2, 3]], object))
    0.5
    """
    known = truth != np.array(None)
    found = (truth[:, :, None] == ids[:, None, :]).any(axis=2) & known
    return float(found.sum() / max(1, known.sum()))


def _coarse(
    index: "LSHIndex", vectors: np.ndarray, queries: np.ndarray, truth: np.ndarray, recall: float
) -> Trial:
    """The probes that an index needs for a recall and what they would cost, without building it."""
    queries, truth = queries[:COARSE_QUERIES], truth[:COARSE_QUERIES]
    sample = vectors[:: max(1, len(vectors) // SIZED_ROWS)]
    index.begin(sample)
    asked, first = _first_met(index, vectors, queries, truth, MAX_PROBES)
    met = np.cumsum(np.bincount(first, minlength=asked.shape[1] + 1))[:-1] / len(first)
    keys = keyed(index.family_, index.hashed(index.prepare(sample)))
    sizes = Segment.built(keys, 0).find(asked)[1]
    candidates = np.cumsum(sizes.mean(axis=0)) * (len(vectors) / len(sample))
    n_probes = min(int(np.searchsorted(met, recall)) + 1, asked.shape[1])
    reached = met[n_probes - 1]
    cost = TABLE_COST * index.n_tables + PROBE_COST * n_probes + CANDIDATE_COST * candidates[n_probes - 1]
    if reached < recall:  # kept only where nothing else gets there, and then the nearest
        cost = 1 - reached
    return Trial(index.n_tables, index.n_bits, n_probes, reached, cost)


def _first_met(
    index: "LSHIndex", vectors: np.ndarray, queries: np.ndarray, truth: np.ndarray, n_probes: int
) -> tuple[np.ndarray, np.ndarray]:
    """The keys that queries ask for, and the number of the probe that first meets each true neighbour.

    Returns
    -------
    uint64 (n_queries, n_probes) and int (n_queries * k,), n_probes where a neighbour is not met
    """
    truth = truth.astype(np.int64)
    near = keyed(index.family_, index.hashed(index.prepare(vectors[truth.ravel()])))
    asked = probes(index.family_, index.hashed(index.prepare(queries)), n_probes, ordered=True)
    first = []
    for keys, one in zip(asked, near.reshape(*truth.shape, -1), strict=True):
        order = np.argsort(keys)
        number = order[np.minimum(np.searchsorted(keys[order], one), len(keys) - 1)]
        first.append(np.where(keys[number] == one, number, len(keys)).min(axis=1))
    return asked, np.concatenate(first)


def _work(index: "LSHIndex", queries: np.ndarray) -> float:
    """Microseconds a query is expected to take, from the probes and candidates of some queries.

    Counted and not timed, so that the same vectors get the same setting however busy the machine is.
    """
    keys = probes(index.family_, index.hashed(index.prepare(queries[:COARSE_QUERIES])), index.n_probes)
    _, (segments, _) = index.state()
    found = sum(segment.find(keys)[1].sum() for segment in segments) / len(keys)
    return TABLE_COST * index.n_tables + PROBE_COST * index.n_probes + CANDIDATE_COST * float(found)


def _measured(
    index: "LSHIndex", trial: Trial, vectors: np.ndarray, asked: _Asked, truth: np.ndarray, recall: float
) -> Trial:
    """The trial with the fewest probes that reach the recall when really searching, and its cost."""
    index = clone(index).set_params(n_tables=trial.n_tables, n_bits=trial.n_bits, scan="never")
    index.add(vectors, range(len(vectors)))
    most = min(2**20, trial.n_tables * 2 ** min(trial.n_bits, 20))
    _, first = _first_met(index, vectors, asked.queries, truth, min(most, 2 * trial.n_probes))
    n_probes = max(1, min(most, int(np.quantile(first, recall, method="higher")) + 1))
    low, high, best = 0, most, None
    while True:
        index.n_probes = n_probes
        reached = recall_of(asked.neighbours(index), truth)
        trial = Trial(trial.n_tables, trial.n_bits, n_probes, reached, _work(index, asked.queries))
        if reached >= recall or n_probes == most:
            high, best = n_probes, trial
        else:
            low = n_probes
        if best is not None and (high - low <= max(1, high // 100) or best.recall <= recall + OVERSHOOT):
            return best
        middle = (low + high) // 2
        n_probes = min(2 * low, most) if best is None else max(low + 1, middle)
