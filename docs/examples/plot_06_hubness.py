"""
Hubs: items that answer everything
==================================

In many dimensions a few items are near neighbours of far too many queries. CSLS subtracts from each score how near
an item is to everything, and the rest of the gallery gets its turn.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm.alignment import HubCorrection, Identity
from classicxm.evaluation import success_at

rng = np.random.default_rng(0)
meaning = rng.normal(size=(1000, 100))
views = {
    "image": meaning * rng.lognormal(0, 0.3, size=(1000, 1)) + rng.normal(size=100),
    "text": meaning + 1.5 * rng.normal(size=(1000, 100)) + rng.normal(size=100),
}
train = {name: rows[:600] for name, rows in views.items()}
test = {name: rows[600:] for name, rows in views.items()}

# %%
# Each modality has an offset of its own, as embeddings of deep models have (the modality gap). `Identity` takes
# them as they are; `HubCorrection` wraps any alignment, and its bank is the training rows of the other side.

corrected = HubCorrection(Identity(), method="csls", k=10).fit(train)
csls_scores = corrected.scores("text", test["text"], "image", test["image"])
unit = {name: rows / np.linalg.norm(rows, axis=1, keepdims=True) for name, rows in test.items()}
cosines = unit["text"] @ unit["image"].T


def occurrences(scores, k=10):
    """How many queries have each item among their k best."""
    return np.bincount(np.argsort(-scores, axis=1)[:, :k].ravel(), minlength=scores.shape[1])


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1.6, 1))
own = np.eye(400, dtype=bool)
for name, scores, colour in (("cosine", cosines, "tab:orange"), ("CSLS", csls_scores, "tab:blue")):
    counts = np.sort(occurrences(scores))[::-1]
    left.plot(counts, color=colour, label=f"{name}: largest hub in {counts[0]} lists")
    right.plot(
        [1, 5, 10, 20],
        [success_at(scores, own, k).mean() for k in (1, 5, 10, 20)],
        "o-",
        color=colour,
        label=name,
    )
left.axhline(10, color="black", lw=0.8, ls="--")
left.set(xlabel="items, most often found first", ylabel="lists of ten it stands in, of 400")
left.legend()
right.set(xlabel="k", ylabel="own partner within the first k", xticks=[1, 5, 10, 20])
right.legend()
plt.show()

# %%
# The dashed line is what every item would have if all were found equally often. CCA, which centres each view,
# already removes most hubs; vectors that are taken as they come need the correction.
