"""
Pictures by text
================

A sentence is asked, pictures answer. No picture was ever tagged: the model saw 240 pictures beside their captions,
described both by handcrafted features, and learned by canonical correlation where the two agree.
"""

import matplotlib.pyplot as plt

from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.image import ColorHistogram, DenseSIFT
from classicxm.text import TfidfText

# %%
# A picture is described by its colours in each quarter and by a bag of visual words over dense SIFT; a text by
# TF-IDF.

scenes = make_scenes(300, modalities=("text", "image"))
colours = ColorHistogram(grid=(2, 2))
words = Encoded(DenseSIFT(), BagOfWords(n_words=100))
retriever = CrossModalRetriever(
    {"text": TfidfText(), "image": FeatureBlocks([("colours", colours), ("words", words)])},
    CCA(n_components=12, ridge=0.1),
).fit_collection(scenes)

# %%
# Only pictures that the model has not seen while it learned may answer.

pictures = dict(zip(scenes.ids, scenes.column("image"), strict=True))
questions = ["a red circle", "a blue triangle", "a green square"]
figure, axes = plt.subplots(3, 5, figsize=(8, 5.6))
for row, question in zip(axes, questions, strict=True):
    hits = retriever.search({"text": question}, target="image", k=5, where="split=test")
    for axis, hit in zip(row, hits, strict=True):
        axis.imshow(pictures[hit.id])
        axis.set_title(f"{hit.payload['label']}\n{hit.score:.2f}", fontsize=9)
        axis.set_axis_off()
    row[0].text(-0.12, 0.5, question, transform=row[0].transAxes, rotation=90, ha="center", va="center")
plt.show()

# %%
# Each score is a cosine in the common subspace. First comes what holds both the colour and the shape, then what
# holds one of them. The test split has 60 pictures and 30 classes, so that no more than a few can be entirely
# right.
