"""Whole items: what an item has in several modalities as one vector, and one index of them, ``target="any"``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.base import Index
from classicxm.distances import get_metric
from classicxm.search.inputs import check_ids
from classicxm.spelling import did_you_mean

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = [
    "ANY",
    "extend_whole",
    "own_scale",
    "reduce_whole",
    "whole_index",
    "whole_vectors",
]

#: The target that answers with items found from whatever modalities they have.
ANY = "any"
# Metrics that see directions only: there every view is brought to length 1 before views are added up.
DIRECTIONS = ("cosine", "correlation")


def own_scale(vectors: np.ndarray, metric: str) -> np.ndarray:
    """Vectors (n, d) at the scale at which several views can be averaged under a metric.

    Cosine and correlation ignore length, so each vector gets length 1 (correlation: after centring), and no view
    drowns another. Every other metric reads lengths, so vectors stay as they are: a posterior scaled to length 1
    would have a sum above 1 that grows with its uncertainty, giving most weight to the view that knows least, while
    a mean of posteriors is a posterior, and its dot product still the probability of a common class.

    >>> own_scale(np.array([[3.0, 4.0]]), "cosine"), own_scale(np.array([[0.9, 0.1]]), "dot")
    (array([[0.6, 0.8]]), array([[0.9, 0.1]]))
    """
    return get_metric(metric).prepare(vectors) if metric in DIRECTIONS else vectors


def whole_vectors(indexes: Mapping[str, Index], ids: Sequence[Any], metric: str) -> np.ndarray:
    """One vector per item, the mean of those it has, each at its `own_scale`: (n, d).

    Parameters
    ----------
    indexes : dict of str to Index
        One per modality. An item is held by any of them, and a modality that it lacks does not count.
    ids : sequence of ids
    metric : str

    Raises
    ------
    KeyError
        For an id that no index holds.

    Examples
    --------
    >>> from classicxm.search import ExactIndex
    >>> text, image = ExactIndex().add([[2, 0]], ["a"]), ExactIndex().add([[0, 1], [0, 3]], ["a", "b"])
    >>> whole_vectors({"text": text, "image": image}, ["a", "b"], "cosine")
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    ids = check_ids(ids)
    total, counts = np.zeros((len(ids), 0)), np.zeros(len(ids))
    for index in indexes.values():
        held = [row for row, key in enumerate(ids) if key in index]
        if held:
            vectors = own_scale(index.vectors([ids[row] for row in held]), metric)
            total = np.zeros((len(ids), vectors.shape[1])) if not total.shape[1] else total
            total[held] += vectors
            counts[held] += 1
    if not counts.all():
        unknown = ids[int(counts.argmin())]
        close = did_you_mean(str(unknown), (str(key) for index in indexes.values() for key in index.ids()))
        raise KeyError(f"id {unknown!r} is not in the index{close}")
    return total / counts[:, None]


def whole_index(retriever: "CrossModalRetriever") -> Index:
    """The index of whole items, made from those of the modalities when it is first asked for.

    What is added and removed afterwards follows through `extend_whole` and `reduce_whole`. It is not saved: a loaded
    retriever makes it anew, and so does one that was saved before there were whole items.
    """
    with retriever.changing:
        whole = retriever.whole_  # read once: whoever sets it to None may not hold the lock
        if whole is None:
            whole, parts = retriever.new_index(), retriever.indexes_.values()
            held = [key for key in list(retriever.payload_) if any(key in index for index in parts)]
            ids = list(dict.fromkeys([*held, *(key for index in parts for key in index.ids())]))
            if ids:
                whole.add(whole_vectors(retriever.indexes_, ids, whole.metric), ids)
            retriever.whole_ = whole
        return whole


def extend_whole(retriever: "CrossModalRetriever", ids: Sequence[Any]) -> None:
    """Called after ids were added to a modality."""
    with retriever.changing:
        whole = retriever.whole_
        if whole is None:
            return
        if any(key in whole for key in ids):
            retriever.whole_ = None  # items changed in place: made anew, so that ties keep their order
        else:
            whole.add(whole_vectors(retriever.indexes_, ids, whole.metric), ids)


def reduce_whole(retriever: "CrossModalRetriever", ids: Sequence[Any]) -> None:
    """Called after ids were removed from every modality."""
    with retriever.changing:
        whole = retriever.whole_
        if whole is not None:
            whole.remove([key for key in dict.fromkeys(ids) if key in whole])
