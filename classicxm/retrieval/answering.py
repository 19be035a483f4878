"""What a fitted retriever is asked: searching with one part or several, recommending, annotating, explaining."""

from sklearn.utils.validation import check_is_fitted

from classicxm.retrieval.annotation import annotate
from classicxm.retrieval.changes import changes_of
from classicxm.retrieval.explanation import explain
from classicxm.retrieval.filters import admitted
from classicxm.retrieval.fusion import fused_search
from classicxm.retrieval.hits import hits
from classicxm.retrieval.items import ANY, metric_of, reachable, whole_index
from classicxm.retrieval.queries import history_ids, history_parts, one_query, part_vectors, query_parts
from classicxm.retrieval.recommendation import recommended
from classicxm.retrieval.views import describe_view, warn_of_empty
from classicxm.search.inputs import check_ids
from classicxm.sequences import listed

__all__ = ["Answering"]


class Answering:
    """The questions that `CrossModalRetriever` answers once it is fitted and holds items."""

    def project(self, modality, items):
        """Items of one modality as vectors of the common subspace: (n_items, n_components).

        An item of nothing that the model knows (no word of its vocabulary, a flat picture) warns: it lies where
        every such item does.
        """
        self._check_known(modality)
        items = listed(items, f"{modality} items")
        names = ["query"] if len(items) == 1 else [f"query {n}" for n in range(len(items))]
        view = describe_view(self.extractors_[modality], modality, items, names)
        warn_of_empty(modality, view.empty, len(items))
        return self.aligner_.transform_view(modality, view.features)

    def search(
        self, query, target, k=10, allowed=None, *, weights=None, fusion="early", unlike=None, where=None
    ):
        """The k best answers to a query of one part or several.

        Parameters
        ----------
        query : dict, or list of ids and dicts
            ``{"text": "a red circle"}``, ``{"image": "photo.jpg", "text": "red"}``, or several examples:
            ``["scene-0003", {"image": "photo.jpg", "weight": 0.5}]``. ``"id"`` names a stored item, which speaks by
            the mean of what it has.
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

        Returns
        -------
        list of Hit, best first; shorter than k only when fewer items exist.
        """
        parts = query_parts(one_query(query), weights, one_query(unlike))
        allowed, described = _once(allowed), {}

        def answer():
            reached = reachable(self._index_of(target), k)
            ids, scores = self._answered(parts, target, reached, allowed, fusion, where, described)
            return hits(ids[0], scores[0], self.payload_)

        return changes_of(self).consistent(answer)

    def search_batch(
        self, queries, target, k=10, allowed=None, *, weights=None, fusion="early", unlike=None, where=None
    ):
        """`search` for many queries at once: ids and scores, both (n_queries, k).

        Queries and ``unlike`` are dicts, or lists of dicts, of modality (or "id") to a list of one item a query.
        """
        parts = query_parts(queries, weights, unlike)
        allowed, described = _once(allowed), {}
        return changes_of(self).consistent(
            lambda: self._answered(parts, target, k, allowed, fusion, where, described)
        )

    def _answered(self, parts, target, k, allowed, fusion, where, described):
        """Ids and scores for parts of queries; ``described`` holds what a second try need not describe again."""
        index, allowed = self._index_of(target), admitted(where, self.payload_.copy(), allowed)
        metric = metric_of(self, index)
        vectors = part_vectors(self, parts, metric, described)
        return fused_search(index, vectors, [part.weight for part in parts], k, allowed, fusion, metric)

    def recommend(self, history, target, k=10, allowed=None, *, exclude_seen=True, diversity=0.0, where=None):
        """Items that somebody with this history may like.

        Parameters
        ----------
        history : list of ids and dicts
            Stored items by id, and items of any modality: ``["a", {"image": "b.jpg"}, {"id": "c", "weight": -1}]``.
            A negative weight is of what was disliked; all of that together weighs a quarter of what was liked.
        target, k, allowed, where
            As for `search`.
        exclude_seen : bool, default=True
            Leave out the ids of the history.
        diversity : float from 0 to 1, default=0
            How much being unlike the answers before it counts, beside being like the history, when the next answer
            is chosen among the hundred best (Carbonell and Goldstein 1998). Answers are then not in the order
            of their scores.

        Returns
        -------
        list of Hit, best first
        """
        parts, given, described = history_parts(history), _once(allowed), {}
        seen = history_ids(history) if exclude_seen else set()

        def answer():
            index, allowed = self._index_of(target), admitted(where, self.payload_.copy(), given)
            ids, scores = recommended(self, index, parts, seen, k, allowed, diversity, described)
            return hits(ids, scores, self.payload_)

        return changes_of(self).consistent(answer)

    def annotate(self, query, k=10, min_df=2, correction=None):
        """The k terms of the texts' vocabulary that lie nearest to a query: a list of (term, score), best first.

        See `classicxm.retrieval.Annotator`, which also takes many queries at once.
        """
        return annotate(self, query, k, min_df, correction)

    def explain(self, query, hit, target, item=None):
        """Which words, regions or frames of a query and of a hit (or id) carry their score: an `Explanation`.

        ``item`` is the content of what was hit; None takes the text or path stored with it. See
        `classicxm.retrieval.explanation`.
        """
        return explain(self, query, hit, target, item)

    def _index_of(self, target):
        if isinstance(target, str) and target == ANY:
            check_is_fitted(self)
            return whole_index(self)
        self._check_known(target)
        return self.indexes_[target]

    def _check_known(self, modality):
        check_is_fitted(self)
        if not isinstance(modality, str) or modality not in self.extractors_:
            raise ValueError(f"this model knows {', '.join(self.extractors_)}, not {modality!r}")


def _once(allowed):
    """Allowed ids as a list, which may be looked through more than once; None stays None."""
    return None if allowed is None else check_ids(allowed)
