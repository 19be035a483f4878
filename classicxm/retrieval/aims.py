"""What a collection is for, as its labels say: to find items of the query's class, or its own partner."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from classicxm.evaluation.measures import Measure
from classicxm.labels import label_indicators

__all__ = ["MEASURES", "NAMES", "aim_of", "known_labels"]

MEASURES = {"class": Measure("AP"), "partner": Measure("RR", ties="average")}
NAMES = {"class": "mAP", "partner": "mean reciprocal rank"}


def aim_of(labels: Sequence[Any] | None) -> tuple[str, str]:
    """What a collection is for, "class" or "partner", and why.

    Labels count as classes where most items share one with another item and there are at least two of them.

    >>> aim_of(["sea", "sea", "sky", "sky"])
    ('class', '4 of 4 items share a label with another')
    >>> aim_of(["a", "b", "c", "c", "d"])
    ('partner', 'only 2 of 5 items share a label with another')
    """
    if labels is None or not len(labels):
        return "partner", "no labels"
    (indicators,), classes = label_indicators(y=labels)
    counts = np.asarray(indicators.sum(axis=0)).ravel()
    shared = int(((indicators @ (counts > 1).astype(np.float32)) > 0).sum())
    several = len(classes) > 1 and bool((counts < len(labels)).any())
    reason = f"{shared} of {len(labels)} items share a label with another"
    if not several:
        return "partner", "all labels are the same"
    return ("class", reason) if 2 * shared > len(labels) else ("partner", f"only {reason}")


def known_labels(labels: Sequence[Any] | None) -> list[Any] | None:
    """Labels with an empty list where an item has none; None where no item has any.

    >>> known_labels(["sea", None]), known_labels([None, None])
    (['sea', []], None)
    """
    if labels is None or all(label is None for label in labels):
        return None
    return [[] if label is None else label for label in labels]
