"""Fitting a retriever: paired items, their views described, features and aligner chosen and the aligner fitted."""

from collections.abc import Mapping, Sequence
from os import fspath
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from classicxm.base import Aligner, Index
from classicxm.datasets.collection import GROUPS
from classicxm.datasets.schema import learned_split
from classicxm.errors import UnpairedViewsError
from classicxm.parameters import check_parameters
from classicxm.retrieval.aims import known_labels
from classicxm.retrieval.description import equal_lengths, items_of, stored_payloads
from classicxm.retrieval.held_items import add_vectors
from classicxm.retrieval.match_bounds import fold_bounds
from classicxm.retrieval.paired_views import described_views
from classicxm.retrieval.selection import choose_on_folds
from classicxm.retrieval.single_captions import caption_rows
from classicxm.search import MultiVectorIndex
from classicxm.sequences import listed, taken

if TYPE_CHECKING:
    from classicxm.datasets import Collection
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["adopt", "learn", "learn_collection", "paired_items"]


def paired_items(
    views: Any, ids: Any, y: Any, groups: Any = None
) -> tuple[Any, Sequence[Any], Sequence[Any] | None, Sequence[Any] | None]:
    """Views, ids, labels and groups as lists that match; UnpairedViewsError where one has another length.

    >>> paired_items({"text": ("red", "blue"), "image": ("r.png", "b.png")}, None, None)
    ({'text': ['red', 'blue'], 'image': ['r.png', 'b.png']}, [0, 1], None, None)
    """
    if isinstance(views, dict):
        views = {modality: listed(items, f"the {modality} items") for modality, items in views.items()}
    n_items = equal_lengths(views)
    ids = list(range(n_items)) if ids is None else listed(ids, "ids")
    labels = None if y is None else listed(y, "labels")
    groups = None if groups is None else listed(groups, "groups")
    for name, given in (("ids", ids), ("labels", labels), ("groups", groups)):
        if given is not None and len(given) != n_items:
            raise UnpairedViewsError(f"{name} must be one per item ({n_items}), got {len(given)}")
    return views, ids, labels, groups


def learn(
    retriever: "CrossModalRetriever",
    views: Mapping[str, Sequence[Any]],
    ids: Sequence[Any],
    learned: np.ndarray,
    labels: Sequence[Any] | None,
    groups: Sequence[Any] | None = None,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Fit extractors and aligner on the items marked in ``learned`` (n_items,) that have every view.

    Returns {modality: (features, rows)} of every item that could be described, and which item each row is. Indexes
    and payloads are empty afterwards.
    """
    check_parameters(retriever)
    if retriever.index is not None and retriever.index.filters_itself:  # looked at before the work begins
        vacant({m: retriever.index.of_view(m, retriever.aligner.score_metric) for m in views})
    execution = {"n_jobs": retriever.n_jobs, "on_error": retriever.on_error, "cache": retriever.cache}
    paired = described_views(retriever.extractors, views, ids, learned, execution)
    described, complete = paired.features, paired.complete
    rows, aligner = np.flatnonzero(complete), retriever.aligner
    retriever.selection_ = None
    if retriever.selection is not None:
        aligner = choose_on_folds(
            retriever, paired.extractors, described, views, ids, complete, labels, groups
        )
    features = {m: matrix[complete[kept]] for m, (matrix, kept) in described.items()}
    known = labels if retriever.selection_ is None else known_labels(labels)
    fitted = clone(aligner).fit(features, taken(known, rows))
    adopt(retriever, paired.extractors, fitted, taken(ids, rows))
    final: Any = getattr(fitted, "best_aligner_", fitted)
    several = {}
    if isinstance(retriever.indexes_.get("text"), MultiVectorIndex):
        single = caption_rows(paired.extractors["text"], taken(views["text"], rows), taken(ids, rows))
        several["text"] = single.features, single.items
    metric = retriever.new_index().metric
    retriever.match_bounds_ = fold_bounds(final, features, taken(known, rows), metric, several)
    retriever.skipped_, retriever.empty_ = paired.skipped, paired.empty
    return described


def learn_collection(
    retriever: "CrossModalRetriever", collection: "Collection", split: str | None, groups: str | None = GROUPS
) -> None:
    """Fit on the items of a split that have every view, and index all items; see `fit_collection` of the retriever."""
    held = collection.column("split")
    asked = learned_split(split, bool(collection.split_names))
    learned = np.array([asked is None or name == asked for name in held], bool)
    if not learned.any():
        collection.split(str(split))  # its message says which splits exist
    views = {m: items_of(collection, m, extractor) for m, extractor in retriever.extractors.items()}
    described = learn(retriever, views, collection.ids, learned, collection.labels, collection.groups(groups))
    retriever.root_ = None if collection.root is None else fspath(collection.root.resolve())
    for modality, (features, rows) in described.items():
        numbers = None
        if isinstance(retriever.indexes_[modality], MultiVectorIndex):
            # what could not be described, or was empty, has been told of the whole texts
            found = caption_rows(
                retriever.extractors_[modality], taken(views[modality], rows), taken(collection.ids, rows)
            )
            features, rows, numbers = found.features, rows[found.items], found.numbers
        records = [collection[row] for row in rows.tolist()]
        payloads = stored_payloads(retriever, records)
        add_vectors(retriever, modality, features, [record["id"] for record in records], payloads, numbers)


def adopt(
    retriever: "CrossModalRetriever", extractors: dict[str, Any], aligner: Aligner, learned_ids: Sequence[Any]
) -> None:
    """Take fitted extractors and a fitted alignment, here or elsewhere learned; indexes and payloads are empty then."""
    retriever.extractors_, retriever.aligner_ = extractors, aligner
    retriever.learned_ids_, retriever.skipped_, retriever.empty_ = learned_ids, [], []
    retriever.held_out_ids_ = []  # of a fit before
    retriever.indexes_ = vacant({m: retriever.new_index(m) for m in extractors})
    retriever.payload_ = {}
    retriever.whole_ = retriever.match_bounds_ = None


def vacant(indexes: dict[str, Index]) -> dict[str, Index]:
    """The same indexes, by modality; ValueError where one holds items.

    Those of a server may: items of another model, or of this one before it learned again. Their vectors mean nothing to
    a new alignment.
    """
    for modality, index in indexes.items():
        if held := len(index):
            raise ValueError(
                f"{index} already holds {held} {modality} items of another fit; name another table (?table=NAME in the "
                "address) or folder, or empty this one by its clear()"
            )
    return indexes
