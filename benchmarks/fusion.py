"""Text and image together as one query for photos of Pascal Sentence: does either modality alone do better?

A query is a test item's captions and photo; the gallery is the other test photos, the query's own being taken out of
every list before anything is fused. Alignments learn from the training split, and their settings and the weights of
every rule are chosen by class mAP on 5 folds of it; the test split is searched once. ``map_gain`` is the mean
difference to whichever modality alone does better on the test queries, with the interval of the paired differences.
"""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.pascal import CHOSEN, GRIDS, N_FOLDS, describe, few
from benchmarks.rows import row
from classicxm.alignment import AlignerSearch
from classicxm.datasets import load_collection
from classicxm.evaluation import (
    average_precision,
    bootstrap_interval,
    class_relevance,
    query_blind_scores,
    random_floor,
)
from classicxm.retrieval import FUSIONS, extractor_of
from classicxm.retrieval.fusion import attention, early_fusion, fuse_lists
from classicxm.search import ExactIndex

DATA = "pascal_sentence"
RECIPE = "baseline"
#: Where descriptions of the photos are kept for the next run.
CACHE = Path(tempfile.gettempdir()) / "classicxm-benchmark-descriptions"
ALONE = {"text": 1.0, "image": 0.0}
#: The text's share of the weight that every rule chooses from; the image has the rest.
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def run(data, quick):
    """Floors, each modality alone, and every rule of fusion, under CCA and under semantic matching."""
    collection = load_collection(data)
    train, test = collection.split("train"), collection.split("test")
    if quick:
        train, test = few(train, n_classes=4, n_items=10), few(test, n_classes=4, n_items=5)
    n_folds = 2 if quick else N_FOLDS
    views = {
        modality: describe(extractor_of(RECIPE, modality).set_params(cache=CACHE), train, test)
        for modality in ("text", "image")
    }
    with threadpool_limits(1):
        yield from floors(views["image"], train, test)
        for aligner in GRIDS:
            yield from systems(aligner, views, train.labels, test.labels, n_folds)


def floors(image, train, test):
    """A random order, and the best order that never looks at the query; both without the query's own photo."""
    relevant = others(class_relevance(test.labels, test.labels))
    chance = random_floor(relevant, "wiki")
    yield row("fusion", "random", "map", chance.mean(), "mAP", *interval(chance), expectation="exact")
    scores = query_blind_scores(image["train"][:, :64], train.labels, image["test"][:, :64])
    blind = average_precision(others(np.broadcast_to(scores, (len(test),) * 2)), relevant)
    yield row("fusion", "query-blind", "map", blind.mean(), "mAP", *interval(blind))


def systems(aligner, views, train_labels, test_labels, n_folds):
    """Rows of one alignment: text alone, image alone, and the rules with the weights they chose."""
    template, grid = GRIDS[aligner]
    search = AlignerSearch(template, grid, average_precision, n_folds=n_folds, random_state=SEED)
    training = {modality: view["train"] for modality, view in views.items()}
    search.fit(training, train_labels)
    fitting = clone(template).set_params(**search.best_params_)
    shares, fold_maps = chosen_shares(fitting, training, np.array(train_labels), n_folds)
    projected = search.transform({modality: view["test"] for modality, view in views.items()})
    precisions = {
        name: fused_precisions("early", share, projected, test_labels, search.score_metric)
        for name, share in ALONE.items()
    }
    better = max(precisions, key=lambda name: precisions[name].mean())
    for rule in FUSIONS:
        precisions[rule] = fused_precisions(rule, shares[rule], projected, test_labels, search.score_metric)
    prefix = "" if aligner == "CCA" else f"{aligner}/"
    shared = {"aligner": aligner, "recipe": RECIPE, **search.best_params_}
    for name, values in precisions.items():
        settings = dict(shared)
        if name in shares:
            settings |= {"text_share": shares[name], "fold_map": fold_maps[name], "chosen_by": CHOSEN}
        yield row("fusion", prefix + name, "map", values.mean(), "mAP", *interval(values), **settings)
    for rule in FUSIONS:
        gain = precisions[rule] - precisions[better]
        yield row("fusion", prefix + rule, "map_gain", gain.mean(), "mAP", *interval(gain), over=better)


def chosen_shares(aligner, training, labels, n_folds):
    """The text's share for every rule, by mAP over folds of the training rows, and that mAP."""
    found = {rule: np.zeros(len(SHARES)) for rule in FUSIONS}
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=SEED)
    for kept, held in folds.split(labels, labels):
        fitted = clone(aligner).fit({m: X[kept] for m, X in training.items()}, labels[kept])
        projected = fitted.transform({m: X[held] for m, X in training.items()})
        for rule in FUSIONS:
            found[rule] += [
                fused_precisions(rule, share, projected, labels[held], fitted.score_metric).mean() / n_folds
                for share in SHARES
            ]
    return {rule: SHARES[maps.argmax()] for rule, maps in found.items()}, {
        r: m.max() for r, m in found.items()
    }


def fused_precisions(rule, share, projected, labels, metric):
    """Average precision of every item's text and image, weighted by ``share`` and the rest, among the other images."""
    labels = np.asarray(labels)
    index = ExactIndex(metric).add(projected["image"], range(len(labels)))
    parts = {"text": share, "image": 1 - share}
    vectors = [projected[modality] for modality, weight in parts.items() if weight]
    weights = [weight for weight in parts.values() if weight]
    if rule != "early":
        lists = [other_images(index, rows) for rows in vectors]
        rows, scores = (np.stack(part) for part in zip(*lists, strict=True))
    if rule == "early":
        found, _ = other_images(index, early_fusion(vectors, weights, metric))
    elif rule == "confidence":
        found, _ = other_images(index, early_fusion(vectors, attention(scores, weights), metric))
    else:
        found, _ = fuse_lists(rows, scores, weights, len(labels) - 1, rule)
    relevant = labels[found] == labels[:, None]
    return average_precision(np.broadcast_to(-np.arange(relevant.shape[1]), relevant.shape), relevant)


def other_images(index, vectors):
    """The whole gallery ranked for each query, without the query's own image: rows and scores (n, n - 1)."""
    ids, scores = index.search(vectors, len(index))
    kept = ids != np.arange(len(index))[:, None]
    shape = len(ids), len(ids) - 1
    return ids[kept].astype(np.int64).reshape(shape), scores[kept].reshape(shape)


def others(matrix):
    """A square matrix (n, n) without its diagonal: (n, n - 1)."""
    n = len(matrix)
    return matrix[~np.eye(n, dtype=bool)].reshape(n, n - 1)


def interval(values):
    """Ends of the 95 % interval of the mean over queries."""
    return bootstrap_interval(values, random_state=SEED)
