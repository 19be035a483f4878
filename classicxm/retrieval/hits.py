"""What a search answers with."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from classicxm.frames import data_frame

if TYPE_CHECKING:
    import pandas

    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["Hit", "Hits", "hits", "hits_of_one_moment"]


@dataclass(frozen=True)
class Hit:
    """One answer: the item's id, its score (higher is better) and what was stored with it."""

    id: Any
    score: float
    payload: dict = field(default_factory=dict)

    def _repr_html_(self) -> str:
        from classicxm.reports.answers_page import hits_fragment

        return hits_fragment([self])


class Hits(list):
    """Hits, best first: a list that notebooks show as cards and that pandas reads.

    >>> Hits([Hit("a", 0.5)])
    [Hit(id='a', score=0.5, payload={})]
    """

    def __getitem__(self, index: Any) -> Any:
        """One hit by position, or Hits for a slice."""
        found = super().__getitem__(index)
        return Hits(found) if isinstance(index, slice) else found

    def to_frame(self) -> pandas.DataFrame:
        """A row per hit: rank, id, score, and the columns of what was stored with the items.

        Raises
        ------
        MissingExtraError
            Without pandas.
        """
        rows = (
            {**hit.payload, "rank": rank, "id": hit.id, "score": hit.score}
            for rank, hit in enumerate(self, 1)
        )
        return data_frame(rows, ["rank", "id", "score"])

    def _repr_html_(self) -> str:
        from classicxm.reports.answers_page import hits_fragment

        return hits_fragment(self)


def hits(
    ids: Iterable[Any],
    scores: Iterable[Any],
    payload: Mapping[Any, Mapping[str, Any]],
    shown: Callable[[Any], dict[str, Any]] = copy.deepcopy,
) -> Hits:
    """One row of an index's answer as hits with payloads of their own; missing answers (id None) are left out.

    >>> hits(["a", None], [0.5, float("-inf")], {"a": {"label": "dog"}})
    [Hit(id='a', score=0.5, payload={'label': 'dog'})]
    """
    return Hits(
        Hit(key, float(score), shown(payload.get(key, {})))
        for key, score in zip(ids, scores, strict=True)
        if key is not None
    )


def hits_of_one_moment(retriever: CrossModalRetriever, answered: Callable[[], Sequence[Any]]) -> Hits:
    """The hits of ``answered() -> ids, scores``, all as they were stored at one moment.

    An item that is removed between its being found and its payload being read is asked for anew.
    """
    while True:
        payload = retriever.payload_
        ids, scores = answered()
        now = retriever.payload_
        missing = [key for key in ids if key is not None and key not in payload and key not in now]
        held = all(any(key in index for index in retriever.indexes_.values()) for key in missing)
        if not payload or held:
            stored = payload if payload is now else {**now, **payload}
            return hits(ids, scores, stored, retriever.shown_payload)
