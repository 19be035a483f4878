"""Choosing the tables, bits and probes of an `LSHIndex` by measuring recall and time on held-out vectors."""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from classicxm.search.exact import ExactIndex
from classicxm.search.inputs import check_queries, check_vectors
from classicxm.search.keys import keyed
from classicxm.search.multiprobe import probes
from classicxm.search.segments import Segment

__all__ = ["recall_of", "tuned_parameters"]

#: Vectors held out as queries, and how many of them the first, coarse choice looks at.
HELD_OUT, COARSE_QUERIES = 2000, 400
#: Vectors whose hashes tell how large buckets are.
SIZED_ROWS = 50_000
#: Settings that are tried: tables, and bits relative to log2 of the number of vectors.
TABLES, RELATIVE_BITS = (4, 8, 16, 32), (-6, -4, -2, 0, 2)
MAX_PROBES = 1024
#: Settings that are built and timed in the end.
FINALISTS = 2
# Microseconds of a table, a probe and a candidate, for the coarse choice only.
TABLE_COST, PROBE_COST, CANDIDATE_COST = 1.0, 0.25, 0.06


@dataclass
class Trial:
    """One setting: its expected cost and the probes that reach the recall."""

    n_tables: int
    n_bits: int
    n_probes: int
    cost: float


def tuned_parameters(index, vectors, recall, k, queries=None):
    """n_tables, n_bits and n_probes with which an index like this one reaches a recall soonest.

    A coarse choice follows each exact neighbour of some held-out queries to the probe that first meets its
    bucket; the best settings are then built, their probes adjusted until the recall on all held-out queries is
    just reached, and timed.

    Parameters
    ----------
    index : LSHIndex
        Gives metric, hashing, center and random_state.
    vectors : array (n, d)
    recall : float in (0, 1]
    k : int
    queries : array (n_queries, d), optional
        In place of held-out vectors.

    Returns
    -------
    dict
    """
    if isinstance(recall, bool) or not isinstance(recall, int | float) or not 0 < recall <= 1:
        raise ValueError(f"recall must be a number above 0 and at most 1, got {recall!r}")
    vectors, _ = check_vectors(vectors, range(len(vectors)))
    if len(vectors) < 2 * k:
        raise ValueError(f"tuning needs at least {2 * k} vectors for k={k}, got {len(vectors)}")
    if queries is None:
        order = np.random.RandomState(0).permutation(len(vectors))
        n_held = min(HELD_OUT, len(vectors) // 5 + 1)
        queries, vectors = vectors[order[:n_held]], vectors[np.sort(order[n_held:])]
    queries = check_queries(queries, vectors.shape[1])
    truth, _ = ExactIndex(index.metric).add(vectors, range(len(vectors))).search(queries, k)
    trials = [
        _coarse(clone(index).set_params(n_tables=tables, n_bits=bits), vectors, queries, truth, recall)
        for tables in TABLES
        for bits in sorted({min(48, max(1, round(np.log2(len(vectors))) + more)) for more in RELATIVE_BITS})
    ]
    finalists = sorted(trials, key=lambda trial: trial.cost)[:FINALISTS]
    measured = [_measured(index, trial, vectors, queries, truth, recall) for trial in finalists]
    best = min(measured, key=lambda trial: trial.cost)
    return {"n_tables": best.n_tables, "n_bits": best.n_bits, "n_probes": best.n_probes}


def recall_of(ids, truth):
    """Mean share of each row of ``truth`` that is found in the same row of ``ids``, padding left out.

    >>> recall_of(np.array([[1, 2]], object), np.array([[2, 3]], object))
    0.5
    """
    found = (truth[:, :, None] == ids[:, None, :]).any(axis=2) & ~np.equal(truth, None)
    return float(found.sum() / max(1, (~np.equal(truth, None)).sum()))


def _coarse(index, vectors, queries, truth, recall):
    """The probes that an index needs for a recall and what they would cost, without building it."""
    queries, truth = queries[:COARSE_QUERIES], truth[:COARSE_QUERIES].astype(np.int64)
    sample = vectors[:: max(1, len(vectors) // SIZED_ROWS)]
    index.begin(sample)
    prepared = index.hashed(index.prepare(sample))
    near = index.hashed(index.prepare(vectors[truth.ravel()]))
    near = keyed(index.family_, near).reshape(*truth.shape, index.n_tables)
    asked = probes(index.family_, index.hashed(index.prepare(queries)), MAX_PROBES)
    first = np.full(truth.shape, asked.shape[1])
    for number in range(asked.shape[1] - 1, -1, -1):
        first[(near == asked[:, number, None, None]).any(axis=2)] = number
    met = np.cumsum(np.bincount(first.ravel(), minlength=asked.shape[1] + 1))[:-1] / first.size
    sizes = Segment.built(keyed(index.family_, prepared), 0).find(asked)[1]
    candidates = np.cumsum(sizes.mean(axis=0)) * (len(vectors) / len(sample))
    n_probes = int(np.searchsorted(met, recall)) + 1
    if n_probes > asked.shape[1]:  # not reached: keep it only where nothing else gets there
        return Trial(index.n_tables, index.n_bits, asked.shape[1], 1e9 * (2 - met[-1]))
    cost = (
        TABLE_COST * index.n_tables + PROBE_COST * n_probes + CANDIDATE_COST * candidates[n_probes - 1]
    )
    return Trial(index.n_tables, index.n_bits, n_probes, cost)


def _measured(index, trial, vectors, queries, truth, recall):
    """The trial with the fewest probes that reach the recall when really searching, and its seconds."""
    index = clone(index).set_params(n_tables=trial.n_tables, n_bits=trial.n_bits)
    index.add(vectors, range(len(vectors)))

    def reaches(n_probes):
        index.n_probes = n_probes
        return recall_of(index.search(queries, truth.shape[1])[0], truth) >= recall

    most = min(2**20, trial.n_tables * 2 ** min(trial.n_bits, 20))
    low, high = 0, trial.n_probes
    while not reaches(high) and high < most:
        low, high = high, min(2 * high, most)
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    index.n_probes = high
    start = time.perf_counter()
    index.search(queries, truth.shape[1])
    return Trial(trial.n_tables, trial.n_bits, high, time.perf_counter() - start)
