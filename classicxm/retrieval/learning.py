"""What fitting a retriever does: extractors learn and describe, then the alignment learns from complete items."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.base import clone

from classicxm.errors import UnpairedViewsError
from classicxm.media import MODALITIES
from classicxm.retrieval.views import describe_view, fit_extractor, set_execution
from classicxm.sequences import listed, plain_array

__all__ = ["Learned", "check_extractors", "learn"]


@dataclass
class Learned:
    """Everything that `learn` found out.

    Attributes
    ----------
    extractors : dict of str to fitted Extractor
    aligner : fitted Aligner
    described : dict of str to (features, rows)
        Every item of a modality that could be described, and which item each row is.
    skipped, empty : list of ItemNote
    """

    extractors: dict = field(default_factory=dict)
    aligner: object = None
    described: dict = field(default_factory=dict)
    skipped: list = field(default_factory=list)
    empty: list = field(default_factory=list)


def learn(extractors, aligner, views, ids, learned, y, execution):
    """Fit clones of extractors and aligner on the marked items that have every view; describe all items.

    Parameters
    ----------
    extractors : dict of str to Extractor
    aligner : Aligner
    views : dict of str to sequence of n items
        An item may lack a view (None); it is then described by those it has.
    ids : sequence of n ids
    learned : bool array (n,)
    y : sequence of n labels, or None
    execution : dict
        n_jobs, on_error and cache for every extractor, where not None.

    Returns
    -------
    Learned
    """
    views = {modality: listed(items, f"{modality} items") for modality, items in views.items()}
    ids, y = listed(ids, "ids"), labels_by_position(y, len(ids))
    complete = learned & np.all([[item is not None for item in items] for items in views.values()], axis=0)
    if not complete.any():
        raise ValueError(f"no item to learn from has all of {', '.join(extractors)}")
    found = Learned()
    for modality, items in views.items():
        extractor = clone(extractors[modality])
        set_execution(extractor, **execution)
        training = np.flatnonzero(complete)
        fit_extractor(extractor, modality, [items[i] for i in training], [ids[i] for i in training])
        found.extractors[modality] = extractor
        present = np.array([i for i, item in enumerate(items) if item is not None], dtype=int)
        view = describe_view(extractor, modality, [items[i] for i in present], [ids[i] for i in present])
        found.described[modality] = view.features, present[view.kept]
        found.skipped += view.skipped
        found.empty += view.empty
        complete[np.setdiff1d(np.flatnonzero(complete), present[view.kept])] = False
    paired = {m: features[complete[rows]] for m, (features, rows) in found.described.items()}
    kept = np.flatnonzero(complete)
    labels = y[kept] if isinstance(y, np.ndarray) else None if y is None else [y[i] for i in kept]
    found.aligner = clone(aligner).fit(paired, labels)
    return found


def labels_by_position(y, n_items):
    """Labels, one an item, as a list, or as an array where they are a matrix; None stays None."""
    if y is None:
        return None
    y = plain_array("labels", y) if getattr(y, "ndim", 1) == 2 else listed(y, "labels")
    if len(y) != n_items:
        raise UnpairedViewsError(f"got {n_items} items and {len(y)} labels; there must be one of each")
    return y


def check_extractors(extractors, views):
    """ValueError unless extractors are of known modalities and the views are theirs."""
    for modality in extractors:
        if modality not in MODALITIES:
            raise ValueError(
                f"extractors: a modality must be one of {', '.join(MODALITIES)}, got {modality!r}"
            )
    if set(views) != set(extractors):
        raise ValueError(f"views must be {sorted(extractors)}, as the extractors, got {sorted(views)}")
