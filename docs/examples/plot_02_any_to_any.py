"""
One subspace for four media
===========================

Text, picture, sound and clip of the same scene land near one another, so that each can ask for each other one. How
often the first answer is right, in every direction, stands beside what a random order would give.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm import CrossModalRetriever, make_scenes
from classicxm.alignment import MCCA
from classicxm.audio import MFCC
from classicxm.encoding import Encoded, Statistics
from classicxm.evaluation import class_relevance, random_floor, success_at
from classicxm.image import ColorHistogram
from classicxm.text import TfidfText
from classicxm.video import FrameFeatures

scenes = make_scenes(200)  # each shape has a colour, a word for it, and a tone
retriever = CrossModalRetriever(
    {
        "text": TfidfText(),
        "image": ColorHistogram(),
        "audio": Encoded(MFCC(), Statistics()),
        "video": FrameFeatures(ColorHistogram()),
    },
    MCCA(n_components=8, ridge=0.1),
).fit_collection(scenes)

# %%
# One modality alone is projected at a time: nothing has to be known of the others.

test = scenes.split("test")
common = {name: retriever.project(name, test.column(name)) for name in retriever.extractors}
unit = {name: rows / np.linalg.norm(rows, axis=1, keepdims=True) for name, rows in common.items()}
relevant = class_relevance(
    [label.split()[0] for label in test.labels], [label.split()[0] for label in test.labels]
)
names = list(unit)
success = np.array([[success_at(unit[a] @ unit[b].T, relevant, 1).mean() for b in names] for a in names])
floor = random_floor(relevant, "Success@1").mean()

figure, axis = plt.subplots(figsize=(5.6, 4.6))
shown = axis.imshow(success, vmin=0, vmax=1, cmap="viridis")
for (row, column), value in np.ndenumerate(success):
    axis.text(
        column, row, f"{value:.2f}", ha="center", va="center", color="black" if value > 0.6 else "white"
    )
axis.set(
    xticks=range(4), yticks=range(4), xticklabels=names, yticklabels=names, xlabel="answers", ylabel="asks"
)
axis.set_title(f"first answer has the main colour asked for; random {floor:.2f}")
figure.colorbar(shown, shrink=0.8)
plt.show()

# %%
# The diagonal is trivial: an item finds itself. Picture and clip share their features, and find each other always;
# sound is the hardest to find from elsewhere.
