"""Items and their payloads changing together, while threads search: an item is found only with its payload."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.errors import UnpairedViewsError
from classicxm.retrieval.description import check_payloads, copied
from classicxm.retrieval.documents import extend_whole, reduce_whole
from classicxm.retrieval.facets import add_with_facets
from classicxm.search.inputs import check_held, check_id_order, check_ids
from classicxm.sequences import listed

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["add_projected", "add_vectors", "items_to_hold", "remove_items"]


def items_to_hold(
    modality: str, items: Any, ids: Any, payload: Any
) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    """Items, ids and payloads as lists of one length; UnpairedViewsError where they are not.

    >>> items_to_hold("text", ("a red car",), ("car",), None)
    (['a red car'], ['car'], [{}])
    """
    items, ids = listed(items, f"the {modality} items"), check_id_order(ids)
    payload = [{}] * len(ids) if payload is None else listed(payload, "payload")
    if not len(items) == len(ids) == len(payload):
        raise UnpairedViewsError(
            f"got {len(items)} items, {len(ids)} ids and {len(payload)} payloads; there must be one of each"
        )
    return items, ids, payload


def add_vectors(
    retriever: "CrossModalRetriever",
    modality: str,
    features: np.ndarray,
    ids: Sequence[Any],
    payloads: Sequence[Any],
    numbers: Sequence[int] | None = None,
) -> None:
    """Index features (n, n_features) of one modality under ids, with payloads; all of it or, on an error, nothing.

    Where an item has several rows, ``numbers`` says which of its captions each is.
    """
    ids = check_ids(ids)
    check_payloads(ids, payloads)
    if not ids:
        return
    vectors = retriever.aligner_.transform_view(modality, features)
    add_projected(retriever, modality, vectors, ids, payloads, numbers)


def add_projected(
    retriever: "CrossModalRetriever",
    modality: str,
    vectors: np.ndarray,
    ids: Sequence[Any],
    payloads: Sequence[Any],
    numbers: Sequence[int] | None = None,
) -> None:
    """The same with vectors of the common subspace (n, n_components)."""
    ids = check_ids(ids)
    check_payloads(ids, payloads)
    with retriever.changing:
        before = {key: retriever.payload_.get(key) for key in ids}
        for key, payload in zip(ids, payloads, strict=True):  # an item is never found without its payload
            retriever.payload_[key] = {**retriever.payload_.get(key, {}), **copied(payload)}
        try:
            add_with_facets(retriever, modality, vectors, ids, numbers)
        except BaseException:
            for key, old in before.items():
                retriever.payload_.pop(key) if old is None else retriever.payload_.update({key: old})
            raise
        extend_whole(retriever, list(before))


def remove_items(retriever: "CrossModalRetriever", ids: Sequence[Any]) -> None:
    """Remove ids from every index; KeyError, before anything is removed, when none of the indexes holds an id."""
    ids = check_ids(ids)
    with retriever.changing:
        indexes = list(retriever.indexes_.values())
        check_held(ids, {key for key in ids if any(key in index for index in indexes)})
        for index in indexes:
            index.remove([key for key in ids if key in index])
        reduce_whole(retriever, ids)
        gone = set(ids)  # a running search keeps the payloads it started with
        retriever.payload_ = {key: payload for key, payload in retriever.payload_.items() if key not in gone}
