"""How good a served model is on pairs it holds but never learned from, beside chance."""

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
    """Figures of every direction, and the score that 95 % of random pairs stay below, by source and target."""

    figures: tuple[Direction, ...]
    strangers: dict[str, dict[str, float]]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "figures": [asdict(figure) for figure in self.figures],
            "strangers": [
                {"source": source, "target": target, "score": score}
                for source, reached in self.strangers.items()
                for target, score in reached.items()
            ],
        }


def measured(retriever: CrossModalRetriever, most: int = MOST_PAIRS) -> Quality:
    """Figures from stored vectors, of at most ``most`` pairs not learned from, or marked seen where all were."""
    learned = set(retriever.learned_ids_)
    figures: list[Direction] = []
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
    return Quality(tuple(figures), retriever.known_bounds())


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
