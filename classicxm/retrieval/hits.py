"""What a search answers with."""

import copy
from dataclasses import dataclass, field

__all__ = ["Hit", "hits"]


@dataclass(frozen=True)
class Hit:
    """One answer: the item's id, its score (higher is better) and a copy of what was stored with it."""

    id: object
    score: float
    payload: dict = field(default_factory=dict)


def hits(ids, scores, payload):
    """One row of an index's answer as hits; missing answers (id None) are left out.

    >>> hits(["a", None], [0.5, float("-inf")], {"a": {"label": "dog"}})
    [Hit(id='a', score=0.5, payload={'label': 'dog'})]
    """
    return [
        Hit(key, float(score), copy.deepcopy(payload.get(key, {})))
        for key, score in zip(ids, scores, strict=True)
        if key is not None
    ]
