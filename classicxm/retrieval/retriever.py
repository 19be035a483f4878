"""Extractors a modality, one alignment and one index a modality, as a single object."""

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from classicxm.base import Aligner, Index
from classicxm.constraints import Choice, Either, InstanceOf, Integer, check_parameters
from classicxm.distances import unit_rows
from classicxm.errors import DamagedFileError, UnpairedViewsError
from classicxm.media import MODALITIES, PATH_TYPES
from classicxm.persistence import load, save
from classicxm.retrieval.annotation import annotate
from classicxm.retrieval.files import read_retriever, write_retriever
from classicxm.retrieval.hits import Hit
from classicxm.retrieval.redaction import redacted
from classicxm.retrieval.views import (
    describe_view,
    equal_lengths,
    fit_extractor,
    set_execution,
    stored_payload,
)
from classicxm.search import ExactIndex

__all__ = ["CrossModalRetriever"]


class CrossModalRetriever(BaseEstimator):
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
    """

    parameter_ranges = {
        "aligner": InstanceOf(Aligner),
        "index": Either(None, InstanceOf(Index)),
        "n_jobs": Either(None, Integer()),
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
        n_items = equal_lengths(views)
        self._learn(views, list(range(n_items)) if ids is None else list(ids), np.ones(n_items, bool), y)
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
        """Fit on the marked rows that have every view; returns {modality: (features, rows)} of all items.

        An item may lack a view (None); it is then described by those it has.
        """
        check_parameters(self)
        self._check_extractors(views)
        complete = learned & np.all(
            [[item is not None for item in items] for items in views.values()], axis=0
        )
        if not complete.any():
            raise ValueError(f"no item to learn from has all of {', '.join(self.extractors)}")
        self.extractors_, described, self.skipped_, self.empty_ = {}, {}, [], []
        for modality, items in views.items():
            extractor = clone(self.extractors[modality])
            set_execution(extractor, n_jobs=self.n_jobs, on_error=self.on_error, cache=self.cache)
            training = np.flatnonzero(complete)
            fit_extractor(extractor, modality, [items[i] for i in training], [ids[i] for i in training])
            self.extractors_[modality] = extractor
            present = np.array([i for i, item in enumerate(items) if item is not None], dtype=int)
            view = describe_view(extractor, modality, [items[i] for i in present], [ids[i] for i in present])
            described[modality] = view.features, present[view.kept]
            self.skipped_ += view.skipped
            self.empty_ += view.empty
            complete[np.setdiff1d(np.flatnonzero(complete), present[view.kept])] = False
        paired = {m: features[complete[rows]] for m, (features, rows) in described.items()}
        labels = None if y is None else [y[i] for i in np.flatnonzero(complete)]
        self.aligner_ = clone(self.aligner).fit(paired, labels)
        self.indexes_, self.payload_ = {m: self._new_index() for m in views}, {}
        return described

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
        ids, payload = list(ids), [{}] * len(ids) if payload is None else list(payload)
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
        ids = list(ids)
        indexes = list(self.indexes_.values())
        unknown = [key for key in ids if not any(key in index for index in indexes)]
        if unknown:
            raise KeyError(f"id {unknown[0]!r} is not in the index")
        for index in indexes:
            index.remove([key for key in ids if key in index])
        for key in ids:
            self.payload_.pop(key, None)
        return self

    def project(self, modality, items):
        """Items of one modality as vectors of the common subspace: (n_items, n_components)."""
        self._check_known(modality)
        view = describe_view(self.extractors_[modality], modality, items, list(range(len(items))))
        return self.aligner_.transform_view(modality, view.features)

    def search(self, query, target, k=10, allowed=None):
        """The k items of a modality that answer a query best.

        Parameters
        ----------
        query : dict of str to item
            ``{"text": "a red circle"}`` or ``{"image": "photo.jpg"}``; several modalities are averaged in the
            common subspace, each at length 1.
        target : str
            The modality to answer with.
        k : int, default=10
        allowed : collection of ids, optional

        Returns
        -------
        list of Hit, best first; shorter than k only when fewer items exist.
        """
        ids, scores = self.search_batch({m: [item] for m, item in query.items()}, target, k, allowed)
        return [
            Hit(key, float(score), self.payload_.get(key, {}))
            for key, score in zip(ids[0], scores[0], strict=True)
            if key is not None
        ]

    def search_batch(self, queries, target, k=10, allowed=None):
        """`search` for many queries at once: ids and scores, both (n_queries, k)."""
        self._check_known(target)
        equal_lengths(queries)
        projected = [self.project(modality, items) for modality, items in queries.items()]
        vectors = projected[0] if len(projected) == 1 else sum(map(unit_rows, projected))
        return self.indexes_[target].search(vectors, k, allowed)

    def annotate(self, query, k=10, min_df=2, correction=None):
        """The k terms of the texts' vocabulary that lie nearest to a query: a list of (term, score), best first.

        See `classicxm.retrieval.Annotator`, which also takes many queries at once.
        """
        return annotate(self, query, k, min_df, correction)

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

    def _new_index(self):
        return ExactIndex(self.aligner_.score_metric) if self.index is None else clone(self.index)

    def _add_vectors(self, modality, features, ids, payloads):
        if ids:
            self.indexes_[modality].add(self.aligner_.transform_view(modality, features), ids)
        for key, payload in zip(ids, payloads, strict=True):
            self.payload_.setdefault(key, {}).update(payload)

    def _check_known(self, modality):
        check_is_fitted(self)
        if modality not in self.extractors_:
            raise ValueError(f"this model knows {', '.join(self.extractors_)}, not {modality!r}")

    def _check_extractors(self, views):
        for modality in self.extractors:
            if modality not in MODALITIES:
                raise ValueError(
                    f"extractors: a modality must be one of {', '.join(MODALITIES)}, got {modality!r}"
                )
        if set(views) != set(self.extractors):
            raise ValueError(
                f"views must be {sorted(self.extractors)}, as the extractors, got {sorted(views)}"
            )
