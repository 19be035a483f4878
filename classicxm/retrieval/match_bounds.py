"""What random pairs reach, learned on folds of the training items: an answer that scores no more is no good match."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from classicxm.base import Aligner
from classicxm.distances import METRICS, similarity
from classicxm.labels import class_folds, class_indicators
from classicxm.retrieval.aims import known_labels
from classicxm.retrieval.documents import ANY, own_scale
from classicxm.retrieval.targets import scored_by
from classicxm.search import MultiVectorIndex
from classicxm.sequences import taken

if TYPE_CHECKING:
    from classicxm.retrieval.hits import Hits
    from classicxm.retrieval.queries import Part
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["CHANCE", "bound_of", "bounds_for", "fold_bounds", "judged", "known_bounds", "stored_bounds"]

#: Share of random pairs that a good match has to beat.
CHANCE = 0.95
N_FOLDS = 3
#: Of fewer training items nothing is learned.
FEWEST = 12
#: Items of a fold that are paired at random; more training items than three such folds give one fold alone.
MOST = 500
#: Items of the other folds that the alignment is then fitted on, so that a large collection does not fit twice as long.
MOST_FITTED = 3000

Bounds = dict[str, dict[str, float]]


def fold_bounds(
    aligner: Aligner,
    views: Mapping[str, Any],
    y: Sequence[Any] | None = None,
    metric: str = "cosine",
    several: Mapping[str, tuple[Any, np.ndarray]] | None = None,
) -> Bounds:
    """For every source and target the score that 95 % of random pairs of held-out training items stay below.

    The alignment is fitted on the items of the other folds. A pair is the query of one item and another item,
    whatever their labels.

    Parameters
    ----------
    aligner : Aligner
        As it was chosen; it is cloned.
    views : dict of str to array (n, d)
        Training items.
    y : sequence of labels, optional
    metric : str, default="cosine"
    several : dict of str to (array (n_rows, d), int array (n_rows,)), optional
        Of modalities in which an item is found by the best of several rows, such as captions: these rows, and the
        item of each, ascending.

    Returns
    -------
    dict of source to dict of target to float, with ``"any"`` for whole items; empty where nothing can be learned: of
    fewer than 12 items, and of a private alignment, which may see them once only.

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> X = np.random.default_rng(0).normal(size=(90, 4))
    >>> bounds = fold_bounds(CCA(4), {"image": X, "text": X[:, ::-1]})
    >>> sorted(bounds), 0.7 < bounds["text"]["image"] < 0.9
    (['any', 'image', 'text'], True)
    """
    n = len(next(iter(views.values())))
    if n < FEWEST or metric not in METRICS or _is_private(aligner):
        return {}
    scores: dict[tuple[str, str], list[np.ndarray]] = {}
    y = known_labels(y)
    try:
        for kept, held in _folds(n, y):
            with warnings.catch_warnings():  # the alignment of all items has warned
                warnings.simplefilter("ignore")
                fitted = clone(aligner).fit({name: X[kept] for name, X in views.items()}, taken(y, kept))
            vectors = {name: fitted.transform_view(name, X[held]) for name, X in views.items()}
            galleries = {
                name: _gallery(fitted.transform_view(name, X[np.isin(owners, held)]), owners, held)
                for name, (X, owners) in (several or {}).items()
            }
            for pair, found in _random_pairs(vectors, metric, galleries):
                scores.setdefault(pair, []).append(found)
    except ValueError:  # too few items of a class, or of any, are left for this alignment
        return {}
    return _by_source({pair: np.concatenate(found) for pair, found in scores.items()})


def stored_bounds(retriever: CrossModalRetriever, most: int = MOST) -> Bounds:
    """The same from stored vectors, for models that learned none: of items not learned from where there are two.

    Of vectors that lie with a server, which would be asked for each, nothing is learned.
    """
    learned = set(retriever.learned_ids_)
    metric = retriever.new_index().metric
    if metric not in METRICS or any(index.filters_itself for index in retriever.indexes_.values()):
        return {}
    with retriever.changing:
        indexes = list(retriever.indexes_.values())
        every = [key for key in indexes[0].ids() if all(key in index for index in indexes)]
        fresh = [key for key in every if key not in learned]
        keys = fresh if len(fresh) > 1 else every
        rows = np.sort(np.random.default_rng(0).permutation(len(keys))[:most]).tolist()
        chosen = taken(keys, rows)
        vectors = {name: index.vectors(chosen) for name, index in retriever.indexes_.items()}
        galleries = {
            name: (parts[0], _starts([chosen.index(key) for key in parts[1]]))
            for name, index in retriever.indexes_.items()
            if isinstance(index, MultiVectorIndex)
            for parts in [index.parts(chosen)]
        }
    return _by_source(dict(_random_pairs(vectors, metric, galleries))) if len(rows) > 1 else {}


def known_bounds(retriever: CrossModalRetriever) -> Bounds:
    """``match_bounds_``; of models that learned none, from the vectors that they hold, once."""
    if retriever.match_bounds_ is None:
        retriever.match_bounds_ = stored_bounds(retriever)
    return retriever.match_bounds_


def bounds_for(retriever: CrossModalRetriever, target: str) -> Bounds:
    """`known_bounds` where answers of a target are scored by the metric that they are bounds of, and not by codes."""
    return known_bounds(retriever) if scored_by(retriever, target) == retriever.metric_of(target) else {}


def bound_of(bounds: Bounds, parts: Iterable[Part], target: str, fusion: str = "early") -> float | None:
    """The bound of a question: of several wanted parts the highest; None where none was learned.

    Lists that were merged, be it one alone, have scores of their own, for which there is none.

    >>> from classicxm.retrieval.queries import Part
    >>> parts = [Part("text", ["red"], 1.0), Part("id", ["a"], 0.5), Part("id", ["b"], -0.5)]
    >>> bound_of({"text": {"image": 0.4}, "any": {"image": 0.6}}, parts, "image")
    0.6
    """
    wanted = [part for part in parts if part.weight > 0]
    if not wanted or fusion not in ("early", "confidence") or (fusion == "confidence" and len(wanted) > 1):
        return None
    found = [bounds.get(ANY if part.modality == "id" else part.modality, {}).get(target) for part in wanted]
    known = [bound for bound in found if bound is not None]
    return max(known) if len(known) == len(found) else None


def judged(
    retriever: CrossModalRetriever,
    found: Hits,
    parts: Sequence[Part],
    known: Sequence[np.ndarray],
    target: str,
    fusion: str = "early",
    min_score: float | None = None,
) -> Hits:
    """The hits of a question beside what random pairs reach; ``known`` is as of `part_vectors`, see `Hits.judged`."""
    asked = {item for part in parts if part.modality == "id" for item in part.items}
    wanted = [rows.any() for part, rows in zip(parts, known, strict=True) if part.weight > 0]
    is_known = any(wanted) or not wanted
    return found.judged(retriever.match_bound(parts, target, fusion), asked, min_score, is_known)


def _is_private(aligner: Aligner) -> bool:
    return any(name.rpartition("__")[2] == "epsilon" for name in aligner.get_params())


def _folds(n: int, y: Sequence[Any] | None) -> list[tuple[np.ndarray, np.ndarray]]:
    if n > N_FOLDS * MOST:
        order = np.random.default_rng(0).permutation(n)
        return [(order[MOST : MOST + MOST_FITTED], order[:MOST])]
    return class_folds(n, N_FOLDS, None if y is None else class_indicators(y, n, min_classes=0)[1])


def _gallery(vectors: np.ndarray, owners: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Projected rows of held-out items in the order of the items, and where each item's begin."""
    place = {item: n for n, item in enumerate(held.tolist())}
    places = np.array([place[item] for item in owners.tolist() if item in place])
    order = np.argsort(places, kind="stable")
    return vectors[order], _starts(places[order])


