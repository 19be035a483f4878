"""What a report shows of single systems: curves, classes, confusions, and queries that went well or badly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classicxm.comparison import Comparison
from classicxm.comparison.result import System
from classicxm.evaluation.floors import random_floor
from classicxm.evaluation.ranking import precision_recall_curve
from classicxm.labels import label_indicators
from classicxm.reports.comparison_tables import Summary

__all__ = ["Example", "class_scores", "confusion", "curves", "examples", "shown_systems"]

LEVELS = 21
N_SHOWN = 8
N_EXAMPLES = 4
N_ANSWERS = 5
CONFUSION_DEPTH = 10


@dataclass(frozen=True)
class Example:
    """One query and its first answers.

    Attributes
    ----------
    direction : (str, str)
    query : int
        Row of the test items; of several captions the first is shown.
    value : float
        Its average precision.
    answers : list of int
    relevant : list of bool
    """

    direction: tuple
    query: int
    value: float
    answers: list
    relevant: list


def shown_systems(comparison: Comparison, summary: Summary) -> list[System]:
    """The systems of best folds, at most `N_SHOWN`, with the baseline always among them."""
    names = sorted(summary, key=lambda name: -summary[name]["system"].fold_score)[:N_SHOWN]
    if summary.baseline not in names:
        names[-1] = summary.baseline
    return [summary[name]["system"] for name in names]


def curves(
    comparison: Comparison, systems: Sequence[System], pair: tuple[str, str]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean precision at even recalls of each system in one direction, and of random order: {name: (x, y)}."""
    recalls = np.linspace(0, 1, LEVELS)
    found = {}
    for system in systems:
        scores, relevant = comparison.scores(system, *pair), comparison.answers(system, *pair)
        found[system.name] = recalls, precision_recall_curve(scores, relevant, LEVELS).mean(axis=0)
    chance = float(np.mean(random_floor(relevant, "P@1")))
    return {**found, "random": (recalls, np.full(LEVELS, chance))}


def class_scores(comparison: Comparison, system: System, d: int) -> tuple[list[str], np.ndarray]:
    """Classes, and the mean of each class's queries in direction ``d``: list of str, (n_classes,)."""
    (indicator,), classes = label_indicators(test=comparison.targets.test)
    sums = indicator.T @ comparison.per_query(system)[d]
    order = np.argsort([str(name) for name in classes], kind="stable")
    return [str(classes[i]) for i in order], (sums / indicator.sum(axis=0))[order]


def confusion(
    comparison: Comparison, system: System, pair: tuple[str, str], depth: int = CONFUSION_DEPTH
) -> tuple[list[str], np.ndarray]:
    """Of which classes the first answers to a class's queries are: classes, shares (n_classes, n_classes).

    Items of several classes count in each; rows sum to 1.
    """
    (indicator,), classes = label_indicators(test=comparison.targets.test)
    first = _ranked(comparison.scores(system, *pair), depth)
    indicator = indicator.toarray()
    table = indicator.T @ indicator[first].sum(axis=1)
    order = np.argsort([str(name) for name in classes], kind="stable")
    table = table[np.ix_(order, order)]
    return [str(classes[i]) for i in order], table / np.maximum(table.sum(axis=1, keepdims=True), 1e-12)


def examples(comparison: Comparison, system: System, d: int, best: bool) -> list[Example]:
    """The queries of one direction with the highest or lowest value, one per class first: list of `Example`."""
    pair = comparison.directions[d]
    values = comparison.per_query(system)[d]
    order = np.argsort(-values if best else values, kind="stable")
    chosen = _one_a_class(order.tolist(), comparison.targets.test)
    relevant, scores = comparison.answers(system, *pair), comparison.scores(system, *pair)
    queries, items = (system.trial.owners.get(m, np.arange(comparison.n_test)) for m in pair)
    found = []
    for item in chosen:
        row = int(np.flatnonzero(queries == item)[0])
        answers = _ranked(scores[row : row + 1], N_ANSWERS)[0]
        found.append(
            Example(pair, item, float(values[item]), items[answers].tolist(), relevant[row, answers].tolist())
        )
    return found


def _one_a_class(rows: Iterable[int], labels: Sequence[Any] | None) -> list[int]:
    """The first rows of different classes, filled up with what follows where there are few classes."""
    seen: set[str] = set()
    fresh: list[int] = []
    rest: list[int] = []
    for row in rows:
        label = str(labels[row]) if labels is not None else str(row)
        (rest if label in seen else fresh).append(row)
        seen.add(label)
    return (fresh + rest)[:N_EXAMPLES]


def _ranked(scores: np.ndarray, depth: int) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")[:, :depth]
