"""Explanations: a score of two items as an exact sum over the parts of either.

With ``z = x W + b`` the vector of an item in the common subspace, the score ``z_q . z_t / (|z_q| |z_t|)`` is, for the
lengths that the two have, linear in the features ``x`` of either item: ``x_q . W_q z_t / (|z_q| |z_t|)`` plus the
baseline ``b_q . z_t / (|z_q| |z_t|)``, and likewise for the target. Where the alignment is not linear, features are
weighted by the score's gradient averaged along the line from the empty item. Extractors divide such a weighted sum of
features among words, regions and frames (``Extractor.divide``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from classicxm.alignment.linear_pullback import pulled_back
from classicxm.attribution import Parts, ratio
from classicxm.base import Aligner, Extractor
from classicxm.errors import ItemError, OutsideRootError
from classicxm.late_kinds import is_of_kind
from classicxm.media import decode
from classicxm.retrieval.description import held_content, split_pipeline
from classicxm.retrieval.documents import ANY
from classicxm.retrieval.evidence import Evidence, Explanation, gathered
from classicxm.retrieval.hits import Hit
from classicxm.retrieval.integrated_gradients import path_weights
from classicxm.retrieval.single_captions import best_caption, held_captions
from classicxm.search.inputs import check_queries
from classicxm.sequences import plain_array

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["explain", "explain_found"]

METRICS = ("cosine", "dot")


def explain(
    retriever: CrossModalRetriever, query: Mapping[str, Any], hit: Any, target: str, item: Any = None
) -> Explanation:
    """Which words, regions or frames of a query and of an item carry their score.

    Needs a cosine or dot score, and an aligner that is linear in the features or has a gradient: what that gives is
    divided by integrated gradients from the empty item (`classicxm.retrieval.integrated_gradients`). Approximate
    indexes are explained by the score that they approximate. Extractors and pipeline steps that do not say what in
    their features is from where give their share to the item as a whole.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
    query : dict of str to item
        One modality, as in `CrossModalRetriever.search`.
    hit : Hit or id
        What is explained.
    target : str
        The modality it was found in.
    item : optional
        The item's content; None takes the text or path that was stored with it.

    Returns
    -------
    Explanation

    Raises
    ------
    KeyError
        If the index does not hold the id.
    ValueError
        For an unknown modality, several at once, a score that is no sum, or an item without its content.
    ItemError
        If the content cannot be read.
    TypeError
        If the aligner is neither linear nor has a gradient, or several ids are given.

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> from classicxm.datasets import make_scenes
    >>> from classicxm.image import ColorHistogram
    >>> from classicxm.retrieval import CrossModalRetriever
    >>> from classicxm.text import TfidfText
    >>> scenes = make_scenes(60, modalities=("text", "image"))
    >>> extractors = {"text": TfidfText(), "image": ColorHistogram()}
    >>> retriever = CrossModalRetriever(extractors, CCA(4)).fit_collection(scenes)
    >>> why = retriever.explain({"text": "a red circle"}, "scene-0000", "image", item=scenes[0]["image"])
    >>> sorted(word.term for word in why.query.words), why.target.heat_map.shape
    (['circle', 'red'], (32, 32))
    >>> bool(abs(why.target.heat_map.sum() + why.target.baseline - why.score) < 1e-6)
    True
    """
    if not isinstance(query, dict) or len(query) != 1:
        given = list(query) if isinstance(query, dict) else query
        raise ValueError(f"one modality is explained at a time, such as {{'text': ...}}, got {given!r:.80}")
    ((modality, asked),) = query.items()
    check_is_fitted(retriever)
    for name in (modality, target):
        if name not in retriever.extractors_:
            raise ValueError(f"this model knows {', '.join(retriever.extractors_)}, not {name!r}")
    key = hit.id if isinstance(hit, Hit) else hit
    if not isinstance(key, Hashable):
        raise TypeError(f"one hit or id is explained at a time, got {key!r:.80}")
    metric = _metric(retriever, target)
    aligner, found = retriever.aligner_, _stored(retriever, key, target) if item is None else item
    own = _described(retriever.extractors_[modality], modality, asked, "query")
    if item is None:
        found = best_caption(retriever, key, target, found, aligner.transform_view(modality, own.rows[-1])[0])
    sides = [own, _described(retriever.extractors_[target], target, found, key)]
    vectors = [aligner.transform_view(side.modality, side.rows[-1])[0] for side in sides]
    lengths = np.prod([np.linalg.norm(z) for z in vectors]) if metric == "cosine" else 1.0
    score = float(vectors[0] @ vectors[1] / lengths) if lengths > 0 else 0.0
    evidence = []
    for side, other in zip(sides, reversed(vectors), strict=True):
        weights, empty = _weights(aligner, side, other, lengths if lengths > 0 else 1.0, metric)
        parts, constant = _divided(side, weights)
        evidence.append(gathered(side.modality, side.content, parts, float(empty + constant)))
    return Explanation(score, metric, key, *evidence)


def _weights(
    aligner: Aligner, side: _Described, other: np.ndarray, lengths: float, metric: str
) -> tuple[np.ndarray, float]:
    """Weights of one item's features, and what is left when nothing is there: together they add up to the score."""
    try:
        offset, W = aligner.linear_map(side.modality)
    except TypeError:
        return path_weights(aligner, side.modality, side.rows[-1][0], other, metric)
    return W @ other / lengths, float(offset @ other / lengths)


