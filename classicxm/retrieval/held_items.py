"""Items and their payloads changing together, while threads search: an item is found only with its payload."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from classicxm.errors import UnpairedViewsError
from classicxm.retrieval.documents import extend_whole, reduce_whole
from classicxm.retrieval.facets import add_with_facets
from classicxm.retrieval.payloads import encoded_payloads
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
    encoded = encoded_payloads(ids, payloads)
    if ids:
        vectors = retriever.aligner_.transform_view(modality, features)
        _hold(retriever, modality, vectors, ids, encoded, numbers)


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
    _hold(retriever, modality, vectors, ids, encoded_payloads(ids, payloads), numbers)


def _hold(
    retriever: "CrossModalRetriever",
    modality: str,
    vectors: np.ndarray,
    ids: list[Any],
    encoded: Sequence[dict[str, Any] | str],
    numbers: Sequence[int] | None,
) -> None:
    with retriever.changing:
        before = retriever.payload_.merge(ids, encoded)  # first: an item is never found without its payload
        try:
            add_with_facets(retriever, modality, vectors, ids, numbers)
        except BaseException:
            retriever.payload_.restore(before)
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
        retriever.payload_ = retriever.payload_.without(
            set(ids)
        )  # a running search keeps those it started with
