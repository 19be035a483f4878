"""How good a served model is on pairs it holds but never learned from, beside chance, and what strangers score."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Any

import numpy as np

from classicxm.distances import similarity
from classicxm.evaluation import evaluate_direction, instance_relevance, measure, random_floor
from classicxm.retrieval import CrossModalRetriever

__all__ = ["Direction", "Quality", "measured"]

MEASURES = ("Success@1", "Success@10", "MedianRank")
MOST_PAIRS = 1000
#: Share of random pairs that a good match has to beat.
STRANGERS = 0.95


@dataclass(frozen=True)
class Direction:
    """One measure of finding an item's own partner among all that were measured, and what a random order reaches."""

    direction: str
    measure: str
    value: float
    random: float
    n_items: int
    seen: bool


@dataclass(frozen=True)
class Quality:
    """Figures of every direction, and the score that 95 % of random pairs stay below."""

    figures: tuple[Direction, ...]
    strangers: dict[tuple[str, str], float]

    def matches(self, source: str, target: str, score: float) -> bool | None:
        """Whether a score is above those of strangers; None where that was not measured."""
        bound = self.strangers.get((source, target))
        return None if bound is None else bool(score > bound)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "figures": [asdict(figure) for figure in self.figures],
            "strangers": [
                {"source": source, "target": target, "score": score}
                for (source, target), score in self.strangers.items()
            ],
        }


def measured(retriever: CrossModalRetriever, most: int = MOST_PAIRS) -> Quality:
    """Figures from stored vectors, of at most ``most`` pairs not learned from, or marked seen where all were."""
    learned = set(retriever.learned_ids_)
    figures: list[Direction] = []
    strangers: dict[tuple[str, str], float] = {}
    for source, target in permutations(retriever.indexes_, 2):
        asked, gallery = retriever.indexes_[source], retriever.indexes_[target]
        with retriever.changing:
            both = [key for key in asked.ids() if key in gallery]
            fresh = [key for key in both if key not in learned]
            seen = len(fresh) < 2
            pairs = both if seen else fresh
            if len(pairs) < 2:
                continue
            rows = np.random.default_rng(0).permutation(len(pairs))[:most]
            keys = [pairs[row] for row in np.sort(rows)]
            queries, items = asked.vectors(keys), gallery.vectors(keys)
        figures += _figures(retriever, f"{source}->{target}", queries, items, keys, seen)
        scores = similarity(queries, items, gallery.metric)
        strangers[source, target] = float(np.quantile(scores[~np.eye(len(keys), dtype=bool)], STRANGERS))
    return Quality(tuple(figures), strangers)


def _figures(
    retriever: CrossModalRetriever,
    direction: str,
    queries: np.ndarray,
    items: np.ndarray,
    keys: list,
    seen: bool,
) -> list[Direction]:
    relevant = instance_relevance(keys, keys)

    def score(Q: np.ndarray, X: np.ndarray) -> np.ndarray:
        return similarity(Q, X, retriever.aligner_.score_metric)

    values = evaluate_direction(queries, items, relevant, score, list(MEASURES), ids=keys)
    return [
        Direction(
            direction,
            name,
            float(measure(name).mean(values[name])),
            float(measure(name).mean(random_floor(relevant, measure(name)))),
            len(keys),
            seen,
        )
        for name in MEASURES
    ]
