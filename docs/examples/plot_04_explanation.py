"""
Why was this found?
===================

A score divides exactly among the words of the text and the regions of the picture: with the baseline, what an
empty item would get, the parts add up to it. Nothing is approximated, because every step of the road is known.
"""

import matplotlib.pyplot as plt
import numpy as np

from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.image import ColorHistogram, DenseSIFT
from classicxm.text import TfidfText

scenes = make_scenes(300, modalities=("text", "image"))
image = FeatureBlocks(
    [("colours", ColorHistogram(grid=(2, 2))), ("words", Encoded(DenseSIFT(), BagOfWords(n_words=100)))]
)
retriever = CrossModalRetriever({"text": TfidfText(), "image": image}, CCA(12, ridge=0.1)).fit_collection(
    scenes
)

# %%
# Ask, and have the first answer explained.

question = {"text": "a red circle and a small blue star"}
hit = retriever.search(question, target="image", k=1, where="split=test")[0]
picture = scenes.split("test").column("image")[scenes.split("test").ids.index(hit.id)]
why = retriever.explain(question, hit.id, "image", item=picture)

words = [word for word in why.query.words if abs(word.contribution) > 1e-3][::-1]
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3.2), width_ratios=(1.2, 1, 1.15))
left.barh([word.term for word in words], [word.contribution for word in words], color="tab:blue")
left.axvline(0, color="black", lw=0.8)
left.set(title=f"words; score {why.score:.2f}", xlabel="contribution to the score")
middle.imshow(picture)
middle.set(title="the picture")
most = np.abs(why.target.heat_map).max()
right.imshow(picture.mean(axis=2), cmap="gray", extent=(0, 1, 1, 0), alpha=0.5)
shown = right.imshow(
    why.target.heat_map, cmap="RdBu_r", vmin=-most, vmax=most, extent=(0, 1, 1, 0), alpha=0.7
)
right.set(title="regions: red for, blue against")
for axis in (middle, right):
    axis.set_axis_off()
figure.colorbar(shown, ax=right, shrink=0.8)
plt.show()

# %%
# Parts and baseline give the score again, to the last digits.

text_sum = why.query.baseline + sum(word.contribution for word in why.query.words)
image_sum = why.target.baseline + why.target.heat_map.sum()
print(f"score {why.score:.6f}, words {text_sum:.6f}, regions {image_sum:.6f}")
assert np.isclose(why.score, text_sum) and np.isclose(why.score, image_sum)
