"""Retrieval between photos and captions of Pascal Sentence (Rashtchian et al. 2010): 800 training, 200 test pairs.

Extractors learn from the training split; ridge, power, components and penalties are chosen by mean average precision
over the twenty classes on 5 folds of it, and the test split is searched once. Both views are first rotated onto
the span of their training rows, which changes no inner product and makes the search over settings quick; a ridge
is therefore a fraction of the mean variance over that span.
"""

import os
import time

import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.map_rows import floor_rows, map_rows
from benchmarks.rows import row
from benchmarks.seeds import seeded
from benchmarks.timing import best_seconds
from classicxm.alignment import CCA, AlignerSearch, SemanticMatching
from classicxm.datasets import load_collection
from classicxm.distances import get_metric
from classicxm.evaluation import average_precision, bootstrap_interval, class_relevance, evaluate
from classicxm.retrieval import RECIPES, extractor_of
from classicxm.text import TfidfText, TopicsText, Word2VecText

DATA = "pascal_sentence"
SEEDS = 5
N_FOLDS = 5
CHOSEN = f"{N_FOLDS}-fold mAP on train"
GRIDS = {
    "CCA": (CCA(), {"ridge": [1.0, 3.0, 10.0, 30.0], "power": [1.0, 2.0], "n_components": ["auto", 64, 128]}),
    "SM": (
        SemanticMatching(kernel="linear"),
        {
            "C": [
                {"image": image, "text": text} for image in (10.0, 30.0, 100.0) for text in (3.0, 30.0, 300.0)
            ]
        },
    ),
}
TEXTS = {
    "tf-idf": TfidfText(),
    "word2vec-trained": Word2VecText(pooling="tfidf"),
    "word2vec-random": Word2VecText(vectors="random", pooling="tfidf"),
    "lsa": TopicsText(method="lsa", n_topics="auto"),
}
INSTANCE = {"Success@1": "success_at_1", "Success@10": "success_at_10", "MedianRank": "median_rank"}


def run(data, quick):
    """Floors, every recipe with CCA and with semantic matching, texts compared, and a linear SVM on the images."""
    collection = load_collection(data)
    train, test = collection.split("train"), collection.split("test")
    if quick:
        train, test = few(train, n_classes=4, n_items=10), few(test, n_classes=4, n_items=5)
    recipes = ["baseline", "standard"] if quick else list(RECIPES)
    n_folds = 2 if quick else N_FOLDS
    extractors = {recipe: seeded(extractor_of(recipe, "image")) for recipe in recipes}
    described = {recipe: describe(extractors[recipe], train, test) for recipe in recipes}
    texts = {name: describe(seeded(extractor), train, test) for name, extractor in TEXTS.items()}
    worded = {recipe: describe(seeded(extractor_of(recipe, "text")), train, test) for recipe in recipes}
    with threadpool_limits(1):  # many small problems: threads would only wait for each other
        for recipe, extractor in extractors.items() if SEED == 0 else ():
            yield cost(recipe, extractor, train.column("image")[::40])
        yield from floors(described["baseline"], texts["tf-idf"], train, test)
        for recipe in recipes:
            for aligner in GRIDS:
                views = {"image": described[recipe], "text": worded[recipe]}
                yield from system(f"{recipe}/{aligner}", aligner, views, train, test, n_folds)
        for name in texts:
            views = {"image": described["standard"], "text": texts[name]}
            yield from system(f"{name}/CCA", "CCA", views, train, test, n_folds, images="standard")
        yield linear_svm(recipes[-1], described[recipes[-1]], train, test, n_folds)


def few(collection, n_classes, n_items):
    """The first items of the first classes."""
    kept, seen = [], {}
    for position, label in enumerate(collection.labels):
        if (label in seen or len(seen) < n_classes) and seen.get(label, 0) < n_items:
            seen[label] = seen.get(label, 0) + 1
            kept.append(position)
    return collection.subset(kept)


