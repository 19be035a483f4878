"""Extractors per modality, one alignment and one index per modality, as a single object."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Self

import numpy as np

from classicxm.base import Aligner, Index  # isort: skip # before scikit-learn, whose start it shortens
from sklearn.base import clone

from classicxm.datasets.collection import GROUPS, Collection
from classicxm.errors import DamagedFileError
from classicxm.media import PATH_TYPES
from classicxm.media.stored_path import stored_path
from classicxm.parameters import N_JOBS, Choice, Either, InstanceOf
from classicxm.persistence import load, save
from classicxm.retrieval.additions import add_collection, summary
from classicxm.retrieval.annotation import annotate
from classicxm.retrieval.description import describe_view, set_execution, shown_payload
from classicxm.retrieval.documents import ANY
from classicxm.retrieval.evidence import Explanation
from classicxm.retrieval.explanation import explain
from classicxm.retrieval.fitting import learn, learn_collection, paired_items
from classicxm.retrieval.fusion import early_fusion, fused_search
from classicxm.retrieval.held_items import add_vectors, items_to_hold, remove_items
from classicxm.retrieval.hits import Hits, hits_of_one_moment
from classicxm.retrieval.known_words import warn_of_unknown
from classicxm.retrieval.match_bounds import bound_of, bounds_for, judged, known_bounds
from classicxm.retrieval.payloads import Payloads
from classicxm.retrieval.queries import Part, listed_history, one_query, part_vectors, query_parts
from classicxm.retrieval.recommendation import profile_parts, recommended
from classicxm.retrieval.redaction import redacted
from classicxm.retrieval.retriever_files import read_retriever, write_retriever
from classicxm.retrieval.selection import FoldSelection
from classicxm.retrieval.single_captions import CAPTIONS, name_captions, view_rows
from classicxm.retrieval.targets import check_modality, checked_question, index_of
from classicxm.search import ExactIndex, MultiVectorIndex
from classicxm.search.inputs import reachable
from classicxm.search.passwords import HidesPasswords
from classicxm.sequences import listed, taken

__all__ = ["CrossModalRetriever"]


class CrossModalRetriever(HidesPasswords):
    """Search text, images, audio and video with one another.

    Parameters
    ----------
    extractors : dict of str to Extractor
        One per modality; a scikit-learn Pipeline that begins with an Extractor serves too.
    aligner : Aligner
        Learns the common subspace.
    index : Index, default=None
        The index of the items, one clone per modality; None takes an `ExactIndex` with the aligner's
        ``score_metric``.
    selection : FoldSelection, default=None
        Chooses text features and the alignment's kind and settings on folds of what is learned from; None takes
        extractors and aligner as they are.
    n_jobs, on_error, cache : default=None
        When given, set in every extractor: workers, ``"raise" | "skip" | "zero"`` for items that cannot be
        described, and the folder of cached descriptions.
    captions : {"together", "single"}, default="together"
        How the index holds an item of several captions: all as one text; or each as a vector of its own, so that a text
        is answered once, scored by its best caption, which the hit's payload names ("best_caption"). Together is
        better on folds, see ``docs/negative_results.md``; single shows which caption it was. Alignment is learned
        from whole texts either way.

    Attributes
    ----------
    extractors_ : dict of str to fitted Extractor
    aligner_ : fitted Aligner
    indexes_ : dict of str to Index
    payload_ : dict of id to dict
        What `add` was given beside the items; a `Payloads`, which parses them when they are asked for.
    learned_ids_ : list of ids
        The items that extractors and alignment learned from.
    held_out_ids_ : list of ids
        The items that were held out for evaluation.
    about_ : dict
        What was recorded when the model was made, as JSON values, such as ``{"recipe": "standard"}``.
    selection_ : dict or None
        What was chosen, on what and with which score, as `Selection.to_dict`; None without ``selection``.
    match_bounds_ : dict of str to dict of str to float
        For a source and a target (or "any") the score that 95 % of random pairs stay below, learned on folds of the
        training items: `Hits.is_match` goes by it.
    root_ : str or None
        The folder that relative paths of payloads start from: where the collection lay.
    skipped_, empty_ : list of ItemNote
        Items that the last `fit` or `add` left out, and those it kept as zero vectors for want of content.

    Notes
    -----
    Threads may search while another adds, removes or saves: each search sees one moment, an item is found only with
    its payload, and payloads are copied in and out.

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

    _payloads: Payloads
    _saved_payloads: Any = ()  # what files hold of the payloads
    whole_: Index | None = None  # the index of whole items, once it is asked for
    learned_ids_: Sequence[Any] = ()
    held_out_ids_: Sequence[Any] = ()
    selection: FoldSelection | None = None  # of models saved before there was one
    selection_: dict[str, Any] | None = None
    root_: str | None = None
    about_: dict[str, Any] = {}
    match_bounds_: dict[str, dict[str, float]] | None = None  # of models saved before they were learned
    captions = "together"  # of models saved before there was a choice
    allow_outside = False  #: whether stored paths that lead out of `root_` may be opened

    parameter_ranges = {
        "aligner": InstanceOf(Aligner),
        "index": Either(None, InstanceOf(Index)),
        "selection": Either(None, InstanceOf(FoldSelection)),
        "n_jobs": N_JOBS,
        "on_error": Choice(None, "raise", "skip", "zero"),
        "cache": Either(None, InstanceOf(*PATH_TYPES)),
        "captions": Choice(*CAPTIONS),
    }

    def __init__(
        self,
        extractors: Mapping[str, Any],
        aligner: Aligner,
        index: Index | None = None,
        n_jobs: int | None = None,
        on_error: str | None = None,
        cache: str | PathLike[str] | None = None,
        selection: FoldSelection | None = None,
        captions: str = "together",
    ) -> None:
        self.extractors = extractors
        self.aligner = aligner
        self.index = index
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache
        self.selection = selection
        self.captions = captions

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("_lock", "_annotator")}

    @property
    def payload_(self) -> Payloads:
        """What `add` was given beside the items: id to dict."""
        return self._payloads

    @payload_.setter
    def payload_(self, payloads: Mapping[Any, dict[str, Any]]) -> None:
        self._payloads = Payloads.of(payloads)

    @property
    def changing(self) -> AbstractContextManager[Any]:
        """The lock that is held while items, payloads and whole items change together."""
        return self.__dict__.setdefault("_lock", threading.RLock())

    # Learning

    def fit(
        self, views: Mapping[str, Sequence[Any]], y: Any = None, ids: Any = None, groups: Any = None
    ) -> Self:
        """Fit extractors and alignment on paired items.

        Parameters
        ----------
        views : dict of str to sequence
            Items per modality; position i of every view is one item.
        y : sequence, optional
            A label per item, for alignments that use it.
        ids : sequence of str or int, optional
            What messages call the items; their positions by default.
        groups : sequence, optional
            What each item was taken from, such as a film; selection holds items of one group out together.
        """
        views, ids, labels, groups = paired_items(views, ids, y, groups)
        self.root_ = None
        learn(self, views, ids, np.ones(len(ids), bool), labels, groups)
        return self

    def fit_collection(
        self, collection: Collection, split: str | None = "train", groups: str | None = GROUPS
    ) -> Self:
        """Fit on one split of a collection and index all its items; each item is described once.

        Parameters
        ----------
        collection : classicxm.datasets.Collection
            Items that lack a modality of ``extractors`` are indexed under those they have, not learned from.
        split : str or None, default="train"
            What to learn from; None, or "train" of a collection without splits, is every item.
        groups : str or None, default="group"
            The column that says what each item was taken from, see `fit`; None for no groups.
        """
        learn_collection(self, collection, split, groups)
        return self

    # Holding items

    def new_index(self, modality: str | None = None) -> Index:
        """An empty index as a modality has it; without one, an index of this process for whole items."""
        metric = self.aligner_.score_metric
        if self.index is None or (modality is None and self.index.filters_itself):
            index: Index = ExactIndex(metric)
        else:
            index = clone(self.index) if modality is None else self.index.of_view(modality, metric)
        return self.holding(modality, index)

    def holding(self, modality: str | None, index: Index) -> Index:
        """The index as it holds a modality: texts with several vectors per id where captions are indexed one by one."""
        return MultiVectorIndex(index) if modality == "text" and self.captions == "single" else index

    def add(
        self,
        modality: str,
        items: Sequence[Any],
        ids: Sequence[Any],
        payload: Sequence[dict[str, Any]] | None = None,
    ) -> Self:
        """Describe items of one modality and index them under ids.

        Parameters
        ----------
        modality : str
        items, ids : sequences of equal length
            Ids (str or int) are unique per modality; the same id in two modalities is one item.
        payload : sequence of dict, optional
            JSON values that come back with every hit. Relative paths start from ``root_``, where there is one.
        """
        check_modality(self, modality)
        items, ids, payload = items_to_hold(modality, items, ids, payload)
        rows = view_rows(self, modality, items, ids)
        self.skipped_, self.empty_ = rows.skipped, rows.empty
        ids, payload = taken(ids, rows.items), taken(payload, rows.items)
        add_vectors(self, modality, rows.features, ids, payload, rows.numbers)
        return self

    def add_collection(self, collection: Any, replace: bool = False) -> list[Any]:
        """Index a collection's items without learning from them; see `classicxm.retrieval.additions.add_collection`."""
        return add_collection(self, collection, replace)

    def summary(self) -> dict[str, Any]:
        """What the model learned from, holds and was set to, as a dict of JSON values."""
        return summary(self)

    def remove(self, ids: Sequence[Any]) -> Self:
        """Forget items in every modality; KeyError when none of the indexes holds an id."""
        remove_items(self, ids)
        return self

    def with_execution(self, **settings: Any) -> Self:
        """Set n_jobs, on_error or cache of the fitted extractors; returns self."""
        for extractor in self.extractors_.values():
            set_execution(extractor, **settings)
        return self

    # Answering

    def project(self, modality: str, items: Sequence[Any]) -> np.ndarray:
        """Items of one modality as vectors of the common subspace: (n_items, n_components).

        An item of nothing that the model knows (no word of its vocabulary, a flat picture) warns: it lies where
        every such item does. Of a single text the words that the model does not know are named in a warning.
        """
        return self.projected(modality, items)[0]

    def projected(self, modality: str, items: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
        """`project`, and which items have anything in them that the model knows: bool (n_items,)."""
        check_modality(self, modality)
        items = listed(items, f"the {modality} items")
        names = ["query"] if len(items) == 1 else [f"query {n}" for n in range(len(items))]
        view = describe_view(self.extractors_[modality], modality, items, names)
        warn_of_unknown(self.extractors_[modality], modality, items, view.empty)
        return self.aligner_.transform_view(modality, view.features), view.known

    def search(
        self,
        query: Any,
        target: str,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        fusion: str = "early",
        unlike: Any = None,
        where: str | None = None,
        min_score: float | None = None,
    ) -> Hits:
        """The k best answers to a query of one part or several.

        Parameters
        ----------
        query : dict, or list of ids and dicts
            ``{"text": "a red circle"}``, ``{"image": "photo.jpg", "text": "red"}``, or several examples:
            ``["scene-0003", {"image": "photo.jpg", "weight": 0.5}]``. ``"id"`` names a stored item, which is
            represented by the mean of its vectors, and ``"vector"`` is a vector of the common subspace, as from
            `project`.
        target : str
            The modality to answer with; ``"any"`` answers with whole items, each found by the mean of what it has.
        k : int, default=10
        allowed : collection of ids, optional
        weights : dict of str to float, optional
            A factor for every modality of the query (and ``"id"``), 1 where not given; negative ones push away.
        fusion : {"early", "rrf", "combsum", "combmnz", "confidence"}, default="early"
            How several parts become one answer: their weighted mean in the common subspace, the lists each part
            finds merged by reciprocal ranks or normalised scores (times the lists an item is in), or the mean with
            weights that grow with the certainty of each part; see `classicxm.retrieval.fusion`.
        unlike : as query, optional
            What answers shall not be like; all of it weighs a quarter of the query (Rocchio).
        where : str, optional
            A filter of the payload such as ``"label=dog and not split=train"``; see `parse_filter`.
        min_score : float, optional
            Only answers of at least this score.

        Returns
        -------
        Hits
            A list of Hit, best first; shorter than k only when fewer items exist. Its ``is_match`` is False where the
            best scores no more than random pairs do.
        """
        k, allowed, condition = checked_question(self, target, k, allowed, fusion, where)
        parts = query_parts(one_query(query), weights, one_query(unlike))
        metric, factors = self.metric_of(target), [part.weight for part in parts]
        vectors, known = part_vectors(self, parts, metric)

        def answered() -> tuple[np.ndarray, np.ndarray]:
            index = index_of(self, target, condition)
            return fused_search(index, vectors, factors, reachable(index, k), allowed, fusion)

        found = hits_of_one_moment(self, answered, of_batch=True)
        found = judged(self, found, parts, known, target, fusion, min_score)
        return name_captions(self, found, lambda: early_fusion(vectors, factors, metric)[0], target)

    def search_batch(
        self,
        queries: Any,
        target: str,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        fusion: str = "early",
        unlike: Any = None,
        where: str | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """`search` for many queries at once: ids and scores, both (n_queries, k).

        Queries and ``unlike`` are dicts, or lists of dicts, of modality (or "id") to a list of one item per query.
        """
        k, allowed, condition = checked_question(self, target, k, allowed, fusion, where)
        parts = query_parts(queries, weights, unlike)
        vectors, _ = part_vectors(self, parts, self.metric_of(target))
        index = index_of(self, target, condition)
        return fused_search(index, vectors, [part.weight for part in parts], k, allowed, fusion)

    def recommend(
        self,
        history: Any,
        target: str,
        k: int = 10,
        allowed: Iterable[Any] | None = None,
        *,
        exclude_seen: bool = True,
        diversity: float = 0.0,
        where: str | None = None,
        min_score: float | None = None,
    ) -> Hits:
        """Items that somebody with this history may like.

        Parameters
        ----------
        history : list of ids and dicts
            Stored items by id, and items of any modality: ``["a", {"image": "b.jpg"}, {"id": "c", "weight": -1}]``.
            A negative weight is of what was disliked; all of that together weighs a quarter of what was liked.
        target, k, allowed, where, min_score
            As for `search`.
        exclude_seen : bool, default=True
            Leave out the ids of the history.
        diversity : float from 0 to 1, default=0
            How much being unlike the answers before it counts, beside being like the history, when the next answer
            is chosen among the hundred best (Carbonell and Goldstein 1998). Answers are then not in the order
            of their scores.

        Returns
        -------
        Hits, best first, as those of `search`
        """
        k, allowed, condition = checked_question(self, target, k, allowed, "early", where)
        history = listed_history(history)
        metric, parts = self.metric_of(target), profile_parts(history)
        vectors, known = part_vectors(self, parts, metric)
        wanted = early_fusion(vectors, [part.weight for part in parts], metric)

        def answered() -> tuple[np.ndarray, np.ndarray]:
            index = index_of(self, target, condition)
            return recommended(index, wanted, history, k, allowed, exclude_seen, diversity)

        found = judged(self, hits_of_one_moment(self, answered), parts, known, target, min_score=min_score)
        return name_captions(self, found, lambda: wanted[0], target)

    def match_bound(self, parts: Iterable[Part], target: str, fusion: str = "early") -> float | None:
        """The score that a good match to a question of these parts has to beat; None where that is not known."""
        return bound_of(bounds_for(self, target), parts, target, fusion)

    def known_bounds(self) -> dict[str, dict[str, float]]:
        """``match_bounds_``; of models that learned none, from the vectors that they hold."""
        return known_bounds(self)

    def annotate(
        self, query: Mapping[str, Any], k: int = 10, min_df: int = 2, correction: str | None = None
    ) -> list[tuple[str, float]]:
        """The k terms of the texts' vocabulary that lie nearest to a query: a list of (term, score), best first.

        See `classicxm.retrieval.Annotator`, which also takes many queries at once.
        """
        return annotate(self, query, k, min_df, correction)

    def explain(self, query: Mapping[str, Any], hit: Any, target: str, item: Any = None) -> Explanation:
        """Which words, regions or frames of a query and of a hit (or id) carry their score: an `Explanation`.

        ``item`` is the content of what was hit; None takes the text or path stored with it. See
        `classicxm.retrieval.explanation`.
        """
        return explain(self, query, hit, target, item)

    def shown_payload(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of a payload as it is answered: paths of media below ``root_`` are absolute."""
        return shown_payload(payload, self.root_)

    def payload_of(self, key: Any) -> dict[str, Any]:
        """A copy of what is stored with an item, as hits show it; empty where nothing is."""
        return self.shown_payload(self.payload_.get(key, {}))

    def metric_of(self, target: str) -> str:
        """The name of the metric that answers of a modality, or whole items (``"any"``), are scored by."""
        return self.new_index().metric if target == ANY else self.indexes_[target].metric

    def stored_media(self, value: str) -> Path:
        """The file that a stored path means, for pages and explanations; OutsideRootError where none may be opened."""
        return stored_path(value, self.root_, self.allow_outside)

    # Saving

    def save(self, folder: str | Path, payload: bool = True, unchanged: Any = None) -> Path:
        """Write everything to a folder, see `classicxm.persistence.save`; without ``payload`` no text, path or label.

        `classicxm.retrieval.redacted` lists what remains without it and may still reveal something of the items.
        """
        return save(self if payload else redacted(self), folder, unchanged)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        trusted: Sequence[Any] = (),
        root: str | Path | None = None,
        allow_outside: bool = False,
    ) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        folder : path
        trusted : sequence of str
            Packages whose classes the model may hold; see `classicxm.persistence.load`.
        root : path, optional
            Where the collection lies now, if it has moved.
        allow_outside : bool, default=False
            Open stored paths that lead out of the collection's folder too.
        """
        retriever = load(folder, trusted)
        if not isinstance(retriever, cls):
            raise DamagedFileError(folder, f"holds a {type(retriever).__name__}, not a {cls.__name__}")
        if root is not None:
            retriever.root_ = fspath(Path(root).resolve())  # saved again, it means the same from elsewhere
        retriever.allow_outside = bool(allow_outside)
        return retriever

    def write_files(self, folder: Path) -> None:
        """Called by `classicxm.persistence.save`."""
        write_retriever(self, folder)

    @classmethod
    def read_files(cls, folder: Path, trusted: Sequence[Any] = ()) -> Self:
        """Called by `classicxm.persistence.load`."""
        return read_retriever(folder, trusted)
