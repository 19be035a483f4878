"""
This picture, but blue
======================

A question may have several parts, each with a weight, and a part may be negative. Here a picture says which shape
is meant, and words say which colour. Between the two weights lies a whole scale of answers.
"""

import matplotlib.pyplot as plt

from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.image import ColorHistogram, DenseSIFT
from classicxm.text import TfidfText

scenes = make_scenes(400, modalities=("text", "image"))
image = FeatureBlocks(
    [("colours", ColorHistogram(grid=(2, 2))), ("words", Encoded(DenseSIFT(), BagOfWords(n_words=100)))]
)
retriever = CrossModalRetriever({"text": TfidfText(), "image": image}, CCA(12, ridge=0.1)).fit_collection(
    scenes
)
pictures = dict(zip(scenes.ids, scenes.column("image"), strict=True))
asked = next(scene for scene in scenes.split("test") if scene["label"] == "red star")

# %%
# From the picture alone to the words alone; the last row also says what is not wanted.

rows = [
    ("picture only", {"image": 1.0, "text": 0.0}, None),
    ('half, half "blue"', {"image": 0.5, "text": 0.5}, None),
    ('"blue" only', {"image": 0.0, "text": 1.0}, None),
    ('"blue", no "circle"', {"image": 0.0, "text": 1.0}, {"text": "circle"}),
]
figure, axes = plt.subplots(4, 6, figsize=(8.5, 6.4))
for row, (name, weights, unlike) in zip(axes, rows, strict=True):
    parts = {"text": "blue", "image": asked["image"]}
    parts = {modality: part for modality, part in parts.items() if weights[modality]}
    weights = {modality: weights[modality] for modality in parts}
    hits = retriever.search(
        parts, "image", k=5, weights=weights, unlike=unlike, where=f"not id={asked['id']}"
    )
    row[0].imshow(asked["image"] if "image" in parts else pictures[hits[0].id] * 0 + 255)
    row[0].set_title(name, fontsize=9)
    for axis, hit in zip(row[1:], hits, strict=True):
        axis.imshow(pictures[hit.id])
        axis.set_title(hit.payload["label"], fontsize=9)
    for axis in row:
        axis.set_axis_off()
plt.show()
