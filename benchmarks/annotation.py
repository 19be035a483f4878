"""Words for photos of Pascal Sentence (Rashtchian et al. 2010), no captions searched: 800 training, 200 test photos.

A word is right when one of the photo's own five captions has it, function words aside. Extractors and vocabulary
come from the training split; ridge, power, components, the rarest words offered and the correction of hubs are chosen
by precision@5 on folds of it, and the test split is annotated once, by a retriever fitted with what was chosen.
"""

import os
import tempfile
from itertools import product

import numpy as np
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from benchmarks.environment import SEED
from benchmarks.pascal import few
from benchmarks.rows import row
from benchmarks.seeds import seeded
from classicxm.alignment import CCA
from classicxm.alignment.hubness import csls
from classicxm.datasets import load_collection
from classicxm.distances import similarity
from classicxm.evaluation import bootstrap_interval
from classicxm.retrieval import Annotator, make_retriever
from classicxm.retrieval.description import describe_view
from classicxm.text import TfidfText

DATA = "pascal_sentence"
SEEDS = 5
K = 5
N_FOLDS = 5
RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0)
POWERS = (1.0, 2.0)
COMPONENTS = (16, 32, 64)
LEAST_TEXTS = (1, 2, 5, 10, 20)
CORRECTIONS = (None, "csls")


def run(data, quick):
    """Rows of both floors and of every recipe."""
    collection = load_collection(data)
    train, test = collection.split("train"), collection.split("test")
    if quick:
        train, test = few(train, n_classes=4, n_items=10), few(test, n_classes=4, n_items=5)
    words = TfidfText().fit(train.column("text"))
    own = {split: own_words(words, items) for split, items in (("train", train), ("test", test))}
    terms = words.get_feature_names_out()
    yield from floors(words.document_counts_, own["test"])
    with tempfile.TemporaryDirectory() as cache:
        for recipe in ("baseline",) if quick else ("baseline", "standard"):
            options = {"n_jobs": os.cpu_count(), "cache": cache}
            first = seeded(make_retriever(recipe, **options)).fit_collection(train, split=None)
            chosen, fold_precision = choose(first, train, terms, words.document_counts_, own["train"])
            aligner = CCA(**{name: chosen[name] for name in ("ridge", "power", "n_components")})
            retriever = seeded(make_retriever(recipe, aligner=aligner, **options))
            retriever.fit_collection(train, split=None)
            annotator = Annotator(retriever, chosen["min_df"], chosen["correction"])
            found, _ = annotator.annotate({"image": test.column("image")}, K)
            column = {term: i for i, term in enumerate(terms)}
            columns = np.vectorize(column.get, otypes=[int])(found)
            settings = {**chosen, "fold_precision": fold_precision, "chosen_by": f"{N_FOLDS}-fold on train"}
            yield from precision_rows(recipe, columns, own["test"], **settings)


def own_words(words, collection):
    """Which terms the captions of each item have: bool (n_items, n_terms)."""
    return words.sparse_batch([words.decode(text) for text in collection.column("text")]).toarray() > 0


def floors(document_counts, own):
    """Random terms (exact expectation), and for every photo the most frequent words of the training captions."""
    expected = own.mean(axis=1)
    for name in ("precision_at_1", "precision_at_5"):
        low, high = bootstrap_interval(expected, random_state=SEED)
        yield row("annotation", "random", name, expected.mean(), "share", low, high, expectation="exact")
    frequent = np.argsort(-document_counts, kind="stable")[:K]
    yield from precision_rows("frequent", np.tile(frequent, (len(own), 1)), own)


def precision_rows(system, columns, own, **settings):
    """Rows of the share of right words among the first 1 and 5, from columns of terms (n_items, 5)."""
    right = np.take_along_axis(own, columns, axis=1).astype(float)
    for k in (1, K):
        values = right[:, :k].mean(axis=1)
        low, high = bootstrap_interval(values, random_state=SEED)
        yield row("annotation", system, f"precision_at_{k}", values.mean(), "share", low, high, **settings)


def choose(retriever, train, terms, document_counts, own):
    """The settings with the best mean precision@5 on folds of the training photos, and that precision."""
    views = {
        modality: describe_view(extractor, modality, train.column(modality), train.ids).features
        for modality, extractor in retriever.extractors_.items()
    }
    described = describe_view(retriever.extractors_["text"], "text", terms.tolist(), terms.tolist()).features
    precisions = {}
    folds = KFold(N_FOLDS, shuffle=True, random_state=SEED).split(own)
    with threadpool_limits(1, user_api="blas"):
        for (kept, held), ridge in product(list(folds), RIDGES):
            known = {modality: X[kept] for modality, X in views.items()}
            rank = min(COMPONENTS[-1], len(kept) - 1, described.shape[1])
            cca = CCA(rank, ridge=ridge, power=0.0)
            cca.fit(known)
            sides = cca.transform_view("image", views["image"]), cca.transform_view("text", described)
            for setting, value in scored(*sides, cca.correlations_, kept, held, document_counts, own):
                precisions.setdefault((ridge, *setting), []).append(value)
    means = {setting: float(np.mean(values)) for setting, values in precisions.items()}
    best = max(means, key=means.get)
    names = ("ridge", "power", "n_components", "min_df", "correction")
    return dict(zip(names, best, strict=True)), means[best]


def scored(images, terms, correlations, kept, held, document_counts, own):
    """Yield (power, components, least texts, correction) and precision@5 on the held-out photos of one fit.

    Components are nested and a power only weights them, so one fit serves all of these settings.
    """
    for power, n_components in product(POWERS, COMPONENTS):
        if n_components > len(correlations):
            continue
        weighted = [side[:, :n_components] * correlations[:n_components] ** power for side in (images, terms)]
        plain = similarity(weighted[0][held], weighted[1])
        by_correction = {None: plain, "csls": csls(plain, similarity(weighted[0][kept], weighted[1]), plain)}
        for correction, least in product(CORRECTIONS, LEAST_TEXTS):
            offered = np.flatnonzero(document_counts >= least)
            if len(offered) < K:
                continue
            best = np.argpartition(-by_correction[correction][:, offered], K - 1, axis=1)
            precision = np.take_along_axis(own[held], offered[best[:, :K]], axis=1).mean()
            yield (power, n_components, least, correction), precision