def describe(extractor, train, test):
    """Training and test rows on the span of the training rows: {"train": (n, r), "test": (m, r)}."""
    extractor.set_params(n_jobs=os.cpu_count())
    for _, block in getattr(extractor, "blocks", ()):
        block.set_params(n_jobs=os.cpu_count())
    modality = extractor.modality
    extractor.fit(train.column(modality))
    rows = extractor.transform(train.column(modality)).astype(np.float64)
    mean = rows.mean(axis=0)
    rows -= mean
    eigenvalues, vectors = np.linalg.eigh(rows @ rows.T)
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    kept = eigenvalues > 1e-10 * eigenvalues[0]
    basis = rows.T @ (vectors[:, kept] / np.sqrt(eigenvalues[kept]))
    # one scale for all recipes, so that one grid of penalties serves them
    basis /= np.sqrt(eigenvalues.sum() / len(rows))
    return {"train": rows @ basis, "test": (extractor.transform(test.column(modality)) - mean) @ basis}


def cost(recipe, extractor, photos):
    """Processor seconds of one core to decode and describe a photo."""
    extractor.set_params(n_jobs=1)
    seconds = best_seconds(lambda: extractor.transform(photos), 3, warm_up=True, clock=time.process_time)
    return row("pascal", recipe, "core_seconds_per_image", seconds / len(photos), "s", n=len(photos))


def floors(image, text, train, test):
    """Random, and the best ranking that never looks at the query."""
    relevant = class_relevance(test.labels, test.labels)
    views = [{"image": image[split][:, :64], "text": text[split][:, :64]} for split in ("train", "test")]
    yield from floor_rows("pascal", *views, train.labels, np.array(test.labels), relevant)


def system(name, aligner, views, train, test, n_folds, **settings):
    """Rows of one alignment of one pair of views, its settings chosen on folds of the training rows."""
    template, grid = GRIDS[aligner]
    search = AlignerSearch(template, grid, average_precision, n_folds=n_folds, random_state=SEED)
    search.fit({modality: view["train"] for modality, view in views.items()}, train.labels)
    projected = search.transform({modality: view["test"] for modality, view in views.items()})
    score = get_metric(search.score_metric)
    found = {
        "i2t": score(projected["image"], projected["text"]),
        "t2i": score(projected["text"], projected["image"]),
    }
    settings |= {"chosen_by": CHOSEN, "fold_map": search.best_score_, **search.best_params_}
    relevant = class_relevance(test.labels, test.labels)
    yield from map_rows(
        "pascal", name, found["i2t"], found["t2i"], relevant, np.array(test.labels), **settings
    )
    for direction, scores in found.items():
        for measure, values in evaluate(scores, np.eye(len(test), dtype=bool), list(INSTANCE)).items():
            statistic = "median" if measure == "MedianRank" else "mean"
            low, high = bootstrap_interval(values, statistic=statistic, random_state=SEED)
            value = np.median(values) if measure == "MedianRank" else values.mean()
            unit = "rank" if measure == "MedianRank" else "share"
            yield row("pascal", name, f"{INSTANCE[measure]}_{direction}", value, unit, low, high, **settings)


def linear_svm(recipe, image, train, test, n_folds):
    """Accuracy over the classes of a linear SVM on the image features alone."""
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=SEED)
    svm = GridSearchCV(SVC(kernel="linear"), {"C": [0.1, 1.0, 10.0, 100.0]}, cv=folds)
    svm.fit(image["train"], train.labels)
    right = (svm.predict(image["test"]) == np.array(test.labels)).astype(float)
    settings = {"chosen_by": f"{n_folds}-fold accuracy on train", "fold_accuracy": svm.best_score_}
    low, high = bootstrap_interval(right, random_state=SEED)
    return row(
        "pascal",
        f"{recipe}/linear-svm",
        "image_accuracy",
        right.mean(),
        "share",
        low,
        high,
        **settings,
        **svm.best_params_,
    )
