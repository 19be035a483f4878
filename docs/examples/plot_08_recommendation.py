"""
Recommendation from what was liked
==================================

What somebody liked, of whatever modality, becomes a profile in the common subspace. Diversity trades a little
nearness for variety. Whether any of it is good is measured by leaving one liked item out, beside popularity and
chance.
"""

import matplotlib.pyplot as plt

from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.datasets import make_histories
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.evaluation import at_random, bootstrap_interval, by_popularity, by_retriever, hit_rates
from classicxm.image import ColorHistogram, DenseSIFT
from classicxm.text import TfidfText

scenes = make_scenes(300, modalities=("text", "image"))
image = FeatureBlocks(
    [("colours", ColorHistogram(grid=(2, 2))), ("words", Encoded(DenseSIFT(), BagOfWords(n_words=100)))]
)
retriever = CrossModalRetriever({"text": TfidfText(), "image": image}, CCA(12, ridge=0.1)).fit_collection(
    scenes
)
pictures = dict(zip(scenes.ids, scenes.column("image"), strict=True))

# %%
# Two liked, one disliked; below, the same with diversity.

liked = [scene["id"] for scene in scenes if scene["label"] in ("red circle", "blue star")][:2]
disliked = next(scene["id"] for scene in scenes if scene["label"] == "green square")
history = [*liked, {"id": disliked, "weight": -1}]
figure, axes = plt.subplots(3, 6, figsize=(8.5, 4.9))
for axis, key, title in zip(axes[0], [*liked, disliked], ["liked", "liked", "disliked"], strict=False):
    axis.imshow(pictures[key])
    axis.set_title(title, fontsize=9)
for row, diversity in zip(axes[1:], (0.0, 0.6), strict=True):
    for axis, hit in zip(row, retriever.recommend(history, "image", k=6, diversity=diversity), strict=True):
        axis.imshow(pictures[hit.id])
        axis.set_title(hit.payload["label"], fontsize=9)
    row[0].text(
        -0.15,
        0.5,
        f"diversity {diversity:g}",
        transform=row[0].transAxes,
        rotation=90,
        ha="center",
        va="center",
    )
for axis in axes.ravel():
    axis.set_axis_off()
plt.show()

# %%
# A hundred people are made up, each with two tastes. Popularity is counted without the item left out.

histories = make_histories(scenes.labels, scenes.ids, n_people=100, random_state=0)
rates = hit_rates(
    histories,
    {
        "chance": lambda rest: at_random(scenes.ids),
        "popularity": lambda rest: by_popularity(rest, scenes.ids),
        "profile": lambda rest: by_retriever(retriever, "image"),
    },
    k=10,
)
figure, axis = plt.subplots(figsize=(6, 2.4))
for place, (name, rate) in enumerate(rates.items()):
    low, high = bootstrap_interval(rate.hits)
    axis.barh(place, rate.value, color="tab:blue" if name == "profile" else "lightgrey")
    axis.plot([low, high], [place, place], color="black")
axis.set(
    yticks=range(3),
    yticklabels=list(rates),
    xlabel="left-out item among 10 recommended (line: 95 % interval)",
)
plt.show()