def _starts(owners: Any) -> np.ndarray:
    """Where the rows of every item begin; rows of one item lie together.

    >>> _starts([0, 0, 1, 2, 2])
    array([0, 2, 3])
    """
    return np.flatnonzero(np.diff(owners, prepend=-1))


def _random_pairs(
    vectors: Mapping[str, np.ndarray],
    metric: str,
    galleries: Mapping[str, tuple[np.ndarray, np.ndarray]],
) -> Iterable[tuple[tuple[str, str], Any]]:
    """Scores of different items for every pair of modalities, and of whole items with each."""
    whole = np.mean([own_scale(X, metric) for X in vectors.values()], axis=0)
    sides = {**vectors, ANY: whole}
    off = ~np.eye(len(whole), dtype=bool)
    for source, target in product(sides, repeat=2):
        gallery, starts = galleries.get(target, (sides[target], None))
        scores = similarity(sides[source], gallery, metric)
        yield (
            (source, target),
            (scores if starts is None else np.maximum.reduceat(scores, starts, axis=1))[off],
        )


def _by_source(scores: Mapping[tuple[str, str], np.ndarray]) -> Bounds:
    bounds: Bounds = {}
    for (source, target), found in scores.items():
        bounds.setdefault(source, {})[target] = float(np.quantile(found, CHANCE))
    return bounds
