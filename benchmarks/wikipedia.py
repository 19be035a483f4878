"""Retrieval on the Wikipedia set of Rasiwasia et al. (2010): 2173 training pairs, 693 test pairs, ten classes.

Features are the published 128 visual words and 10 topics; test items are searched among test items, and an answer
is right when it shares the query's class. Systems are fitted, and whatever they choose is chosen, before they are
shown a test item. The matrices are small, so BLAS runs on one thread: more only wait for each other.
"""

import time

from threadpoolctl import threadpool_limits

from benchmarks.map_rows import floor_rows, map_rows
from benchmarks.wikipedia_systems import SYSTEMS
from classicxm.datasets import load_wikipedia
from classicxm.distances import get_metric
from classicxm.evaluation import class_relevance

DATA = "wikipedia"
SEEDS = 5
MODALITIES = ("image", "text")


def run(data, quick):
    """Rows of both floors and of every system; quick runs leave out systems that search for parameters."""
    wikipedia = load_wikipedia(data)
    train = {modality: wikipedia.train[modality] for modality in MODALITIES}
    test = {modality: wikipedia.test[modality] for modality in MODALITIES}
    labels = wikipedia.test.labels
    relevant = class_relevance(labels, labels)
    with threadpool_limits(1, user_api="blas"):
        floors = list(floor_rows("wikipedia", train, test, wikipedia.train.labels, labels, relevant))
    yield from floors
    for name, (system, slow) in SYSTEMS.items():
        if quick and slow:
            continue
        start = time.perf_counter()
        with threadpool_limits(1, user_api="blas"):
            fitted, settings = system(train, wikipedia.train.labels)
            projected = fitted.transform(test)
        score = get_metric(fitted.score_metric)
        image_to_text = score(projected["image"], projected["text"])
        text_to_image = score(projected["text"], projected["image"])
        settings["seconds"] = time.perf_counter() - start
        yield from map_rows("wikipedia", name, image_to_text, text_to_image, relevant, labels, **settings)
