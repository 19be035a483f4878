"""
Correlations that are there, and those that are not
===================================================

With few pairs and many features CCA finds perfect correlations in pure noise. New pairs tell the truth. Three
correlations are planted here: .9, .7 and .5.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm.alignment import CCA, AlignerSearch

PLANTED = np.array([0.9, 0.7, 0.5])


def planted_views(n, d, seed):
    """Two Gaussian views whose first columns correlate as planted; all others are noise."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 3))
    views = {"image": rng.normal(size=(n, d)), "text": rng.normal(size=(n, d))}
    for view in views.values():
        view[:, :3] = np.sqrt(PLANTED) * shared + np.sqrt(1 - PLANTED) * view[:, :3]
    return views


def held(cca, views):
    """Correlation of each component on some views."""
    image, text = (cca.transform_view(name, rows) for name, rows in views.items())
    return [np.corrcoef(image[:, i], text[:, i])[0, 1] for i in range(image.shape[1])]


new = planted_views(2000, 80, 1)

# %%
# Without a ridge, 120 pairs of 80 features seem to correlate perfectly in every component, and new pairs give
# nothing. A ridge rescues a part of it; more pairs rescue the whole.

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), sharey=True)
for axis, (n, ridge) in zip(axes, [(120, 0.0), (120, 1.0), (3000, 0.0)], strict=True):
    train = planted_views(n, 80, 0)
    cca = CCA(n_components=10, ridge=ridge).fit(train)
    axis.plot(range(1, 11), held(cca, train), "o-", label="training pairs")
    axis.plot(range(1, 11), held(cca, new), "s-", label="new pairs")
    axis.step(range(1, 11), [*PLANTED, *[0] * 7], where="mid", color="black", lw=1, label="planted")
    axis.set(title=f"{n} pairs, ridge {ridge:g}", xlabel="component", ylim=(-0.1, 1.05))
axes[0].set_ylabel("correlation")
axes[2].legend()
plt.show()

# %%
# How the ridge is chosen without looking at new items: on folds of the training pairs.

grid = {"ridge": [0.0, 0.01, 0.1, 1.0, 10.0], "n_components": [3, 10]}
search = AlignerSearch(CCA(), grid, "RR").fit(planted_views(120, 80, 0))
print(search.best_params_)
