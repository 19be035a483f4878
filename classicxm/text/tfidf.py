"""Term frequency times inverse document frequency (Salton & Buckley 1988), by scikit-learn."""

from os import PathLike
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from classicxm.parameters import Boolean
from classicxm.text.terms import TermExtractor
from classicxm.text.tokenizers import Tokenizer

__all__ = ["TfidfText"]


class TfidfText(TermExtractor):
    """Weighted counts of words or character n-grams, rows of Euclidean length 1.

    Several captions of one item are joined. A text without a known term is a zero vector.

    Parameters
    ----------
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
    sublinear_tf : bool, default=True
        Use 1 + log(count) for counts.
    stop_words : {"english"} or None, default="english"
        Words to leave out; ignored for character n-grams.
    tokenizer : {"jieba", "pythainlp"}, callable or None, default=None
        Cuts the folded text into words instead, str in and list of str out; a callable of an importable module can
        be saved. Ignored for character n-grams.
    stem : {"english"} or None, default=None
        Cut English words to their stems (Porter 1980); ignored for character n-grams.
    n_jobs, on_error, cache
        See `classicxm.base.Extractor`.

    Attributes
    ----------
    vectorizer_ : TfidfVectorizer
    document_counts_ : int array (n_features_out_,)
        Fitted texts with each term.
    n_features_out_ : int

    Raises
    ------
    ValueError
        When no term is left in any text.

    Examples
    --------
    >>> texts = ["a red circle", "a blue circle", "a blue square"]
    >>> features = TfidfText().fit(texts).transform(texts)
    >>> features.shape, features.dtype.name
    ((3, 4), 'float32')
    """

    parameter_ranges = {"sublinear_tf": Boolean()}

    def __init__(
        self,
        analyzer: Literal["word", "char", "char_wb"] = "word",
        ngram_range: tuple[int, int] = (1, 1),
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = True,
        stop_words: Literal["english"] | None = "english",
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
        tokenizer: Tokenizer | None = None,
        stem: Literal["english"] | None = None,
    ) -> None:
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.stop_words = stop_words
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache
        self.tokenizer = tokenizer
        self.stem = stem

    def make_vectorizer(self, **options: Any) -> TfidfVectorizer:
        """A `TfidfVectorizer` with these options."""
        return TfidfVectorizer(sublinear_tf=self.sublinear_tf, dtype=np.float64, **options)

    def _weigh(self, n_texts: int) -> None:
        """Inverse document frequencies, smoothed as scikit-learn does."""
        vectorizer = self.vectorizer_
        vectorizer._tfidf = TfidfTransformer(sublinear_tf=self.sublinear_tf)
        vectorizer._tfidf.idf_ = np.log((n_texts + 1) / (self.document_counts_.astype(np.float64) + 1)) + 1.0
        vectorizer._tfidf.n_features_in_ = self.n_features_out_
