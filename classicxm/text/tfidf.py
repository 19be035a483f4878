"""Term frequency times inverse document frequency (Salton & Buckley 1988), by scikit-learn."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from classicxm.base import Extractor
from classicxm.constraints import Boolean, Choice, Either, Integer, Real, check_parameters
from classicxm.execution import decode_items

__all__ = ["TfidfText"]


class TfidfText(Extractor):
    """Weighted counts of words or character n-grams, rows of Euclidean length 1.

    Several captions of one item are joined. A text without a known term is a zero vector.

    Parameters
    ----------
    analyzer : {"word", "char", "char_wb"}, default="word"
        Words of two or more letters or digits; or character n-grams (``char_wb``: inside word bounds), which
        suit scripts written without spaces, such as Chinese and Japanese.
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
    n_jobs, on_error, cache
        See `classicxm.base.Extractor`.

    Attributes
    ----------
    vectorizer_ : TfidfVectorizer
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

    modality = "text"
    parameter_ranges = {
        "analyzer": Choice("word", "char", "char_wb"),
        "min_df": Either(Integer(1), Real(0, 1)),
        "max_df": Either(Integer(1), Real(0, 1)),
        "max_features": Either(None, Integer(1)),
        "sublinear_tf": Boolean(),
        "stop_words": Choice(None, "english"),
    }

    def __init__(
        self,
        analyzer="word",
        ngram_range=(1, 1),
        min_df=1,
        max_df=1.0,
        max_features=None,
        sublinear_tf=True,
        stop_words="english",
        n_jobs=None,
        on_error="raise",
        cache=None,
    ):
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

    def fit(self, items, y=None):
        """Learn the vocabulary and document frequencies of a sequence of texts."""
        check_parameters(self)
        vectorizer = TfidfVectorizer(
            analyzer=self.analyzer,
            ngram_range=tuple(self.ngram_range),
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            sublinear_tf=self.sublinear_tf,
            stop_words=self.stop_words if self.analyzer == "word" else None,
            dtype=np.float64,
        )
        try:
            self.vectorizer_ = vectorizer.fit(decode_items(self, items))
        except ValueError as error:
            raise ValueError(f"TfidfText: {error}; lower min_df, or use analyzer='char_wb'") from None
        self.n_features_out_ = len(self.vectorizer_.vocabulary_)
        return self

    def describe(self, item):
        """One text as a vector (n_features,)."""
        return self.describe_batch([item])[0]

    def describe_batch(self, items):
        """Several texts as an array (n_items, n_features)."""
        return self.vectorizer_.transform(items).toarray().astype(np.float32)

    def get_feature_names_out(self, input_features=None):
        """The terms, in column order."""
        return self.vectorizer_.get_feature_names_out()
