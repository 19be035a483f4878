"""How well a fitted retriever answers on held-out items: every direction, beside the two floors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.datasets import Collection
from classicxm.distances import similarity
from classicxm.evaluation import (
    AP_PRESETS,
    bootstrap_interval,
    class_relevance,
    evaluate_direction,
    instance_relevance,
    measure,
    query_blind_scores,
    random_floor,
)
from classicxm.frames import data_frame
from classicxm.retrieval.description import describe_view

if TYPE_CHECKING:
    from classicxm.retrieval import CrossModalRetriever

if TYPE_CHECKING:
    import pandas

__all__ = ["Assessment", "Figure", "assess"]

# Components by descending correlation: the floor's classifier needs no more, and hundreds would only slow it.
BLIND_COMPONENTS = 64
INSTANCE_MEASURES = ("Success@1", "Success@10", "MedianRank")


@dataclass(frozen=True)
class Figure:
    """One measured value of one direction.

    Attributes
    ----------
    direction : str
        Such as "text->image".
    measure : str
        "mAP" by class, or Success@K and MedianRank of the query's own partner.
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
            digits = 1 if f.measure == "MedianRank" else 4
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
) -> Assessment:
    """Measure every direction between the retriever's modalities on held-out items.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
    collection : Collection
        The held-out items; queries and gallery are both taken from it.
    protocol : {"wiki", "at50", "11pt", "hashing", "trec"}, default="wiki"
        The definition of mAP; see `classicxm.evaluation.AP_PRESETS`.
    training : Collection, optional
        Labelled training items that the retriever has indexed, from which the query-blind floor learns; without
        them that floor is left out.

    Returns
    -------
    Assessment
    """
    if protocol not in AP_PRESETS:
        raise ValueError(f"unknown protocol {protocol!r}; choose one of {', '.join(AP_PRESETS)}")
    vectors, records, skipped = {}, {}, []
    for modality in retriever.extractors_:
        part = [record for record in collection if record.get(modality) is not None]
        if not part:
            continue
        items, ids = [record[modality] for record in part], [record["id"] for record in part]
        view = describe_view(retriever.extractors_[modality], modality, items, ids)
        skipped += view.skipped
        if len(view.kept):
            vectors[modality] = retriever.aligner_.transform_view(modality, view.features)
            records[modality] = [part[row] for row in view.kept]
    if len(vectors) < 2:
        raise ValueError(
            f"{collection.name} has items of {' and '.join(vectors) or 'none'} only; measuring needs items of two of "
            f"what the model knows, {', '.join(retriever.extractors_)}"
        )
    blind = {m: _query_blind(retriever, m, vectors[m], training) for m in vectors}
    figures: list[Figure] = []
    for source, target in permutations(vectors, 2):
        figures += _direction(retriever, source, target, vectors, records, blind[target], protocol)
    return Assessment(figures, skipped, protocol)


def _direction(
    retriever: CrossModalRetriever,
    source: str,
    target: str,
    vectors: Mapping[str, np.ndarray],
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    blind: np.ndarray | None,
    protocol: str,
) -> Iterator[Figure]:
    keys = [record["id"] for record in records[target]]
    labels = {m: [record.get("label") for record in records[m]] for m in (source, target)}
    if all(label is not None for m in labels for label in labels[m]):
        relevant = class_relevance(labels[source], labels[target])
        yield from _figures(
            f"{source}->{target}",
            vectors[source],
            vectors[target],
            relevant,
            {"mAP": protocol},
            keys,
            retriever,
            blind,
            [record["id"] for record in records[source]],
        )
    partners = set(keys)
    paired = [row for row, record in enumerate(records[source]) if record["id"] in partners]
    if paired:
        relevant = instance_relevance([records[source][row]["id"] for row in paired], keys)
        names = {name: name for name in INSTANCE_MEASURES}
        queries = vectors[source][paired]
        asked = [records[source][row]["id"] for row in paired]
        yield from _figures(
            f"{source}->{target}", queries, vectors[target], relevant, names, keys, retriever, blind, asked
        )


def _figures(
    direction: str,
    queries: np.ndarray,
    gallery: np.ndarray,
    relevant: np.ndarray,
    names: Mapping[str, str],
    keys: Any,
    retriever: CrossModalRetriever,
    blind: np.ndarray | None,
    asked: Any,
) -> Iterator[Figure]:
    seen = len(set(retriever.learned_ids_).intersection([*asked, *keys]))

    def score(Q: np.ndarray, X: np.ndarray) -> np.ndarray:
        return similarity(Q, X, retriever.aligner_.score_metric)

    values = evaluate_direction(queries, gallery, relevant, score, list(names.values()), ids=keys)
    for shown, name in names.items():
        one = measure(name)
        statistic = "median" if one.kind == "MedianRank" else "mean"
        low, high = bootstrap_interval(values[name], statistic=statistic)
        floor = None
        if blind is not None:
            floor = one.mean(one(np.broadcast_to(blind, relevant.shape), relevant, keys))
        yield Figure(
            direction,
            shown,
            one.mean(values[name]),
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
