"""Adding the items of a collection to a fitted retriever, and what there is to know about a retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import classicxm
from classicxm.retrieval.description import items_of, stored_payloads
from classicxm.retrieval.held_items import add_vectors
from classicxm.retrieval.single_captions import CaptionRows, view_rows
from classicxm.search import MultiVectorIndex
from classicxm.sequences import taken

if TYPE_CHECKING:
    from classicxm.datasets import Collection
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["add_collection", "held_ids", "summary"]


def held_ids(retriever: CrossModalRetriever) -> list[Any]:
    """The ids of all items held in any modality, in the order in which they were added."""
    held = {key: None for index in retriever.indexes_.values() for key in index.ids()}
    first = {key: None for key in retriever.payload_ if key in held}
    return list({**first, **held})


def add_collection(
    retriever: CrossModalRetriever, collection: Collection, replace: bool = False
) -> list[str]:
    """Describe a collection's items by the fitted extractors and index them; nothing is learned from them.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
    collection : Collection
        Modalities that the retriever does not know are passed over.
    replace : bool, default=False
        Whether items whose ids are held take the place of those; otherwise they are refused.

    Returns
    -------
    list of ids that were added; ``skipped_`` and ``empty_`` of the retriever say what was not.

    Raises
    ------
    ValueError
        For ids that are held, and for a collection without any modality of the retriever; nothing is added then.
    """
    known = [modality for modality in retriever.extractors_ if modality in collection.modalities]
    if not known:
        raise ValueError(
            f"{collection.name} has {' and '.join(collection.modalities)}, and this model knows "
            f"{', '.join(retriever.extractors_)} only"
        )
    held = set(held_ids(retriever)).intersection(collection.ids)
    if held and not replace:
        first = next(key for key in collection.ids if key in held)
        raise ValueError(
            f"id {first!r} is in the model already{f', and {len(held) - 1} more' if len(held) > 1 else ''}; "
            "replace what is held (--replace), or give the new items other ids"
        )
    views: dict[str, tuple[list[int], CaptionRows]] = {}
    for modality in known:
        every = items_of(collection, modality, retriever.extractors_[modality])
        rows = [row for row, item in enumerate(every) if item is not None]
        items, ids = taken(every, rows), taken(collection.ids, rows)
        views[modality] = rows, view_rows(retriever, modality, items, ids)
    retriever.skipped_ = [note for _, view in views.values() for note in view.skipped]
    retriever.empty_ = [note for _, view in views.values() for note in view.empty]
    added: dict[str, None] = {}
    with retriever.changing:
        described = {collection.ids[rows[i]] for rows, view in views.values() for i in view.items.tolist()}
        if replaced := [key for key in collection.ids if key in held & described]:
            retriever.remove(replaced)
        for modality, (rows, view) in views.items():
            records = [collection[rows[i]] for i in view.items.tolist()]
            payloads = stored_payloads(retriever, records)
            keys = [record["id"] for record in records]
            add_vectors(retriever, modality, view.features, keys, payloads, view.numbers)
            added.update(dict.fromkeys(record["id"] for record in records))
    return list(added)


def summary(retriever: CrossModalRetriever) -> dict[str, Any]:
    """What a fitted retriever learned from, holds and was set to, as JSON values.

    Keys are "version", "items" (all, and by modality), "learned_from", "held_out", "root", "extractors", "aligner",
    "indexes", and, where they are known, "collection", "recipe", "selection" (settings chosen and their measured
    quality) and "measured", and "captions", their number, where they are indexed one by one.
    """
    held = held_ids(retriever)
    aligner = retriever.aligner_
    chosen = getattr(aligner, "best_params_", None)
    facts: dict[str, Any] = {
        "version": classicxm.__version__,
        "items": {"all": len(held), **{m: len(index) for m, index in retriever.indexes_.items()}},
        "learned_from": len(retriever.learned_ids_),
        "held_out": len(retriever.held_out_ids_),
        "root": retriever.root_,
        "extractors": {m: _one_line(extractor) for m, extractor in retriever.extractors_.items()},
        "aligner": _one_line(getattr(aligner, "best_aligner_", aligner)),
        "dimensions": {
            m: int(index.n_features_in_)
            for m, index in retriever.indexes_.items()
            if hasattr(index, "n_features_in_")
        },
        "indexes": {m: _one_line(index) for m, index in retriever.indexes_.items()},
        **retriever.about_,
    }
    for index in retriever.indexes_.values():
        if isinstance(index, MultiVectorIndex):
            facts["captions"] = index.n_parts
    if chosen is not None:
        facts["chosen"] = _plain(chosen) | {"score": float(aligner.best_score_)}
    if (selection := getattr(retriever, "selection_", None)) is not None:
        facts["selection"] = _plain(selection.to_dict() if hasattr(selection, "to_dict") else selection)
    return facts


def _one_line(estimator: Any) -> str:
    return " ".join(repr(estimator).split())


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return value.item()
    return value if value is None or isinstance(value, (bool, int, float, str)) else _one_line(value)
