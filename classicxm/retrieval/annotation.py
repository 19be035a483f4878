"""Words for an item of any modality: terms of the text vocabulary that lie nearest to it in the common subspace.

No captions are searched. Each term, as a text of one word, goes through the text view once, and is ranked for an item
by the alignment's similarity; cross-domain similarity local scaling (Conneau et al. 2018) takes from terms that are
near everything.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.utils.validation import check_is_fitted

from classicxm.alignment.hubness import csls
from classicxm.distances import similarity
from classicxm.late_kinds import is_of_kind
from classicxm.parameters import Choice, Integer, check_parameters
from classicxm.retrieval.description import describe_view, equal_lengths
from classicxm.retrieval.fusion import early_fusion
from classicxm.search.inputs import check_k

if TYPE_CHECKING:
    from classicxm.retrieval.retriever import CrossModalRetriever

__all__ = ["Annotator", "annotate", "vocabulary"]

#: Numbers in a batch of described terms: 32 MB of float64.
BATCH_NUMBERS = 2**22


def vocabulary(extractor: Any) -> tuple[list[str], np.ndarray]:
    """Terms of a fitted text extractor and how many of the fitted texts have each: (list of str, int array).

    Words that English is built with ("the", "of") are left out. `FeatureBlocks` has the words of all its blocks, and
    character n-grams only where no block knows words; of a pipeline the first step counts. TypeError for extractors
    without terms of their own.

    Examples
    --------
    >>> from classicxm.text import TfidfText
    >>> terms, counts = vocabulary(TfidfText().fit(["a red circle", "a blue circle"]))
    >>> terms, counts.tolist()
    (['blue', 'circle', 'red'], [1, 2, 1])
    """
    found = list(_vocabularies(extractor))
    if not found:
        raise TypeError(f"{type(extractor).__name__} has no vocabulary to take words from")
    worded = [(terms, counts) for analyzer, terms, counts in found if analyzer == "word"]
    merged: dict[str, int] = {}
    for terms, counts in worded or [(terms, counts) for _, terms, counts in found]:
        for term, count in zip(terms, counts.tolist(), strict=True):
            if not worded or term not in ENGLISH_STOP_WORDS:
                merged[term] = max(count, merged.get(term, 0))
    return list(merged), np.array(list(merged.values()), dtype=int)


def _vocabularies(
    extractor: Any,
) -> Iterator[tuple[Callable[[str], Sequence[str]], Sequence[str], np.ndarray]]:
    """Yield (analyzer, terms, counts) of an extractor or of the parts it is made of."""
    if is_of_kind(extractor, "sklearn.pipeline", "Pipeline"):
        yield from _vocabularies(extractor.steps[0][1])
    elif hasattr(extractor, "blocks_"):
        for _, block in extractor.blocks_:
            yield from _vocabularies(block)
    elif hasattr(extractor, "vectorizer_"):
        yield extractor.analyzer, extractor.spelled_terms(), extractor.document_counts_
    elif isinstance(getattr(extractor, "words_", None), str):
        yield extractor.analyzer, extractor.words_.split("\n"), extractor.document_counts_
    else:  # topics hold their terms, word averages and encoded words their vectors
        for name in ("terms_", "words_", "local_"):
            if hasattr(extractor, name):
                yield from _vocabularies(getattr(extractor, name))


class Annotator:
    """Terms of a fitted retriever's text view as vectors of the common subspace.

    Parameters
    ----------
    retriever : fitted CrossModalRetriever
        With texts among its modalities.
    min_df : int, default=2
        Terms in fewer of the fitted texts are left out: what was seen once was hardly learned.
    correction : {"csls", None}, default=None
        ``"csls"`` takes from a term's scores its mean score with the 10 nearest indexed items of the query's modality.

    Attributes
    ----------
    terms : array of str (n_terms,)
        See `vocabulary`; those that the text view describes by nothing are left out too.
    vectors : float32 array (n_terms, n_components)

    Examples
    --------
    >>> from classicxm.alignment import CCA
    >>> from classicxm.datasets import make_scenes
    >>> from classicxm.image import ColorHistogram
    >>> from classicxm.retrieval import CrossModalRetriever
    >>> from classicxm.text import TfidfText
    >>> scenes = make_scenes(60, modalities=("text", "image"))
    >>> retriever = CrossModalRetriever({"text": TfidfText(), "image": ColorHistogram()}, CCA(4))
    >>> annotator = Annotator(retriever.fit_collection(scenes))
    >>> terms, scores = annotator.annotate({"image": scenes.column("image")[:3]}, k=2)
    >>> terms.shape, scores.shape
    ((3, 2), (3, 2))
    """

    parameter_ranges = {"min_df": Integer(1), "correction": Choice("csls", None)}

    def __init__(
        self, retriever: "CrossModalRetriever", min_df: int = 2, correction: str | None = None
    ) -> None:
        self.min_df, self.correction = min_df, correction
        check_parameters(self)
        check_is_fitted(retriever)
        if "text" not in retriever.extractors_:
            raise ValueError(
                f"words come from texts, and this model knows {', '.join(retriever.extractors_)}"
            )
        self.retriever, self.aligner = retriever, retriever.aligner_
        extractor = retriever.extractors_["text"]
        terms, counts = vocabulary(extractor)
        kept = [term for term, count in zip(terms, counts, strict=True) if count >= min_df]
        if not kept:
            raise ValueError(f"no term occurs in {min_df} of the texts that were learned from; lower min_df")
        self.terms, self.vectors = self._projected(_uncached(extractor), kept)

    def annotate(self, queries: Mapping[str, Sequence[Any]], k: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest terms of each query, best first, and their scores: two (n_queries, k) arrays.

        Parameters
        ----------
        queries : dict of str to sequence of items
            Several modalities are averaged in the common subspace, as `CrossModalRetriever.search` does.
        k : int, default=10
            Fewer come back where fewer terms are known.
        """
        k, _ = check_k(k), equal_lengths(queries)
        projected = [self.retriever.project(modality, items) for modality, items in queries.items()]
        vectors = early_fusion(projected, np.ones(len(projected)), self.aligner.score_metric)
        scores = self.scores(vectors, list(queries))
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return self.terms[best], np.take_along_axis(scores, best, axis=1)

    def scores(self, vectors: np.ndarray, modalities: Sequence[str]) -> np.ndarray:
        """Scores (n_queries, n_terms) of vectors of the common subspace; modalities are those of the queries."""
        metric = self.aligner.score_metric
        plain = similarity(vectors, self.vectors, metric)
        if self.correction is None:
            return plain
        popularity = [similarity(bank, self.vectors, metric) for bank in map(self._bank, modalities)]
        return csls(plain, np.vstack(popularity), plain)

    def _bank(self, modality: str) -> np.ndarray:
        """Vectors of the indexed items of a modality."""
        index = self.retriever.indexes_[modality]
        if not len(index):
            raise ValueError(f"correction='csls' compares with indexed {modality} items, and there are none")
        return index.vectors(index.ids())

    def _projected(self, extractor: Any, terms: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Terms that the text view describes by something, and their vectors, described some at a time."""
        width = self.aligner.n_features_in_["text"]
        step = max(1, BATCH_NUMBERS // max(1, width))
        described, vectors = [], []
        for start in range(0, len(terms), step):
            batch = terms[start : start + step]
            view = describe_view(extractor, "text", batch, batch)
            known = view.features.any(axis=1)
            described += np.array(batch, object)[view.kept][known].tolist()
            projected = self.aligner.transform_view("text", view.features[known])
            vectors.append(projected.astype(np.float32))
        return np.array(described, object), np.concatenate(vectors)


def annotate(
    retriever: "CrossModalRetriever",
    query: Mapping[str, Any],
    k: int = 10,
    min_df: int = 2,
    correction: str | None = None,
) -> list[tuple[str, float]]:
    """The k terms nearest to one query, see `CrossModalRetriever.annotate`; vectors of terms are made once."""
    if not isinstance(query, dict):
        raise TypeError(f'expected a dict such as {{"image": "a.jpg"}}, got {query!r:.80}')
    annotator: Any = vars(retriever).get("_annotator")
    wanted = (retriever, getattr(retriever, "aligner_", None), min_df, correction)
    known = annotator and (annotator.retriever, annotator.aligner, annotator.min_df, annotator.correction)
    if known != wanted:
        annotator = retriever._annotator = Annotator(retriever, min_df, correction)
    terms, scores = annotator.annotate({modality: [item] for modality, item in query.items()}, k)
    if not len(terms):
        raise ValueError(
            "the query could not be described and was skipped; with on_error='raise' it says why"
        )
    return [(str(term), float(score)) for term, score in zip(terms[0], scores[0], strict=True)]


def _uncached(extractor: Any) -> Any:
    """The extractor for one-word texts, which are not worth workers or files of a cache."""
    if is_of_kind(extractor, "sklearn.pipeline", "Pipeline"):
        (name, first), *rest = extractor.steps
        return type(extractor)([(name, _uncached(first)), *rest])
    bare = copy.copy(extractor)
    for name in {"cache", "n_jobs"} & set(vars(bare)):
        setattr(bare, name, None)
    return bare
