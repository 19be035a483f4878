"""
Sixteen bits instead of floats
==============================

Cross-modal hashing cuts the common subspace into bits: sixteen floats of 64 bytes become 2 bytes, and distances
become counts of differing bits. How many bits are enough, and whether labels help, shows average precision over
code length.
"""

import matplotlib.pyplot as plt

from classicxm import make_scenes
from classicxm.encoding import BagOfWords, Encoded, FeatureBlocks
from classicxm.evaluation import class_relevance, evaluate_direction, random_floor
from classicxm.hashing import CCAITQ, CVH, SCMHash
from classicxm.image import ColorHistogram, DenseSIFT
from classicxm.text import TfidfText

scenes = make_scenes(500, modalities=("text", "image"))
train, test = scenes.split("train"), scenes.split("test")
image = FeatureBlocks(
    [("colours", ColorHistogram(grid=(2, 2))), ("words", Encoded(DenseSIFT(), BagOfWords(n_words=60)))]
)
parts = {"text": TfidfText(), "image": image}
views = {name: part.fit_transform(train.column(name)) for name, part in parts.items()}
held_out = {name: part.transform(test.column(name)) for name, part in parts.items()}

# %%
# Relevant is what shares the main colour.

colours = {
    name: [label.split()[0] for label in split.labels] for name, split in (("train", train), ("test", test))
}
relevant = class_relevance(colours["test"], colours["test"])


def quality(hasher):
    """Mean AP from text to image by Hamming distance; equal distances keep the gallery's order."""
    codes = {name: 2 * hasher.transform_view(name, rows) - 1.0 for name, rows in held_out.items()}
    return evaluate_direction(codes["text"], codes["image"], relevant, lambda Q, X: Q @ X.T, "AP")[
        "AP"
    ].mean()


lengths = [4, 8, 12, 16]
methods = {
    "SCM (labels)": lambda n: SCMHash(n),
    "CCA and ITQ": lambda n: CCAITQ(n, ridge=0.1),
    "CVH": lambda n: CVH(n, ridge=0.1),
}
figure, axis = plt.subplots(figsize=(6.2, 3.8))
for name, made in methods.items():
    axis.plot(lengths, [quality(made(n).fit(views, colours["train"])) for n in lengths], "o-", label=name)
axis.axhline(random_floor(relevant).mean(), color="grey", ls="--", label="random order")
axis.set(xlabel="bits", ylabel="mean average precision, text to image", xticks=lengths, ylim=(0, 1))
axis.legend()
plt.show()

# %%
# CVH gives every canonical direction one bit, also the later ones that hardly correlate: more bits then cost
# quality. ITQ rotates the directions so that each bit carries its share, and SCM learns bits that agree as the
# labels do.
