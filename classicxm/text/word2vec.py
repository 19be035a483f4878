"""Texts as averages of word vectors: plain, weighted by tf-idf, or SIF (Arora, Liang and Ma 2017)."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from sklearn.preprocessing import normalize

from classicxm.attribution import Parts, ratio
from classicxm.base import Extractor
from classicxm.execution import decode_items
from classicxm.parameters import Choice, Real, check_parameters
from classicxm.text.pooling import common_direction, idf_weights, pooled, sif_weights, without_direction
from classicxm.text.tokenizers import Tokenizer
from classicxm.text.word_vectors import WORD_VECTOR_RANGES, WordVectors

__all__ = ["Word2VecText"]


class Word2VecText(Extractor):
    """Averages the vectors of a text's words.

    The average is the sum of weight times vector over the words with a vector, divided by their number. Fisher
    vectors and bags of word clusters come from `WordVectors` with an encoder in `encoding.Encoded`. Several captions
    of one item are joined. A text without a known word is a zero vector.

    Parameters
    ----------
    vectors : {"train", "random"} or path, default="train"
        Learn them from the texts by word2vec; draw seeded random unit vectors; or read a word2vec (text or
        binary), GloVe or fastText .vec file.
    pooling : {"mean", "tfidf", "sif"}, default="mean"
        Weights of the words: 1; their inverse document frequency in the fitted texts; or a / (a + p), p being their
        share of the fitted texts' words, followed by the removal of the texts' first principal direction.
    a : float, default=1e-3
        Of "sif": larger weights words more alike. Arora et al. use 1e-4 to 1e-3 with word shares of a large corpus;
        shares in a few hundred texts without stop words are larger, and ask for 1e-2 or more.
    norm : {"l2"} or None, default="l2"
        Scale every vector to Euclidean length 1.
    n_dimensions : int, default=100
        Length of the vectors; a file has its own.
    window : int, default=5
        Words before and after that count as neighbours, within a line of a text.
    skip_gram : bool, default=True
        Train by skip-gram, else by continuous bag of words.
    epochs : int, default=50
        Passes over the texts; large collections need fewer.
    sample : float, default=0
        While training, words above this share of all are dropped now and then (Mikolov et al. 2013 use 1e-3 for
        large collections); 0 drops none, which suits small ones.
    min_count : int, default=1
        Rarer words of the texts get no vector; files are read whole.
    max_words : int or None, default=None
        Most words: the most frequent of the texts, or the first of a file.
    analyzer : {"word", "char", "char_wb"}, default="word"
        What a word is: of scripts without spaces (Chinese, Japanese, Thai ...) letters and pairs of letters, see
        `classicxm.text.tokens.cut`; or characters.
    ngram_range : (int, int), default=(1, 1)
        Shortest and longest n-gram.
    stop_words : {"english"} or None, default="english"
        Words to leave out; ignored for characters.
    tokenizer : {"jieba", "pythainlp"}, callable or None, default=None
        Cuts the folded text into words instead, str in and list of str out; a callable of an importable module can
        be saved. Ignored for characters.
    stem : {"english"} or None, default=None
        Cut English words to their stems (Porter 1980); ignored for characters.
    random_state : int, RandomState or None, default=0
    n_jobs, on_error, cache
        See `classicxm.base.Extractor`.

    Attributes
    ----------
    words_ : WordVectors, fitted
    weights_ : float64 array (n_words,)
    direction_ : float64 array (n_dimensions,)
        Removed from every average; zeros unless pooling is "sif".
    n_features_out_ : int

    Raises
    ------
    ValueError
        When vectors are to be made and no word is frequent enough.
    MediaDecodeError
        For a file of vectors that cannot be read.

    Examples
    --------
    >>> texts = ["a red circle", "a blue circle beside a blue square"]
    >>> Word2VecText(vectors="random", n_dimensions=8).fit_transform(texts).shape
    (2, 8)
    """

    modality = "text"
    # models saved before these were parameters
    tokenizer: Tokenizer | None = None
    stem: str | None = None
    parameter_ranges = WORD_VECTOR_RANGES | {
        "pooling": Choice("mean", "tfidf", "sif"),
        "a": Real(0, above=True),
        "norm": Choice("l2", None),
    }

    def __init__(
        self,
        vectors: str | PathLike[str] = "train",
        pooling: Literal["mean", "tfidf", "sif"] = "mean",
        a: float = 1e-3,
        norm: Literal["l2"] | None = "l2",
        n_dimensions: int = 100,
        window: int = 5,
        skip_gram: bool = True,
        epochs: int = 50,
        sample: float = 0,
        min_count: int = 1,
        max_words: int | None = None,
        analyzer: Literal["word", "char", "char_wb"] = "word",
        ngram_range: tuple[int, int] = (1, 1),
        stop_words: Literal["english"] | None = "english",
        random_state: int | np.random.RandomState | None = 0,
        n_jobs: int | None = None,
        on_error: str = "raise",
        cache: str | PathLike[str] | None = None,
        tokenizer: Tokenizer | None = None,
        stem: Literal["english"] | None = None,
    ) -> None:
        self.vectors = vectors
        self.pooling = pooling
        self.a = a
        self.norm = norm
        self.n_dimensions = n_dimensions
        self.window = window
        self.skip_gram = skip_gram
        self.epochs = epochs
        self.sample = sample
        self.min_count = min_count
        self.max_words = max_words
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.stop_words = stop_words
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.on_error = on_error
        self.cache = cache
        self.tokenizer = tokenizer
        self.stem = stem

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Get the vectors of words, their weights and, for "sif", the direction to remove."""
        check_parameters(self)
        texts = decode_items(self, items)
        self.words_ = WordVectors(**{name: getattr(self, name) for name in WORD_VECTOR_RANGES}).fit(texts)
        words = self.words_
        if self.pooling == "tfidf":
            self.weights_ = idf_weights(words.document_counts_, words.n_documents_)
        elif self.pooling == "sif":
            self.weights_ = sif_weights(words.counts_, words.n_tokens_, self.a)
        else:
            self.weights_ = np.ones(len(words.vectors_))
        self.n_features_out_ = words.vectors_.shape[1]
        self.direction_ = np.zeros(self.n_features_out_)
        if self.pooling == "sif" and texts:
            self.direction_ = common_direction(self._averages(texts))
        return self

    def describe(self, item: str) -> np.ndarray:
        """One text as a vector (n_features_out_,)."""
        return self.describe_batch([item])[0]

    def describe_batch(self, items: Sequence[Any]) -> np.ndarray:
        """Several texts as an array (n_items, n_features_out_)."""
        features = without_direction(self._averages(items), self.direction_)
        return (normalize(features) if self.norm else features).astype(np.float32)

    def divide(self, item: str, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one text divided among its known words: `Parts`."""
        rows, _ = self.words_.known_words(item)
        rest = without_direction(self._averages([item]), self.direction_)[0]
        factors = weights * ratio(self.describe(item), rest)
        factors -= (factors @ self.direction_) * self.direction_
        summands = self.words_.vectors_[rows].astype(np.float64) @ factors
        contributions = self.weights_[rows] * summands / max(len(rows), 1)
        spans = [(span,) for span in self.words_.part_spans(item)]
        return Parts.words(self.words_.part_names(item), contributions, spans)

    def _averages(self, texts: Sequence[str]) -> np.ndarray:
        vectors = self.words_.vectors_
        return np.stack([pooled(self.words_.known_words(text)[0], vectors, self.weights_) for text in texts])
