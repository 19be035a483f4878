"""Texts by topics: LSA (Deerwester et al. 1990) or latent Dirichlet allocation (Blei, Ng and Jordan 2003)."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from classicxm.attribution import Parts, ratio
from classicxm.base import Extractor
from classicxm.execution import decode_items
from classicxm.parameters import Choice, Either, InstanceOf, Integer, check_parameters
from classicxm.text.bag_of_words import BagOfWordsText
from classicxm.text.terms import VOCABULARY_RANGES
from classicxm.text.tfidf import TfidfText
from classicxm.text.tokenizers import Tokenizer

__all__ = ["TopicsText", "forget_rounding"]

VANISHED = 1e-6  # length of a projected unit vector below which it is rounding noise
#: Share of the greatest singular value below which another is rounding.
ROUNDING = 1e-10

MOST_AUTOMATIC = 50


def forget_rounding(model: Any) -> None:
    """Set directions of a fitted TruncatedSVD to zero along which its texts differ by rounding alone.

    There are some where fewer texts differ than topics are kept. Every other text would vary in them beyond measure,
    once an alignment divides by the deviations of what was learned from.
    """
    lengths = model.singular_values_
    model.components_[lengths <= ROUNDING * lengths.max(initial=0.0)] = 0.0


class TopicsText(Extractor):
    """Describes a text by its share in a few topics found in the collection.

    ``"lda"`` gives the posterior of the topics, non-negative values with sum 1: with 10 topics, the text feature
    of Rasiwasia et al. (2010). ``"lsa"`` projects TF-IDF vectors onto their leading singular directions and scales
    to Euclidean length 1. Several captions of one item are joined. A text without a known term is a zero vector
    under both, not the uniform posterior that LDA would give it.

    Parameters
    ----------
    method : {"lda", "lsa"}, default="lda"
    n_topics : int or "auto", default=10
        At most the number of terms and, for "lsa", of texts. "auto" takes 50, or that bound where it is lower.
    analyzer : {"word", "char", "char_wb"}, default="word"
        Words of two or more letters or digits, and in scripts without spaces (Chinese, Japanese, Thai ...) letters
        and pairs of letters, see `classicxm.text.tokens.cut`; or character n-grams (``char_wb``: inside words).
    ngram_range : (int, int), default=(1, 1)
        Shortest and longest n-gram.
    min_df : int or float, default=1
        Terms in fewer documents (int: number, float: share) are left out.
    max_df : int or float, default=1.0
        Terms in more documents are left out.
    max_features : int or None, default=None
        Keep only the most frequent terms.
    stop_words : {"english"} or None, default="english"
        Words to leave out; ignored for character n-grams.
    tokenizer : {"jieba", "pythainlp"}, callable or None, default=None
        Cuts the folded text into words instead, str in and list of str out; a callable of an importable module can
        be saved. Ignored for character n-grams.
    stem : {"english"} or None, default=None
        Cut English words to their stems (Porter 1980); ignored for character n-grams.
    max_iter : int, default=20
        Passes of LDA over the texts; iterations of the randomized decomposition for LSA are at most 10.
    random_state : int, RandomState or None, default=0
    n_jobs, on_error, cache
        See `classicxm.base.Extractor`.

    Attributes
    ----------
    terms_ : BagOfWordsText or TfidfText, fitted
    model_ : LatentDirichletAllocation or TruncatedSVD, fitted
    n_features_out_ : int

    Raises
    ------
    ValueError
        When no term is left in any text, or there are fewer terms or texts than topics.

    Examples
    --------
    >>> texts = ["red circle", "red circle, red circle", "loud dog barks", "dog barks"]
    >>> shares = TopicsText(n_topics=2).fit_transform(texts)
    >>> shares.sum(axis=1).round(4).tolist()
    [1.0, 1.0, 1.0, 1.0]
    >>> len(set(shares.argmax(axis=1)[:2])), len(set(shares.argmax(axis=1)))
    (1, 2)
    """

    modality = "text"
    # models saved before these were parameters
    tokenizer: Tokenizer | None = None
    stem: str | None = None
    parameter_ranges = VOCABULARY_RANGES | {
        "method": Choice("lda", "lsa"),
        "n_topics": Either("auto", Integer(1)),
        "max_iter": Integer(1),
        "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
    }

    def __init__(
        self,
        method: Literal["lda", "lsa"] = "lda",
        n_topics: int | Literal["auto"] = 10,
        analyzer: Literal["word", "char", "char_wb"] = "word",
        ngram_range: tuple[int, int] = (1, 1),
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        stop_words: Literal["english"] | None = "english",
        max_iter: int = 20,
        random_state: int | np.random.RandomState | None = 0,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
        tokenizer: Tokenizer | None = None,
        stem: Literal["english"] | None = None,
    ) -> None:
        self.method = method
        self.n_topics = n_topics
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.stop_words = stop_words
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache
        self.tokenizer = tokenizer
        self.stem = stem

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Learn vocabulary and topics of a sequence of texts."""
        check_parameters(self)
        texts = decode_items(self, items)
        options = {name: getattr(self, name) for name in VOCABULARY_RANGES}
        terms = BagOfWordsText(norm=None, **options) if self.method == "lda" else TfidfText(**options)
        self.terms_ = terms.fit(texts)
        if self.method == "lsa" and terms.n_features_out_ < 2:
            raise ValueError(
                "TopicsText: method='lsa' needs at least 2 terms, got 1; give more texts or use 'lda'"
            )
        bound = terms.n_features_out_ if self.method == "lda" else min(terms.n_features_out_, len(texts))
        n_topics = min(MOST_AUTOMATIC, bound) if self.n_topics == "auto" else self.n_topics
        if n_topics > bound:
            raise ValueError(
                f"TopicsText: n_topics must be at most {bound} for {len(texts)} texts of {terms.n_features_out_} "
                f"terms, got {n_topics}; lower it or give more texts"
            )
        # errstate: the explained share of texts that are all alike; one thread: the number of cores shall not choose
        # the last digits
        with np.errstate(invalid="ignore", divide="ignore"), threadpool_limits(1):
            self.model_ = self._make_model(n_topics).fit(terms.sparse_batch(texts))
        if self.method == "lsa":
            forget_rounding(self.model_)
        self.n_features_out_ = n_topics
        return self

    def describe(self, item: str) -> np.ndarray:
        """One text as a vector (n_topics,)."""
        return self.describe_batch([item])[0]

    def describe_batch(self, items: Sequence[Any]) -> np.ndarray:
        """Several texts as an array (n_items, n_topics)."""
        terms = self.terms_.sparse_batch(items)
        features = self.model_.transform(terms)
        if self.method == "lda":
            features *= terms.getnnz(axis=1)[:, None] > 0
        else:
            features *= np.linalg.norm(features, axis=1, keepdims=True) > VANISHED
            features = normalize(features)
        return features.astype(np.float32)

    def divide(self, item: str, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one text divided among its terms: `Parts`.

        Topics of LSA are sums over terms; those of LDA are not, and go to the text as a whole.
        """
        if self.method == "lda":
            return super().divide(item, weights)
        before = self.model_.transform(self.terms_.sparse_batch([item]))[0]
        return self.terms_.divide(
            item, (weights * ratio(self.describe(item), before)) @ self.model_.components_
        )

    def _make_model(self, n_topics: int) -> Any:
        # Takes long to import, and only fitting needs it: a saved model is looked up by its class.
        from sklearn.decomposition import LatentDirichletAllocation, TruncatedSVD

        if self.method == "lda":
            return LatentDirichletAllocation(
                n_topics, learning_method="batch", max_iter=self.max_iter, random_state=self.random_state
            )
        return TruncatedSVD(n_topics, n_iter=min(self.max_iter, 10), random_state=self.random_state)
