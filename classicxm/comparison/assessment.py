"""How well a fitted retriever answers on held-out items: every direction, beside the two floors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.comparison.captions import single_captions
from classicxm.datasets import Collection
from classicxm.distances import similarity
from classicxm.evaluation import (
    AP_PRESETS,
    INSTANCE_MEASURES,
    bootstrap_interval,
    class_relevance,
    evaluate_direction,
    instance_relevance,
    measure,
    query_blind_scores,
    random_floor,
)
from classicxm.evaluation.ties import check_ties
from classicxm.frames import data_frame
from classicxm.retrieval.description import ItemNote, asked_by_name, describe_view, opens_items
from classicxm.retrieval.single_captions import caption_rows
from classicxm.search import MultiVectorIndex
from classicxm.sequences import taken

if TYPE_CHECKING:
    from classicxm.retrieval import CrossModalRetriever

if TYPE_CHECKING:
    import pandas

__all__ = ["PROTOCOLS", "Assessment", "Figure", "assess"]

# Components by descending correlation: the floor's classifier needs no more, and hundreds would only slow it.
BLIND_COMPONENTS = 64
# Texts as single captions, each an item of its own.
CAPTIONS = "captions"
#: What `assess` takes: definitions of mAP, and the protocol of papers on captions.
PROTOCOLS = (*AP_PRESETS, CAPTIONS)
PARTNER_MEASURES = ("Success@1", "Success@10", "MedianRank")
RANKS = ("MedianRank", "MeanRank")
# Items that are described at a time, so that memory does not grow with the gallery.
CHUNK = 1024


@dataclass(frozen=True)
class Figure:
    """One measured value of one direction.

    Attributes
    ----------
    direction : str
        Such as "text->image".
    measure : str
        "mAP" by class, or Success@K, MedianRank and MeanRank of the best of the query's own partners.
    value, low, high : float
        The value and its 95 % bootstrap interval over queries.
    random, query_blind : float or None
        What a random order reaches (exact), and a ranking by class prior times posterior that never looks at the
        query; None where no labels are known.
    n_queries, n_items : int
    seen : int
        How many of the queries and items are among those that the model learned from.
    """

    direction: str
    measure: str
    value: float
    low: float
    high: float
    random: float
    query_blind: float | None
    n_queries: int
    n_items: int
    seen: int = 0


@dataclass(frozen=True)
class Assessment:
    """Figures of every direction, and the items that could not be described."""

    figures: list
    skipped: list
    protocol: str

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "protocol": self.protocol,
            "figures": [asdict(figure) for figure in self.figures],
            "skipped": [str(item) for item in self.skipped],
        }

    def table(self) -> list[tuple[str, ...]]:
        """Rows of text, the first being the head."""
        rows: list[tuple[str, ...]] = [
            ("direction", "measure", "value", "95 % interval", "random", "query-blind", "queries x items")
        ]
        for f in self.figures:
            digits = 1 if f.measure in RANKS else 4
            blind = "-" if f.query_blind is None else f"{f.query_blind:.{digits}f}"
            interval = f"{f.low:.{digits}f} .. {f.high:.{digits}f}"
            value, chance = f"{f.value:.{digits}f}{'*' if f.seen else ''}", f"{f.random:.{digits}f}"
            rows.append(
                (f.direction, f.measure, value, interval, chance, blind, f"{f.n_queries} x {f.n_items}")
            )
        return rows

    def to_frame(self) -> pandas.DataFrame:
        """A row per figure, in columns named as the attributes of `Figure`.

        Raises
        ------
        MissingExtraError
            Without pandas.
        """
        return data_frame(map(asdict, self.figures), [column.name for column in fields(Figure)])

    def _repr_html_(self) -> str:
        from classicxm.reports.comparison_page import assessment_fragment

        return assessment_fragment(self)


def assess(
    retriever: CrossModalRetriever,
    collection: Collection,
    protocol: str = "wiki",
    training: Collection | None = None,
    ties: str | None = None,
) -> Assessment:
    """Measure every direction between the retriever's modalities on held-out items.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
    collection : Collection
        The held-out items; queries and gallery are both taken from it.
    protocol : {"wiki", "at50", "11pt", "hashing", "trec", "captions"}, default="wiki"
        The definition of mAP, see `classicxm.evaluation.AP_PRESETS`; or "captions": every caption of a text is an
        item of its own, and Success@1, 5 and 10, the median and the mean are those of the rank of the best of the
        query's own partners (Hodosh et al. 2013). An item without a caption is no query there; ``skipped`` lists it.
    training : Collection, optional
        Labelled training items that the retriever has indexed, from which the query-blind floor learns; without
        them that floor is left out.
    ties : str, optional
        Replaces the tie policy of every measure; see `classicxm.evaluation.ranked_relevance`.

    Returns
    -------
    Assessment
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; choose one of {', '.join(PROTOCOLS)}")
    if ties is not None:
        check_ties(ties)
    sides, skipped = _sides(retriever, collection, protocol)
    if len(sides) < 2:
        raise ValueError(
            f"{collection.name} has items of {' and '.join(sides) or 'none'} only; measuring needs items of two of "
            f"what the model knows, {', '.join(retriever.extractors_)}"
        )
    blind = {m: _query_blind(retriever, m, side.vectors, training) for m, side in sides.items()}
    measuring = _Measuring(retriever, protocol, ties)
    figures: list[Figure] = []
    for source, target in permutations(sides, 2):
        direction = f"{source}->{target}"
        figures += measuring.direction(direction, sides[source], sides[target], blind[target])
    return Assessment(figures, skipped, protocol)


