"""What somebody may like, from what they liked: a profile in the common subspace, and variety in the answers.

The profile is Rocchio's (1971): the mean of what was liked less a share of the mean of what was not. Variety comes by
maximal marginal relevance (Carbonell and Goldstein 1998).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from classicxm.base import Index
from classicxm.distances import get_metric
from classicxm.parameters import Real
from classicxm.retrieval.queries import Part, history_parts, rocchio_weights, stored_ids
from classicxm.search.answers import Answers
from classicxm.search.inputs import reachable
from classicxm.sequences import real_array

__all__ = ["maximal_marginal_relevance", "profile_parts", "recommended"]

#: Items that variety chooses from: the best of so many, or of ten times the answers asked for.
POOL = 100


def maximal_marginal_relevance(
    relevance: ArrayLike, similarity: ArrayLike, k: int, diversity: float
) -> np.ndarray:
    """Positions of k items, each the best by (1 - diversity) relevance - diversity * likeness to those before it.

    Likeness to several is that to the nearest. The first item is the most relevant one, and ties go to the lower
    position.

    Parameters
    ----------
    relevance : array (n,)
    similarity : array (n, n)
        In the units of relevance.
    k : int
    diversity : float from 0 to 1
        0 is by relevance alone, 1 by novelty alone: the paper's 1 - lambda.

    Returns
    -------
    int array (min(k, n),)

    Examples
    --------
    Items 0 and 1 are twins, so the third is preferred to the second.

    >>> twins = [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    >>> maximal_marginal_relevance([0.9, 0.8, 0.5], twins, 3, 0.5).tolist()
    [0, 2, 1]
    """
    relevance = real_array("relevance", relevance).astype(np.float64)
    similarity = real_array("similarity", similarity).astype(np.float64)
    k = min(k, len(relevance))
    chosen = np.empty(k, np.int64)
    left = np.ones(len(relevance), bool)
    nearest = None
    for place in range(k):
        value = relevance if nearest is None else (1 - diversity) * relevance - diversity * nearest
        best = int(np.argmax(np.where(left, value, -np.inf)))
        chosen[place], left[best] = best, False
        nearest = similarity[:, best] if nearest is None else np.maximum(nearest, similarity[:, best])
    return chosen


def profile_parts(history: Any) -> list[Part]:
    """The parts of a history as `weighed`.

    >>> [(part.items, part.weight) for part in profile_parts([{"id": "a", "weight": -1}, "b"])]
    [(['b'], 1.0), (['a'], -0.25)]
    """
    return weighed(history_parts(history))


def weighed(parts: Sequence[Part]) -> list[Part]:
    """The parts of a history, what was liked first, with the weights that they have in the profile (Rocchio 1971).

    >>> [part.weight for part in weighed([Part("id", ["a"], -1.0), Part("id", ["b"], 1.0)])]
    [1.0, -0.25]
    """
    liked = [part for part in parts if part.weight > 0]
    disliked = [part for part in parts if part.weight < 0]
    weights = rocchio_weights([part.weight for part in liked], [part.weight for part in disliked])
    return [
        Part(part.modality, part.items, weight)
        for part, weight in zip(liked + disliked, weights[0] + weights[1], strict=True)
    ]


def recommended(
    index: Index,
    wanted: np.ndarray,
    history: Sequence[Any],
    k: int,
    allowed: Iterable[Any] | None,
    exclude_seen: bool,
    diversity: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and scores, both (n,) with n at most k, best first, for a profile (1, d); see `recommend` of a retriever."""
    k = reachable(index, k)
    if not Real(0, 1).accepts(diversity):
        raise ValueError(f"diversity must be {Real(0, 1)}, got {diversity!r}")
    metric = index.metric
    seen = set()
    if exclude_seen:
        seen = stored_ids(history)
    n_candidates = k if diversity == 0 else max(POOL, 10 * k)
    found = index.search(wanted, reachable(index, n_candidates + len(seen)), allowed)
    kept = [n for n, key in enumerate(found[0][0]) if key is not None and key not in seen][:n_candidates]
    ids, scores = (part[0, kept] for part in found)
    if diversity == 0 or len(kept) < 2:
        return Answers.joined((ids[:k], scores[:k]), found)
    vectors = index.vectors(list(ids))
    score = get_metric(metric)
    order = maximal_marginal_relevance(score(wanted, vectors)[0], score(vectors, vectors), k, diversity)
    return Answers.joined((ids[order], scores[order]), found)
