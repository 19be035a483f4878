"""Fitting a retriever: paired items, their views described, features and aligner chosen and the aligner fitted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from classicxm.errors import UnpairedViewsError
from classicxm.parameters import check_parameters
from classicxm.retrieval.description import equal_lengths
from classicxm.retrieval.paired_views import described_views
from classicxm.retrieval.selection import choose_on_folds, known_labels
from classicxm.sequences import listed, taken

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["learn", "paired_items"]


def paired_items(views: Any, ids: Any, y: Any) -> tuple[Any, Sequence[Any], Sequence[Any] | None]:
    """Views, ids and labels as lists that match; UnpairedViewsError where one has another length.

    >>> paired_items({"text": ("red", "blue"), "image": ("r.png", "b.png")}, None, None)
    ({'text': ['red', 'blue'], 'image': ['r.png', 'b.png']}, [0, 1], None)
    """
    if isinstance(views, dict):
        views = {modality: listed(items, f"the {modality} items") for modality, items in views.items()}
    n_items = equal_lengths(views)
    ids = list(range(n_items)) if ids is None else listed(ids, "ids")
    labels = None if y is None else listed(y, "labels")
    for name, given in (("ids", ids), ("labels", labels)):
        if given is not None and len(given) != n_items:
            raise UnpairedViewsError(f"{name} must be one per item ({n_items}), got {len(given)}")
    return views, ids, labels


def learn(
    retriever: "CrossModalRetriever",
    views: Mapping[str, Sequence[Any]],
    ids: Sequence[Any],
    learned: np.ndarray,
    labels: Sequence[Any] | None,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Fit extractors and aligner on the items marked in ``learned`` (n_items,) that have every view.

    Returns {modality: (features, rows)} of every item that could be described, and which item each row is. Indexes
    and payloads are empty afterwards.
    """
    check_parameters(retriever)
    execution = {"n_jobs": retriever.n_jobs, "on_error": retriever.on_error, "cache": retriever.cache}
    paired = described_views(retriever.extractors, views, ids, learned, execution)
    described, complete = paired.features, paired.complete
    rows, aligner = np.flatnonzero(complete), retriever.aligner
    retriever.selection_ = None
    if retriever.selection is not None:
        aligner = choose_on_folds(retriever, paired.extractors, described, views, ids, complete, labels)
    features = {m: matrix[complete[kept]] for m, (matrix, kept) in described.items()}
    known = labels if retriever.selection_ is None else known_labels(labels)
    retriever.aligner_ = clone(aligner).fit(features, taken(known, rows))
    retriever.extractors_ = paired.extractors
    retriever.skipped_, retriever.empty_ = paired.skipped, paired.empty
    retriever.learned_ids_ = taken(ids, rows)
    retriever.indexes_ = {m: retriever.new_index() for m in views}
    retriever.payload_ = {}
    retriever.whole_ = None
    return described
