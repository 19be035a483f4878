"""Extractors a modality, one alignment and one index a modality, as a single object."""

import copy

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from classicxm.base import Aligner, Index
from classicxm.constraints import N_JOBS, Choice, Either, InstanceOf, check_parameters
from classicxm.errors import DamagedFileError, UnpairedViewsError
from classicxm.media import PATH_TYPES
from classicxm.persistence import load, save
from classicxm.retrieval.answering import Answering
from classicxm.retrieval.changes import changes_of
from classicxm.retrieval.files import read_retriever, write_retriever
from classicxm.retrieval.items import extend_whole, reduce_whole
from classicxm.retrieval.learning import check_extractors, learn
from classicxm.retrieval.redaction import redacted
from classicxm.retrieval.views import (
    check_payloads,
    describe_view,
    equal_lengths,
    set_execution,
    stored_payload,
)
from classicxm.search import ExactIndex
from classicxm.search.inputs import check_id_order, check_ids
from classicxm.sequences import listed

__all__ = ["CrossModalRetriever"]


class CrossModalRetriever(Answering, BaseEstimator):
    """Search text, images, audio and video with one another.

    Parameters
    ----------
    extractors : dict of str to Extractor
        One a modality; a scikit-learn Pipeline that begins with an Extractor serves too.
    aligner : Aligner
        Learns the common subspace.
    index : Index, default=None
        What items are kept in, one clone a modality; None takes an `ExactIndex` with the aligner's
        ``score_metric``.
    n_jobs, on_error, cache : default=None
        When given, set in every extractor: workers, ``"raise" | "skip" | "zero"`` for items that cannot be
        described, and the folder of cached descriptions.

    Attributes
    ----------
    extractors_ : dict of str to fitted Extractor
    aligner_ : fitted Aligner
    indexes_ : dict of str to Index
    payload_ : dict of id to dict
        What `add` was given beside the items.
    skipped_, empty_ : list of ItemNote
        Items that the last `fit` or `add` left out, and those it kept as zero vectors for want of content.

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> from classicxm.datasets import make_scenes
    >>> from classicxm.image import ColorHistogram
    >>> from classicxm.text import TfidfText
    >>> scenes = make_scenes(60, modalities=("text", "image"))
    >>> retriever = CrossModalRetriever(
    ...     {"text": TfidfText(), "image": ColorHistogram()}, CCA(n_components=4)
    ... ).fit_collection(scenes)
    >>> [hit.id for hit in retriever.search({"text": "a red circle"}, target="image", k=2)]
    ['...', '...']
    >>> retriever.search(
    ...     {"text": "red", "image": scenes[0]["image"]}, "any", k=1, weights={"text": 0.5}, where="split=test"
    ... )[0].payload["split"]
    'test'
    >>> len(retriever.recommend(["scene-0001", {"id": "scene-0002", "weight": -1}], "image", diversity=0.3))
    10
    """

    whole_ = None  # the index of whole items, once it is asked for

    parameter_ranges = {
        "aligner": InstanceOf(Aligner),
        "index": Either(None, InstanceOf(Index)),
        "n_jobs": N_JOBS,
        "on_error": Choice(None, "raise", "skip", "zero"),
        "cache": Either(None, InstanceOf(*PATH_TYPES)),
    }

    def __init__(self, extractors, aligner, index=None, n_jobs=None, on_error=None, cache=None):
        self.extractors = extractors
        self.aligner = aligner
        self.index = index
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache

    def fit(self, views, y=None, ids=None):
        """Fit extractors and alignment on paired items.

        Parameters
        ----------
        views : dict of str to sequence
            Items a modality; position i of every view is one item.
        y : sequence, optional
            A label an item, for alignments that use it.
        ids : sequence, optional
            What messages call the items; their positions by default.
        """
        views = (
            {modality: listed(items, f"{modality} items") for modality, items in views.items()}
            if isinstance(views, dict)
            else views
        )
        n_items = equal_lengths(views)
        ids = list(range(n_items)) if ids is None else listed(ids, "ids")
        if len(ids) != n_items:
            raise UnpairedViewsError(
                f"got {n_items} items a view and {len(ids)} ids; there must be one of each"
            )
        self._learn(views, ids, np.ones(n_items, bool), y)
        return self

    def fit_collection(self, collection, split="train"):
        """Fit on one split of a collection and index all its items; each item is described once.

        Parameters
        ----------
        collection : classicxm.datasets.Collection
            Items that lack a modality of ``extractors`` are indexed under those they have, not learned from.
        split : str or None, default="train"
            What to learn from; None, or a collection without splits, learns from every item.
        """
        held = collection.column("split")
        learned = np.array(
            [split is None or not collection.split_names or name == split for name in held], bool
        )
        if not learned.any():
            collection.split(split)  # its message says which splits exist
        views = {modality: collection.column(modality) for modality in self.extractors}
        described = self._learn(views, collection.ids, learned, collection.labels)
        for modality, (features, rows) in described.items():
            records = [collection[row] for row in rows.tolist()]
            payloads = [stored_payload(record) for record in records]
            self._add_vectors(modality, features, [record["id"] for record in records], payloads)
        return self

    def _learn(self, views, ids, learned, y):
        """Fit on the marked rows that have every view; returns {modality: (features, rows)} of all items."""
        check_parameters(self)
        check_extractors(self.extractors, views)
        execution = {"n_jobs": self.n_jobs, "on_error": self.on_error, "cache": self.cache}
        found = learn(self.extractors, self.aligner, views, ids, learned, y, execution)
        with changes_of(self):
            self.extractors_, self.aligner_ = found.extractors, found.aligner
            self.skipped_, self.empty_ = found.skipped, found.empty
            self.indexes_, self.payload_, self.whole_ = {m: self.new_index() for m in views}, {}, None
        return found.described

    def add(self, modality, items, ids, payload=None):
        """Describe items of one modality and index them under ids.

        Parameters
        ----------
        modality : str
        items, ids : sequences of equal length
            Ids (str or int) are unique a modality; the same id in two modalities is one item.
        payload : sequence of dict, optional
            JSON values that come back with every hit.
        """
        self._check_known(modality)
        items, ids = listed(items, f"{modality} items"), check_id_order(ids)
        payload = [{}] * len(ids) if payload is None else listed(payload, "payloads")
        if not len(items) == len(ids) == len(payload):
            raise UnpairedViewsError(
                f"got {len(items)} items, {len(ids)} ids and {len(payload)} payloads; there must be one of each"
            )
        view = describe_view(self.extractors_[modality], modality, items, ids)
        self.skipped_, self.empty_ = view.skipped, view.empty
        self._add_vectors(
            modality, view.features, [ids[i] for i in view.kept], [payload[i] for i in view.kept]
        )
        return self

    def remove(self, ids):
        """Forget items in every modality; KeyError when none of the indexes holds an id."""
        ids = check_ids(ids)
        with changes_of(self):
            indexes = list(self.indexes_.values())
            unknown = [key for key in ids if not any(key in index for index in indexes)]
            if unknown:
                raise KeyError(f"id {unknown[0]!r} is not in the index")
            for index in indexes:
                index.remove([key for key in ids if key in index])
            reduce_whole(self, ids)
            for key in ids:
                self.payload_.pop(key, None)
        return self

    def with_execution(self, **settings):
        """Set n_jobs, on_error or cache of the fitted extractors; returns self."""
        for extractor in self.extractors_.values():
            set_execution(extractor, **settings)
        return self

    def save(self, folder, payload=True):
        """Write everything to a folder, see `classicxm.persistence.save`; without ``payload`` no text, path or label.

        What remains without it, and may tell of the items all the same, `classicxm.retrieval.redacted` lists.
        """
        return save(self if payload else redacted(self), folder)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        retriever = load(folder)
        if not isinstance(retriever, cls):
            raise DamagedFileError(folder, f"holds a {type(retriever).__name__}, not a {cls.__name__}")
        return retriever

    def write_files(self, folder):
        """Called by `classicxm.persistence.save`."""
        check_is_fitted(self)
        write_retriever(self, folder)

    @classmethod
    def read_files(cls, folder):
        """Called by `classicxm.persistence.load`."""
        return read_retriever(folder)

    def new_index(self):
        """An empty index as one modality has it."""
        return ExactIndex(self.aligner_.score_metric) if self.index is None else clone(self.index)

    def _add_vectors(self, modality, features, ids, payloads):
        ids = check_ids(ids)
        check_payloads(ids, payloads)
        if not ids:
            return
        vectors, payloads = self.aligner_.transform_view(modality, features), copy.deepcopy(payloads)
        with changes_of(self):
            before = {key: self.payload_.get(key) for key in ids}
            # what comes with an item is there before the item can be found, and goes where it is refused
            for key, payload in zip(ids, payloads, strict=True):
                self.payload_[key] = {**self.payload_.get(key, {}), **payload}
            try:
                self.indexes_[modality].add(vectors, ids)
            except BaseException:
                for key, payload in before.items():
                    if payload is None:
                        self.payload_.pop(key, None)
                    else:
                        self.payload_[key] = payload
                raise
            extend_whole(self, ids)
