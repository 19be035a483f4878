"""Rows of mean average precision between images and texts of one gallery, with bootstrap intervals."""

import numpy as np

from benchmarks.environment import SEED
from benchmarks.rows import row
from classicxm.evaluation import (
    bootstrap_interval,
    evaluate,
    macro_average,
    macro_interval,
    query_blind_scores,
    random_floor,
)

__all__ = ["floor_rows", "map_rows", "rows_of_precisions"]

#: Suffix of a measure's name -> preset of average precision.
PRESETS = {"": "wiki", "@50": "at50"}


def map_rows(benchmark, system, image_to_text, text_to_image, relevant, labels, **settings):
    """Rows ``map_i2t``, ``map_t2i`` and ``map_mean``, each also with ``@50`` and ``_macro``.

    Parameters
    ----------
    image_to_text, text_to_image : (n, n)
        Scores; row i is a query, column j a gallery item, and item i is the same in both modalities.
    relevant : bool (n, n)
    labels : (n,)
        Classes over which ``_macro`` averages.
    """
    presets = list(PRESETS.values())
    precisions = {
        "i2t": evaluate(image_to_text, relevant, presets),
        "t2i": evaluate(text_to_image, relevant.T, presets),
    }
    yield from rows_of_precisions(benchmark, system, precisions, labels, **settings)


def rows_of_precisions(benchmark, system, precisions, labels, **settings):
    """The same rows from average precisions a query: {"i2t": {preset: (n,)}, "t2i": ...}."""
    for suffix, preset in PRESETS.items():
        values = {direction: found[preset] for direction, found in precisions.items()}
        values["mean"] = (values["i2t"] + values["t2i"]) / 2
        for direction, per_query in values.items():
            low, high = bootstrap_interval(per_query, random_state=SEED)
            name = f"map_{direction}{suffix}"
            yield row(benchmark, system, name, per_query.mean(), "mAP", low, high, **settings)
        for direction, per_query in values.items():
            low, high = macro_interval(per_query, labels, random_state=SEED)
            macro = macro_average(per_query, labels)
            yield row(
                benchmark, system, f"map_{direction}{suffix}_macro", macro, "mAP", low, high, **settings
            )


def floor_rows(benchmark, train, test, train_labels, labels, relevant):
    """Rows of the systems ``random`` and ``query-blind``; train and test are {"image": ..., "text": ...}."""
    presets = list(PRESETS.values())
    random = {
        "i2t": {preset: random_floor(relevant, preset) for preset in presets},
        "t2i": {preset: random_floor(relevant.T, preset) for preset in presets},
    }
    yield from rows_of_precisions(benchmark, "random", random, labels, expectation="exact")
    blind = {}
    for direction, gallery, oriented in (("i2t", "text", relevant), ("t2i", "image", relevant.T)):
        scores = query_blind_scores(train[gallery], train_labels, test[gallery])
        blind[direction] = evaluate(np.broadcast_to(scores, oriented.shape), oriented, presets)
    chosen = "class posteriors by logistic regression, strength by 5-fold likelihood on train"
    yield from rows_of_precisions(benchmark, "query-blind", blind, labels, scores=chosen)