def explain_found(
    retriever: CrossModalRetriever, vector: np.ndarray, key: Hashable, target: str
) -> tuple[float, str, list[Evidence]]:
    """What carries the score of a stored item against a vector of the common subspace, such as a fused query.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
    vector : array (d,)
    key : id
    target : str
        A modality, or ``"any"``: the whole item is then explained by all it has, each modality with its share.

    Returns
    -------
    score, metric, evidence
        The sum of all parts and baselines of the evidence is the score: a list of one `Evidence` a modality, and of
        a whole item whose captions are indexed one by one, a caption.

    Raises
    ------
    KeyError, ValueError, ItemError, TypeError
        As `explain`.
    """
    metric = _metric(retriever, target)
    wanted = plain_array("vector", vector)
    check_queries([wanted])
    wanted = wanted.astype(np.float64)
    names = [m for m, index in retriever.indexes_.items() if key in index] if target == ANY else [target]
    if not names:
        raise KeyError(f"id {key!r} is not in the index; search and list show ids")
    held = {m: [_stored(retriever, key, m)] for m in names}
    if target == ANY:  # of captions that are indexed one by one it has the mean
        held = {m: held_captions(retriever, key, m, content) for m, (content,) in held.items()}
    else:
        held[target] = [best_caption(retriever, key, target, held[target][0], wanted)]
    sides = [_described(retriever.extractors_[m], m, one, key) for m in names for one in held[m]]
    aligner = retriever.aligner_
    vectors = [aligner.transform_view(side.modality, side.rows[-1])[0] for side in sides]
    shares = _shares(vectors, [len(held[m]) for m in names], metric)
    whole = sum(share * z for share, z in zip(shares, vectors, strict=True))
    length = np.linalg.norm(wanted) * np.linalg.norm(whole) if metric == "cosine" else 1.0
    length = length if length > 0 else 1.0
    evidence = []
    for side, share in zip(sides, shares, strict=True):
        # at the lengths that they have, the views add up by their dot products
        weights, empty = _weights(aligner, side, wanted * share / length, 1.0, "dot")
        parts, constant = _divided(side, weights)
        evidence.append(gathered(side.modality, side.content, parts, float(empty + constant)))
    return float(wanted @ whole / length), metric, evidence


def _shares(vectors: Sequence[np.ndarray], counts: Sequence[int], metric: str) -> list[float]:
    """What each vector counts in the whole item's: the mean of its views, each the mean of so many, at `own_scale`."""
    shares: list[float] = []
    for rows in np.split(np.array(vectors), np.cumsum(counts)[:-1]):
        lengths, length = np.ones(len(rows)), 1.0
        if metric == "cosine":
            lengths = np.linalg.norm(rows, axis=1)
            lengths[lengths == 0] = 1.0
            length = float(np.linalg.norm((rows / lengths[:, None]).mean(axis=0))) or 1.0
        shares += (1 / (len(counts) * len(rows) * length * lengths)).tolist()
    return shares


@dataclass(frozen=True)
class _Described:
    """One item: opened, as its extractor takes it, the pipeline's further steps, and its row after each (1, d)."""

    modality: str
    content: object
    taken: object
    extractor: Extractor
    steps: list
    rows: list


def _metric(retriever: CrossModalRetriever, target: str) -> str:
    metric = retriever.metric_of(target)
    if metric not in METRICS:
        raise ValueError(
            f"explanations need scores by {' or '.join(map(repr, METRICS))}, which are sums; the model scores by "
            f"{metric!r}"
        )
    return metric


def _stored(retriever: CrossModalRetriever, key: Any, target: str) -> Any:
    """What an indexed item was described from, as far as its payload says."""
    if key not in retriever.indexes_[target]:
        raise KeyError(f"id {key!r} is not in the {target} index; search and list show ids")
    try:
        content = held_content(retriever, target, key)
    except OutsideRootError as error:
        raise ItemError(key, f"{target} cannot be described: {error}; or give its content as item") from None
    if content is None:
        raise ValueError(f"item {key!r} was indexed without its {target}; give that as item")
    return content


def _described(extractor: Any, modality: str, item: Any, name: Any) -> _Described:
    first, steps = split_pipeline(extractor)
    if not isinstance(first, Extractor):
        raise TypeError(
            f"explanations need an extractor of classicxm for {modality}, got {type(first).__name__}"
        )
    try:
        taken = first.decode(item)
        rows = [first.describe_batch([taken]).astype(np.float32)]
    except (ValueError, TypeError, OSError) as error:
        reason = " ".join(str(error).split())
        missing = "" if name == "query" or not isinstance(item, (str, Path)) else "; give its content as item"
        raise ItemError(name, f"{modality} cannot be described: {reason}{missing}") from None
    for step in steps:
        rows.append(step.transform(rows[-1]))
    rows = [np.asarray(row, np.float64) for row in rows]
    return _Described(
        modality, taken if first.opens_items else _opened(modality, item), taken, first, steps, rows
    )


def _opened(modality: str, item: Any) -> Any:
    """An item that was looked up by its name, to be shown; None where the name is that of no file."""
    try:
        return decode(modality, item)
    except (ValueError, TypeError, OSError):
        return None


def _divided(side: _Described, weights: np.ndarray) -> tuple[Parts, float]:
    """``rows[-1] @ weights`` as `Parts` and a constant; what passed a step that is not linear stays whole."""
    constant = 0.0
    for i in range(len(side.steps) - 1, -1, -1):
        if is_of_kind(side.steps[i], "sklearn.preprocessing", "Normalizer"):
            weights = weights * ratio(side.rows[i + 1][0], side.rows[i][0])
            continue
        try:
            more, weights = pulled_back(side.steps[i], weights)
        except TypeError:
            return Parts.whole(side.rows[i + 1][0] @ weights, side.modality), constant
        constant += more
    return side.extractor.divide(side.taken, weights), constant
