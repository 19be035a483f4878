"""
Embeddings of a deep model, beside the floors
=============================================

Bring vectors as a file, from whatever model: they meet the same items, the same protocol and the same floors as
the handcrafted features. The file here is a stand-in that is drawn from the known content of the scenes plus
noise.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from classicxm import make_scenes
from classicxm.alignment import CCA, Identity
from classicxm.comparison import FeatureSet, Plan, run_comparison
from classicxm.datasets import load_embeddings
from classicxm.evaluation import bootstrap_interval, class_relevance, query_blind_floor, random_floor
from classicxm.image import ColorHistogram
from classicxm.text import TfidfText

scenes = make_scenes(300, modalities=("text", "image"))
train, test = scenes.split("train"), scenes.split("test")

# %%
# What a deep model would have written: one row per item and modality, and the ids.

rng = np.random.default_rng(0)
classes = sorted(set(scenes.labels))
content = np.eye(len(classes))[[classes.index(label) for label in scenes.labels]] @ rng.normal(
    size=(len(classes), 64)
)
folder = Path(tempfile.mkdtemp())
for modality in ("image", "text"):
    noisy = content + 1.6 * rng.normal(size=content.shape)
    np.savez(folder / f"{modality}.npz", **{modality: noisy}, ids=scenes.ids)

brought = {
    part.split_names[0]: {m: load_embeddings(folder / f"{m}.npz", ids=part.ids) for m in ("image", "text")}
    for part in (train, test)
}
parts = {"image": ColorHistogram(grid=(2, 2)), "text": TfidfText()}
own = {m: (part.fit_transform(train.column(m)), part.transform(test.column(m))) for m, part in parts.items()}

# %%
# Two sets of features under one plan. `Identity` uses the brought vectors as they are, CCA re-aligns them.

features = {
    "handcrafted": FeatureSet(
        {m: rows[0] for m, rows in own.items()}, {m: rows[1] for m, rows in own.items()}
    ),
    "brought": FeatureSet(brought["train"], brought["test"]),
}
values = {}
for name, aligners in (
    ("handcrafted", {"CCA": CCA(10, ridge=0.1)}),
    ("brought", {"as they are": Identity(), "CCA": CCA(20, ridge=0.1)}),
):
    for title, aligner in aligners.items():
        found = run_comparison(
            {name: features[name]}, {title: aligner}, train.labels, test.labels, plan=Plan(("cosine",))
        )
        values[f"{name}, {title}"] = found.per_query(found.best()).ravel()
relevant = class_relevance(test.labels, test.labels)
floors = {
    "random order": random_floor(relevant),
    "query-blind": query_blind_floor(relevant, own["image"][0], train.labels, own["image"][1]),
}

figure, axis = plt.subplots(figsize=(7.5, 3))
rows = {**floors, **values}
for place, (name, per_query) in enumerate(rows.items()):
    per_query = per_query[np.isfinite(per_query)]
    low, high = bootstrap_interval(per_query)
    axis.barh(place, per_query.mean(), color="lightgrey" if name in floors else "tab:blue")
    axis.plot([low, high], [place, place], color="black")
axis.set(
    yticks=range(len(rows)),
    yticklabels=list(rows),
    xlabel="mean average precision (line: 95 % interval over queries)",
)
plt.show()

# %%
# The stand-in is good as it is, because both its sides came from one content; CCA on 240 pairs spoils it.
# Features of separate models need the alignment. On the command line the same is ``classicxm compare DIR -o report
# --embeddings clip:image=clip.npz``.
