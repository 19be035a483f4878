"""Synthetic histories: people with tastes for classes, and items that are popular whatever their class."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from classicxm.labels import label_indicators
from classicxm.parameters import Integer, Real, check_value

__all__ = ["make_histories"]


def make_histories(
    labels: Any,
    ids: Iterable[Any] | None = None,
    n_people: int = 200,
    length: int = 8,
    n_tastes: int = 2,
    loyalty: float = 0.9,
    skew: float = 0.5,
    random_state: int | np.random.RandomState | None = 0,
) -> list[list[Any]]:
    """What made-up people liked, drawn from labelled items.

    Every person has a taste for a few classes, one more than the next (Dirichlet shares). Each item liked is of such a
    class with probability ``loyalty`` and of any class otherwise; within the class it is drawn by popularity, which
    falls with the item's rank as rank**-skew (Zipf), the same for everybody. Nobody likes an item twice.

    Parameters
    ----------
    labels : sequence of n labels, one per item
    ids : sequence of n ids, optional
        None: positions.
    n_people : int, default=200
    length : int, default=8
        Items per person, at most n.
    n_tastes : int, default=2
        Classes that a person prefers, at most as many as there are.
    loyalty : float from 0 to 1, default=0.9
    skew : float of at least 0, default=0.5
        0 makes all items equally popular.
    random_state : int, RandomState or None, default=0

    Returns
    -------
    list of lists of ids

    Examples
    --------
    >>> make_histories(["sea", "sea", "sky", "sky"], "abcd", n_people=1, length=2, n_tastes=1, loyalty=1.0)
    [['b', 'a']]
    """
    (indicator,), classes = label_indicators(item=labels)
    n, n_each = indicator.shape[0], np.diff(indicator.indptr)
    if (n_each != 1).any():
        item = int((n_each != 1).argmax())
        raise ValueError(f"item labels must be one per item, got {n_each[item]} for item {item}")
    of_class = np.argsort(sorted(range(len(classes)), key=classes.__getitem__))[indicator.indices]
    check_value("n_people", n_people, Integer(1))
    check_value("length", length, Integer(1, n))
    check_value("n_tastes", n_tastes, Integer(1, len(classes)))
    check_value("loyalty", loyalty, Real(0, 1))
    check_value("skew", skew, Real(0))
    ids = list(range(n)) if ids is None else list(ids)
    if len(ids) != n:
        raise ValueError(f"ids must be one per item ({n}), got {len(ids)}")
    random = check_random_state(random_state)
    popularity = (1.0 + random.permutation(n)) ** -skew
    histories = []
    for _ in range(n_people):
        share = np.zeros(len(classes))
        share[random.choice(len(classes), n_tastes, replace=False)] = random.dirichlet(np.ones(n_tastes))
        share = loyalty * share + (1 - loyalty) / len(classes)
        within = popularity / np.bincount(of_class, popularity)[of_class]
        chance = share[of_class] * within
        # an exponential race: the items of a person in the order in which they are drawn without replacement
        with np.errstate(divide="ignore"):
            arrival = random.exponential(size=n) / chance
        histories.append([ids[item] for item in np.argsort(arrival, kind="stable")[:length]])
    return histories
