"""
What privacy costs
==================

Under differential privacy whoever sees the model learns almost nothing about whether any single pair was in it.
Noise pays for that; how much, depends on :math:`\varepsilon` and on how many pairs there are.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm.alignment import CCA, PrivateCCA

rng = np.random.default_rng(0)
mixing = {"image": rng.normal(size=(4, 12)), "text": rng.normal(size=(4, 8))}


def pairs(n, seed):
    """Two views of n items that share four directions."""
    drawn = np.random.default_rng(seed)
    shared = drawn.normal(size=(n, 4))
    return {name: shared @ M + drawn.normal(size=(n, M.shape[1])) for name, M in mixing.items()}


def agreement(model, views):
    """Mean correlation of the four components on new pairs."""
    image, text = (model.transform_view(name, rows) for name, rows in views.items())
    return np.mean([abs(np.corrcoef(image[:, i], text[:, i])[0, 1]) for i in range(4)])


new = pairs(2000, 1)
epsilons = [0.1, 0.3, 1, 3, 10]
figure, axis = plt.subplots(figsize=(6.6, 3.8))
for n, colour in ((1000, "tab:orange"), (10_000, "tab:blue"), (100_000, "tab:green")):
    train = pairs(n, 2)
    means = []
    for epsilon in epsilons:
        settings = {"epsilon": epsilon, "delta": 1e-6, "ridge": 0.1, "clip": {"image": 12.0, "text": 10.0}}
        runs = [agreement(PrivateCCA(4, **settings, random_state=s).fit(train), new) for s in range(5)]
        means.append((np.mean(runs), np.min(runs), np.max(runs)))
    mean, low, high = np.transpose(means)
    axis.plot(epsilons, mean, "o-", color=colour, label=f"{n:,} pairs")
    axis.fill_between(epsilons, low, high, color=colour, alpha=0.15)
    axis.axhline(agreement(CCA(4, ridge=0.1).fit(train), new), color=colour, ls="--", lw=0.8)
axis.set(xscale="log", xlabel="ε (smaller is more private)", ylabel="correlation on new pairs", ylim=(0, 1))
axis.legend(title="dashed: without privacy", loc="lower right")
plt.show()

# %%
# Bands span five draws of the noise. The bounds in ``clip`` must be known without looking at the data: rows longer
# than that are shortened.
