"""
Texts without spaces: 中文
==========================

Chinese, Japanese and Thai have no spaces between words. Characters and pairs of characters serve as terms, without
a dictionary; a tokenizer of your own is one parameter. The captions of the same scenes are compared in four
languages.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager

from classicxm import CCA, CrossModalRetriever, make_scenes
from classicxm.evaluation import bootstrap_interval, class_relevance, evaluate_direction
from classicxm.image import ColorHistogram
from classicxm.text import TfidfText

installed = {font.name for font in font_manager.fontManager.ttflist}
chinese = next(
    (name for name in ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei") if name in installed),
    None,
)

# %%
# One retriever per language; everything but the language is the same.

languages = {"en": "a red circle", "zh": "红色圆形", "ja": "赤い円", "th": "วงกลมสีแดง"}
figures, retrievers = {}, {}
for language in languages:
    scenes = make_scenes(300, modalities=("text", "image"), language=language)
    retriever = CrossModalRetriever(
        {"text": TfidfText(), "image": ColorHistogram(grid=(2, 2))}, CCA(8, ridge=0.1)
    )
    retrievers[language] = retriever.fit_collection(scenes)
    test = scenes.split("test")
    text, image = (retriever.project(name, test.column(name)) for name in ("text", "image"))
    colours = [label.split()[0] for label in test.labels]
    unit = image / np.linalg.norm(image, axis=1, keepdims=True)
    found = evaluate_direction(text, unit, class_relevance(colours, colours), lambda Q, X: Q @ X.T, "AP")[
        "AP"
    ]
    figures[language] = (found.mean(), *bootstrap_interval(found))
    print(language, test.column("text")[0])

figure, axis = plt.subplots(figsize=(6.5, 2.6))
for place, (mean, low, high) in enumerate(figures.values()):
    axis.barh(place, mean, color="tab:blue")
    axis.plot([low, high], [place, place], color="black")
axis.set(yticks=range(4), yticklabels=["English", "Chinese", "Japanese", "Thai"], xlim=(0, 1))
axis.set(xlabel="mean average precision, text to image (line: 95 % interval)")
axis.invert_yaxis()
plt.show()

# %%
# "A red circle", asked in Chinese of pictures that were not learned from. The picture is described by its colours
# alone here, so that the answers are red and their shape is left to chance.

scenes = make_scenes(300, modalities=("text", "image"), language="zh")
pictures = dict(zip(scenes.ids, scenes.column("image"), strict=True))
figure, axes = plt.subplots(1, 5, figsize=(8, 2.1))
for axis, hit in zip(
    axes, retrievers["zh"].search({"text": "红色圆形"}, "image", k=5, where="split=test"), strict=True
):
    axis.imshow(pictures[hit.id])
    axis.set_title(f"{hit.score:.2f}", fontsize=9)
    axis.set_axis_off()
if chinese:
    figure.suptitle("红色圆形", fontfamily=chinese)
plt.show()
