"""Counts of words or character n-grams, optionally scaled (Salton, Wong and Yang 1975)."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from classicxm.parameters import Boolean, Choice
from classicxm.text.terms import TermExtractor
from classicxm.text.tokenizers import Tokenizer

__all__ = ["BagOfWordsText", "scaled_counts"]


def scaled_counts(counts: Any, norm: str | None) -> Any:
    """Rows of counts (n, n_terms), dense or sparse, scaled; zero rows stay zero.

    ``"l1"`` and ``"l2"`` divide by the row's norm; ``"hellinger"`` takes the root of the L1-scaled row, so that
    Euclidean distances are Hellinger distances between the texts' word distributions; None leaves the counts.

    >>> scaled_counts(np.array([[1.0, 3.0, 0.0]]), "hellinger").round(3).tolist()
    [[0.5, 0.866, 0.0]]
    """
    if norm is None:
        return counts
    scaled = normalize(counts, "l2" if norm == "l2" else "l1")
    return np.sqrt(scaled) if norm == "hellinger" else scaled


class BagOfWordsText(TermExtractor):
    """Counts of words or character n-grams.

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
    binary : bool, default=False
        Whether a term occurs instead of how often.
    norm : {"l1", "l2", "hellinger"} or None, default="l2"
        How a text's counts are scaled, see `scaled_counts`.
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
    vectorizer_ : CountVectorizer
    document_counts_ : int array (n_features_out_,)
        Fitted texts with each term.
    n_features_out_ : int

    Raises
    ------
    ValueError
        When no term is left in any text.

    Examples
    --------
    >>> texts = ["a red circle", "a blue circle beside a blue square"]
    >>> words = BagOfWordsText(norm=None).fit(texts)
    >>> words.get_feature_names_out().tolist(), words.transform(texts).astype(int).tolist()
    (['blue', 'circle', 'red', 'square'], [[0, 1, 1, 0], [2, 1, 0, 1]])
    """

    parameter_ranges = {"binary": Boolean(), "norm": Choice("l1", "l2", "hellinger", None)}

    def __init__(
        self,
        analyzer: Literal["word", "char", "char_wb"] = "word",
        ngram_range: tuple[int, int] = (1, 1),
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        binary: bool = False,
        norm: Literal["l1", "l2", "hellinger"] | None = "l2",
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
        self.binary = binary
        self.norm = norm
        self.stop_words = stop_words
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache
        self.tokenizer = tokenizer
        self.stem = stem

    def make_vectorizer(self, **options: Any) -> CountVectorizer:
        """A `CountVectorizer` with these options."""
        return CountVectorizer(binary=self.binary, dtype=np.float64, **options)

    def sparse_batch(self, items: Sequence[Any]) -> Any:
        """Several texts as a sparse matrix (n_items, n_features)."""
        return scaled_counts(super().sparse_batch(items), self.norm)