@dataclass(frozen=True)
class _Side:
    """One modality of the measured items in the common space: a row, a record and a unique name each.

    Where items are found by the best of several captions, ``captions`` are the rows of these and where each item's
    begin.
    """

    vectors: np.ndarray
    records: list[Mapping[str, Any]]
    names: list[Any]
    captions: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def owners(self) -> list[Any]:
        """The id of each row's item."""
        return [record["id"] for record in self.records]

    @property
    def labels(self) -> list[Any] | None:
        """The label of each row's item; None where one has none."""
        labels = [record.get("label") for record in self.records]
        return None if any(label is None for label in labels) else labels

    def rows(self, rows: Sequence[int]) -> _Side:
        """Some of them."""
        return _Side(self.vectors[rows], taken(self.records, rows), taken(self.names, rows))


def _sides(
    retriever: CrossModalRetriever, collection: Collection, protocol: str
) -> tuple[dict[str, _Side], list[Any]]:
    """Every modality that some item has, and what was left out."""
    sides: dict[str, _Side] = {}
    skipped: list[Any] = []
    for modality in retriever.extractors_:
        part = [record for record in collection if record.get(modality) is not None]
        names = [record["id"] for record in part]
        if protocol == CAPTIONS and modality == "text":
            part, names = single_captions(part)
            captioned = {record["id"] for record in part}
            skipped += [
                ItemNote(key, "text", "no caption, so it is no query of captions")
                for key in collection.ids
                if key not in captioned
            ]
        side, notes = _projected(retriever, modality, part, names)
        skipped += notes
        single = isinstance(retriever.indexes_[modality], MultiVectorIndex)
        if side is not None and single and protocol != CAPTIONS:
            side = _by_captions(retriever, modality, side)
        if side is not None:
            sides[modality] = side
    return sides, skipped


def _projected(
    retriever: CrossModalRetriever, modality: str, records: Sequence[Mapping[str, Any]], names: Sequence[Any]
) -> tuple[_Side | None, list[Any]]:
    """The items that could be described, None where there are none, and notes on the others."""
    vectors: list[np.ndarray] = []
    kept: list[int] = []
    skipped: list[Any] = []
    extractor = retriever.extractors_[modality]
    for first in range(0, len(records), CHUNK):
        items, known = (
            [record[modality] for record in records[first : first + CHUNK]],
            names[first : first + CHUNK],
        )
        items = items if opens_items(extractor) else asked_by_name(modality, items, known)
        view = describe_view(extractor, modality, items, known)
        skipped += view.skipped
        if len(view.kept):
            vectors.append(retriever.aligner_.transform_view(modality, view.features))
            kept += [first + row for row in view.kept.tolist()]
    if not vectors:
        return None, skipped
    return _Side(np.concatenate(vectors), taken(records, kept), taken(names, kept)), skipped


