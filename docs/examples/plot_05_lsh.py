"""
How far to look: LSH, tables and probes
=======================================

Hash tables put near neighbours into one bucket, most of the time. Looking into more buckets finds more of them and
scores more vectors. Both sides of that bargain are counted here, not timed, so that the curve is the same on every
machine.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm.search import ExactIndex, LSHIndex

rng = np.random.default_rng(0)
centres = rng.normal(size=(200, 32))
vectors = centres[rng.integers(0, 200, 6000)] + 0.6 * rng.normal(size=(6000, 32))
queries = vectors[:100] + 0.3 * rng.normal(size=(100, 32))
ids = [str(i) for i in range(6000)]
nearest, _ = ExactIndex().add(vectors, ids).search(queries, k=10)


def recall(index):
    """Share of the ten true neighbours that the index finds."""
    found, _ = index.search(queries, k=10)
    return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, nearest, strict=True)])


# %%
# Left, longer keys make smaller buckets: fewer vectors a bucket, so more buckets are needed. Right, the theory:
# two vectors at an angle share one of :math:`L` keys of :math:`b` bits with probability
# :math:`1-(1-(1-\theta/\pi)^b)^L`.

probes = [8, 16, 32, 64, 128, 256, 512]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
for bits in (8, 10, 12):
    recalls = [
        recall(LSHIndex(n_tables=8, n_bits=bits, n_probes=n, scan="never").add(vectors, ids)) for n in probes
    ]
    left.plot(probes, recalls, "o-", label=f"{bits} bits")
left.set(
    xscale="log", xlabel="buckets looked into, in 8 tables", ylabel="recall of the 10 nearest", ylim=(0, 1.03)
)
left.legend()
angles = np.linspace(0, 90, 200)
for bits in (8, 10, 12):
    right.plot(angles, 1 - (1 - (1 - angles / 180) ** bits) ** 8, label=f"{bits} bits")
right.set(xlabel="angle, degrees", ylabel="probability of a shared key, 8 tables")
right.legend()
plt.show()

# %%
# Candidates are scored exactly in the end, so that what is found has its true score; only something may be
# missing. Below some thousands of vectors an exact scan is faster than any table, and the default ``scan="auto"``
# then scans.
