"""Text and image together as one query for photos of Pascal Sentence: better than either modality alone?

A query is one caption and the photo it tells of; each of a test photo's first four captions makes one, and a photo's
value is the mean over them. The gallery is the other test photos: the query's own is taken out of every list before
anything is fused. Alignments learn from the training split; their settings are chosen by class mAP on 5 folds of it,
and the weights of every rule by the lower end of the interval of its gain there. The test split is searched once.
``map_gain`` is the mean difference to whichever modality alone does better on the test queries, with the interval of
the paired differences. Rows of CCA, whose folds are worse than those of semantic matching, have its name before them.
"""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.pascal import GRIDS, N_FOLDS, describe, few
from benchmarks.rows import row
from benchmarks.seeds import seeded
from classicxm.alignment import AlignerSearch
from classicxm.datasets import Collection, load_collection
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
SEEDS = 5
CHOSEN_BY = "lower end of the gain on folds of train"
N_CAPTIONS = 4  # every photo has that many, some have more
RECIPE = "baseline"
#: Where descriptions of the photos are kept for the next run.
CACHE = Path(tempfile.gettempdir()) / "classicxm-benchmark-descriptions"
ALONE = {"text": 1.0, "image": 0.0}
#: The text's share of the weight that every rule chooses from; the image has the rest.
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def run(data, quick):
    """Floors, each modality alone, and every rule of fusion, under semantic matching and under CCA."""
    collection = load_collection(data)
    train, test = collection.split("train"), collection.split("test")
    if quick:
        train, test = few(train, n_classes=4, n_items=10), few(test, n_classes=4, n_items=5)
    n_folds = 2 if quick else N_FOLDS
    views = {
        "image": describe(seeded(extractor_of(RECIPE, "image")).set_params(cache=CACHE), train, test),
        "text": describe(seeded(extractor_of(RECIPE, "text")), train, captions(train, test)),
    }
    training = {modality: view["train"] for modality, view in views.items()}
    asked = np.split(views["text"].pop("test"), N_CAPTIONS)
    queries = {
        "train": [rows[: len(train)] for rows in asked],
        "test": [rows[len(train) :] for rows in asked],
    }
    with threadpool_limits(1):
        yield from floors(views["image"], train, test)
        for aligner in ("SM", "CCA"):
            prefix = "" if aligner == "SM" else f"{aligner}/"
            search = AlignerSearch(*GRIDS[aligner], average_precision, n_folds=n_folds, random_state=SEED)
            search.fit(training, train.labels)
            template = clone(search.aligner).set_params(**search.best_params_)
            shares = chosen_shares(template, training, queries["train"], np.array(train.labels), n_folds)
            found = evaluated(search, queries["test"], views["image"]["test"], test.labels, shares)
            yield from rows(prefix, found, shares, recipe=RECIPE, aligner=aligner, **search.best_params_)


def captions(train, test):
    """Every caption as an item of its own: the first of all photos, then the second, and so on."""
    return Collection(
        [
            {**record, "id": f"{record['id']}/{n}", "text": record["text"][n]}
            for n in range(N_CAPTIONS)
            for record in [*train, *test]
        ],
        name="captions",
    )


def floors(image, train, test):
    """A random order, and the best order that never looks at the query; both without the query's own photo."""
    relevant = others(class_relevance(test.labels, test.labels))
    chance = random_floor(relevant, "wiki")
    yield row("fusion", "random", "map", chance.mean(), "mAP", *interval(chance), expectation="exact")
    scores = query_blind_scores(image["train"][:, :64], train.labels, image["test"][:, :64])
    blind = average_precision(others(np.broadcast_to(scores, (len(test),) * 2)), relevant)
    yield row("fusion", "query-blind", "map", blind.mean(), "mAP", *interval(blind))


def rows(prefix, precisions, shares, **shared):
    """Rows of one alignment: text alone, image alone and every rule, with its gain over the better of the two."""
    better = max(ALONE, key=lambda name: precisions[name].mean())
    for name, values in precisions.items():
        settings = shared if name in ALONE else shared | {"text_share": shares[name], "chosen_by": CHOSEN_BY}
        yield row("fusion", prefix + name, "map", values.mean(), "mAP", *interval(values), **settings)
    for rule in FUSIONS:
        gain = precisions[rule] - precisions[better]
        yield row("fusion", prefix + rule, "map_gain", gain.mean(), "mAP", *interval(gain), over=better)


def chosen_shares(aligner, training, queries, labels, n_folds):
    """The share with which each rule beats the better modality alone most surely on folds of the training rows."""
    parts = []
    for kept, held in StratifiedKFold(n_folds, shuffle=True, random_state=SEED).split(labels, labels):
        fitted = clone(aligner).fit({m: X[kept] for m, X in training.items()}, labels[kept])
        grid = {(rule, share): share for rule in FUSIONS for share in SHARES} | ALONE
        asked = [captioned[held] for captioned in queries]
        parts.append(evaluated(fitted, asked, training["image"][held], labels[held], grid))
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    better = max((found[name] for name in ALONE), key=np.mean)
    surely = {name: interval(values - better)[0] for name, values in found.items() if name not in ALONE}
    return {rule: max(SHARES, key=lambda share: surely[rule, share]) for rule in FUSIONS}


def evaluated(aligner, queries, images, labels, shares):
    """Average precision of every item, the mean over its captions: {name: (n,)} for each modality alone and each share.

    ``shares`` maps rules, or pairs of a rule and anything, to the text's share.
    """
    images, texts = (
        aligner.transform_view("image", images),
        [aligner.transform_view("text", X) for X in queries],
    )
    index, labels = ExactIndex(aligner.score_metric).add(images, range(len(images))), np.asarray(labels)
    image_list = other_images(index, images)
    found = {name: [] for name in {**ALONE, **shares}}
    for text in texts:
        lists = [other_images(index, text), image_list]
        for name, share in {**ALONE, **shares}.items():
            rule = "early" if name in ALONE else name if isinstance(name, str) else name[0]
            ranked = fused(rule, share, index, [text, images], lists)
            relevant = labels[ranked] == labels[:, None]
            descending = np.broadcast_to(-np.arange(relevant.shape[1]), relevant.shape)
            found[name].append(average_precision(descending, relevant))
    return {name: np.mean(values, axis=0) for name, values in found.items()}


def fused(rule, share, index, vectors, lists):
    """The other images ranked for every query by one rule: rows (n, n - 1)."""
    weights = [share, 1 - share]
    found, scores = (np.stack(part) for part in zip(*lists, strict=True))
    if rule == "early":
        return other_images(index, early_fusion(vectors, weights, index.metric))[0]
    if rule == "confidence":
        return other_images(index, early_fusion(vectors, attention(scores, weights), index.metric))[0]
    return fuse_lists(found, scores, weights, found.shape[-1], rule)[0]


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
