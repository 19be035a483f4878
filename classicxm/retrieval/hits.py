"""What a search answers with."""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from classicxm.frames import data_frame
from classicxm.parameters import Either, Real, check_value
from classicxm.retrieval.match_bounds import CHANCE

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

    Attributes
    ----------
    bound : float or None
        What 95 % of random pairs stay below, see `CrossModalRetriever.match_bounds_`; None where that is not known.
    best : float or None
        The best score of any item that was not asked with, whether or not it is listed.
    is_known : bool
        Whether the model knows anything of what was asked with.

    Examples
    --------
    >>> Hits([Hit("a", 0.5)])
    [Hit(id='a', score=0.5, payload={})]
    """

    #: Names of the parts of a sharded index that did not answer: their items are not among the hits.
    missing: Sequence[str] = ()
    bound: float | None = None
    best: float | None = None
    is_known: bool = True

    @property
    def is_match(self) -> bool | None:
        """Whether the best answer scores more than random pairs do; None where that is not known.

        >>> Hits([Hit("a", 0.5)]).judged(0.6).is_match
        False
        """
        if not self.is_known:
            return False
        return None if self.bound is None or self.best is None else self.best > self.bound

    @property
    def verdict(self) -> str:
        """One line where there is no good match, else nothing.

        >>> Hits([Hit("a", 0.5)]).judged(0.6).verdict
        'no good match: the best score is 0.5000, and 5 % of random pairs reach 0.6000'
        """
        if self.is_match is not False:
            return ""
        if not self.is_known:
            return "no good match: the model knows nothing of what was asked with"
        return (
            f"no good match: the best score is {self.best:.4f}, and {100 * (1 - CHANCE):.0f} % of random pairs "
            f"reach {self.bound:.4f}"
        )

    def judged(
        self,
        bound: float | None,
        asked: Iterable[Any] = (),
        min_score: float | None = None,
        is_known: bool = True,
    ) -> Hits:
        """These hits beside what random pairs reach, without those below a score.

        Parameters
        ----------
        bound : float or None
        asked : ids of items that were asked with, which are no match of themselves
        min_score : float, optional
        is_known : bool, default=True

        Raises
        ------
        ValueError
            For a score that is no finite number.
        """
        check_value("min_score", min_score, Either(None, Real()))
        own = set(asked)
        kept = Hits(hit for hit in self if min_score is None or hit.score >= min_score)
        kept.bound, kept.is_known, kept.missing = bound, is_known, self.missing
        kept.best = max((hit.score for hit in self if hit.id not in own), default=None)
        return kept

    def __getitem__(self, index: Any) -> Any:
        """One hit by position, or Hits for a slice."""
        found = super().__getitem__(index)
        if not isinstance(index, slice):
            return found
        part = Hits(found)
        part.bound, part.best, part.is_known = self.bound, self.best, self.is_known
        part.missing = self.missing
        return part

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


def hits_of_one_moment(
    retriever: CrossModalRetriever, answered: Callable[[], Sequence[Any]], of_batch: bool = False
) -> Hits:
    """The hits of ``answered() -> ids, scores``, or of a batch's only row, all as they were stored at one moment.

    An item that is removed between its being found and its payload being read is asked for anew.
    """
    while True:
        payload = retriever.payload_
        found = answered()
        ids, scores = (part[0] for part in found) if of_batch else found
        now = retriever.payload_
        missing = [key for key in ids if key is not None and key not in payload and key not in now]
        held = all(any(key in index for index in retriever.indexes_.values()) for key in missing)
        if not payload or held:
            stored = payload if payload is now else ChainMap(payload, now)
            answer = hits(ids, scores, stored, retriever.shown_payload)
            answer.missing = getattr(found, "missing", ())
            return answer