def _by_captions(retriever: CrossModalRetriever, modality: str, side: _Side) -> _Side:
    """The same items, to be found by their best captions, as the retriever's index finds them."""
    extractor, items = retriever.extractors_[modality], [record[modality] for record in side.records]
    items = items if opens_items(extractor) else asked_by_name(modality, items, side.names)
    rows = caption_rows(extractor, items, side.names)
    vectors = retriever.aligner_.transform_view(modality, rows.features)
    return replace(side, captions=(vectors, np.flatnonzero(np.diff(rows.items, prepend=-1))))


class _Measuring:
    """Figures of one direction after another, under one protocol and tie policy."""

    def __init__(self, retriever: CrossModalRetriever, protocol: str, ties: str | None) -> None:
        self.retriever, self.protocol, self.ties = retriever, protocol, ties

    def direction(
        self, direction: str, source: _Side, target: _Side, blind: np.ndarray | None
    ) -> Iterator[Figure]:
        """By class where every item has one, and by the query's own partner."""
        captions = self.protocol == CAPTIONS
        if not captions and source.labels is not None and target.labels is not None:
            relevant = class_relevance(source.labels, target.labels)
            yield from self.figures(direction, source, target, relevant, {"mAP": self.protocol}, blind)
        partners = set(target.owners)
        paired = [row for row, owner in enumerate(source.owners) if owner in partners]
        if paired:
            asked = source.rows(paired)
            relevant = instance_relevance(asked.owners, target.owners)
            names = {name: name for name in (INSTANCE_MEASURES if captions else PARTNER_MEASURES)}
            yield from self.figures(direction, asked, target, relevant, names, blind)

    def figures(
        self,
        direction: str,
        source: _Side,
        target: _Side,
        relevant: np.ndarray,
        names: Mapping[str, str],
        blind: np.ndarray | None,
    ) -> Iterator[Figure]:
        """One figure per measure, with its interval and floors."""
        seen = len(set(self.retriever.learned_ids_).intersection([*source.owners, *target.owners]))

        def score(Q: np.ndarray, X: np.ndarray) -> np.ndarray:
            scores = similarity(Q, X, self.retriever.aligner_.score_metric)
            return (
                scores if target.captions is None else np.maximum.reduceat(scores, target.captions[1], axis=1)
            )

        measures = {shown: measure(name, self.ties) for shown, name in names.items()}
        keys = target.names
        gallery = target.vectors if target.captions is None else target.captions[0]
        values = evaluate_direction(
            source.vectors, gallery, relevant, score, list(measures.values()), ids=keys
        )
        for shown, one in measures.items():
            found = values[one.name]
            statistic = "median" if one.kind == "MedianRank" else "mean"
            low, high = bootstrap_interval(found, statistic=statistic)
            floor = None
            if blind is not None:
                floor = one.mean(one(np.broadcast_to(blind, relevant.shape), relevant, keys))
            yield Figure(
                direction,
                shown,
                one.mean(found),
                float(low),
                float(high),
                one.mean(random_floor(relevant, one)),
                floor,
                relevant.shape[0],
                relevant.shape[1],
                seen,
            )


def _query_blind(
    retriever: CrossModalRetriever, modality: str, gallery: np.ndarray, training: Collection | None
) -> np.ndarray | None:
    """Query-blind scores (n_items,) learned from the training items that the retriever holds, or None."""
    index = retriever.indexes_[modality]
    known = [r for r in training or () if r.get("label") is not None and r["id"] in index]
    if not known:
        return None
    features = index.prepare(index.vectors([record["id"] for record in known]))
    leading = slice(None, BLIND_COMPONENTS)
    return query_blind_scores(
        features[:, leading], [record["label"] for record in known], index.prepare(gallery)[:, leading]
    )
