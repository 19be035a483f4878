"""
Learning shard by shard
=======================

CCA needs of the data only sums: counts, means and products of columns. They are added up shard by shard, in any
order and on any machine, and the result is the one of all data at once. Unlike a model trained by gradients,
nothing is lost.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm.alignment import CCA

rng = np.random.default_rng(0)
shared = rng.normal(size=(20_000, 5))
views = {
    "image": shared @ rng.normal(size=(5, 40)) + 2 * rng.normal(size=(20_000, 40)),
    "text": shared @ rng.normal(size=(5, 30)) + 2 * rng.normal(size=(20_000, 30)),
}
shards = [
    {name: rows[start : start + 2000] for name, rows in views.items()} for start in range(0, 20_000, 2000)
]
whole = CCA(n_components=5).fit(views)

# %%
# Shards arrive one after another; after each, the model is complete.

growing = CCA(n_components=5)
curves = []
for shard in shards:
    growing.partial_fit(shard)
    curves.append(growing.correlations_.copy())
apart = np.abs(growing.correlations_ - whole.correlations_).max()
print(f"largest difference from all data at once: {apart:.1e}")
assert apart < 1e-8

# %%
# Two workers with half of the shards each are merged.

halves = [CCA(n_components=5), CCA(n_components=5)]
for number, shard in enumerate(shards):
    halves[number % 2].partial_fit(shard)
merged = halves[0].merge(halves[1])
assert np.allclose(merged.correlations_, whole.correlations_)

figure, axis = plt.subplots(figsize=(7.4, 3.6))
for number, curve in enumerate(np.transpose(curves)):
    axis.plot(range(1, 11), curve, "o-", ms=4, label=f"component {number + 1}")
axis.plot([10.5] * 5, whole.correlations_, "k_", ms=14, label="all at once")
axis.set(xlabel="shards seen, 2000 pairs each", ylabel="correlation, training pairs", xticks=range(1, 11))
axis.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.02, 1))
plt.show()
