"""How good recommendations are: leave-one-out hit rates over histories, beside popularity and chance."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from classicxm.evaluation.significance import bootstrap_interval
from classicxm.parameters import Integer, check_value
from classicxm.sequences import listed

__all__ = ["HitRate", "at_random", "by_popularity", "by_retriever", "hit_rates"]


#: A recommender: (history, k) -> at most k items, best first.
Recommender = Callable[[Sequence[Any], int], Sequence[Any]]


@dataclass(frozen=True)
class HitRate:
    """How often the item left out was among the first k recommended.

    Attributes
    ----------
    value, low, high : float
        The share of histories, and its 95 % bootstrap interval over histories.
    hits : bool array (n_histories,)
    """

    value: float
    low: float
    high: float
    hits: np.ndarray


def by_popularity(histories: Sequence[Sequence[Any]], items: Sequence[Any] | None = None) -> Recommender:
    """A recommender of what most histories hold: counted anew for every set of histories.

    Parameters
    ----------
    histories : sequence of sequences of ids
    items : sequence of ids, optional
        What may be recommended; its order settles ties, and ids in no history come last. None: what histories hold.

    Returns
    -------
    callable
        ``recommend(history, k) -> list of ids``, without those of the history.

    Examples
    --------
    >>> by_popularity([["a", "b"], ["b"], ["c", "b", "c"]])(["b"], 2)
    ['a', 'c']
    """
    counts = Counter(key for history in _different(histories) for key in history)
    offered = counts if items is None else dict.fromkeys(listed(items))
    ranked = sorted(offered, key=lambda key: -counts[key])
    return lambda history, k: _unseen(ranked, history, k)


def at_random(items: Sequence[Any], random_state: int = 0) -> Recommender:
    """A recommender that draws k of the items that the history does not hold, each time anew.

    Parameters
    ----------
    items : sequence of ids
    random_state : int, RandomState or None, default=0

    Examples
    --------
    >>> at_random(["a", "b"])(["a"], 5)
    ['b']
    """
    items, random = list(dict.fromkeys(listed(items))), check_random_state(random_state)
    return lambda history, k: _unseen([items[n] for n in random.permutation(len(items))], history, k)


def by_retriever(retriever: Any, target: str, **options: Any) -> Recommender:
    """A recommender of what `CrossModalRetriever.recommend` answers, with its options.

    >>> from classicxm.retrieval import Hit
    >>> class Always:
    ...     def recommend(self, history, target, k):
    ...         return [Hit("b", 0.9), Hit("c", 0.8)][:k]
    >>> by_retriever(Always(), "image")(["a"], 1)
    ['b']
    """
    return lambda history, k: [hit.id for hit in retriever.recommend(list(history), target, k, **options)]


def hit_rates(
    histories: Sequence[Sequence[Any]],
    recommenders: Mapping[str, Callable[[Sequence[Sequence[Any]]], Recommender]],
    k: int = 10,
    random_state: int = 0,
) -> dict[str, HitRate]:
    """Leave one item of every history out and see whether it is recommended from the others.

    Parameters
    ----------
    histories : sequence of sequences of ids
        Each holds at least two different ids, all of them liked.
    recommenders : dict of str to callable
        ``make(histories) -> recommend(history, k) -> ids``. Each is made from the histories without the items left
        out, so that popularity does not count what it is to guess: ``{"popularity": by_popularity, "profile": lambda
        histories: by_retriever(retriever, "image")}``.
    k : int, default=10
    random_state : int, RandomState or None, default=0
        Chooses the item left out.

    Returns
    -------
    dict of str to HitRate; row i of all ``hits`` is history i, so differences between recommenders are paired.

    Examples
    --------
    >>> rates = hit_rates([["a", "b"], ["b", "a"], ["a", "b"]], {"popularity": by_popularity}, k=1)
    >>> rates["popularity"].value
    1.0
    """
    k, random = check_value("k", k, Integer(1)), check_random_state(random_state)
    kept = _different(histories)
    if not kept:
        raise ValueError("there are no histories; give at least one")
    short = next((n for n, history in enumerate(kept) if len(history) < 2), None)
    if short is not None:
        raise ValueError(
            f"history {short} has {len(kept[short])} different items; at least 2 are needed to leave one out"
        )
    left_out = [history.pop(random.randint(len(history))) for history in kept]
    rates = {}
    for name, make in recommenders.items():
        recommend = make(kept)
        answers = (recommend(history, k) for history in kept)
        hits = np.array([key in list(found)[:k] for key, found in zip(left_out, answers, strict=True)])
        rates[name] = HitRate(float(hits.mean()), *bootstrap_interval(hits), hits)
    return rates


def _different(histories: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The different items of each history, in order."""
    return [
        list(dict.fromkeys(listed(history, f"history {n}")))
        for n, history in enumerate(listed(histories, "histories"))
    ]


def _unseen(ranked: Iterable[Any], history: Iterable[Any], k: int) -> list[Any]:
    seen = set(history)
    found: list[Any] = []
    for key in ranked:
        if len(found) >= k:
            break
        if key not in seen:
            found.append(key)
    return found
