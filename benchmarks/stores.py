"""How much recall every index keeps behind a filter, and its queries a second: one at a time and in batches.

The rows are those that `search` prints last: every index of the package on 50,000 `clustered` vectors of 64 dimensions,
servers too, in batches of 200 and one query at a time. Without a filter; with filters that one item in 20 and one in
200 passes, whatever it is; and with one that lets the twentieth pass that lies farthest from the first query.
PostgreSQL and `classicxm serve` (behind `RemoteIndex`) run in processes of their own on this machine. Indexes of codes
alone ("-codes", "-binary") are measured against the neighbours of the vectors, which they do not keep.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.search_data import clustered_sampler
from benchmarks.search_stores import store_rows
from benchmarks.search_systems import load_faiss

__all__ = ["run"]

STORED, QUICK_STORED, N_QUERIES = 50_000, 2000, 1000


def run(data, quick=False):
    """Yield the rows of every index; ``data`` is not read."""
    load_faiss()
    random, draw = np.random.default_rng(SEED), clustered_sampler()
    with threadpool_limits(1):
        for one in store_rows(draw(random, QUICK_STORED if quick else STORED), draw(random, N_QUERIES)):
            yield {**one, "benchmark": "stores"}
