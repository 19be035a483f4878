"""The words of a text as local descriptors: one vector per known word, from word2vec, a file or chance."""

import functools
import itertools
from collections import Counter
from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils import check_random_state

from classicxm.base import LocalExtractor
from classicxm.execution import decode_items
from classicxm.parameters import Boolean, Choice, Either, InstanceOf, Integer, Range, Real, check_parameters
from classicxm.text.term_blocks import term_blocks
from classicxm.text.tokenizers import TOKENIZER, Tokenizer
from classicxm.text.tokens import ANALYZERS, NgramRange, Term, cut
from classicxm.text.vector_files import read_word_vectors
from classicxm.text.word_learning import random_vectors, train_vectors

__all__ = ["WORD_VECTOR_RANGES", "WordVectors"]

WORD_VECTOR_RANGES: dict[str, Range] = {
    "vectors": Either("train", "random", InstanceOf(str, PathLike)),
    "n_dimensions": Integer(1),
    "window": Integer(1),
    "skip_gram": Boolean(),
    "epochs": Integer(1),
    "sample": Real(0, 1),
    "min_count": Integer(1),
    "max_words": Either(None, Integer(1)),
    "analyzer": Choice(*ANALYZERS),
    "ngram_range": NgramRange(),
    "stop_words": Choice(None, "english"),
    "tokenizer": TOKENIZER,
    "stem": Choice(None, "english"),
    "random_state": Either(None, Integer(0), InstanceOf(np.random.RandomState)),
}


@functools.lru_cache(maxsize=4)
def _rows_of_words(words: str) -> dict[str, int]:
    """Row of each word, for words one per line; kept out of the estimators, whose state is what gets saved."""
    return {word: row for row, word in enumerate(words.split("\n"))}


class WordVectors(LocalExtractor):
    """Describes a text by the vectors of its words, unknown words left out.

    `Encoded(WordVectors(), FisherVector(n_components=4))` pools them as a Fisher vector (Klein et al. 2015) and
    `BagOfWords` by clusters of words; `Word2VecText` averages them.

    Parameters
    ----------
    vectors : {"train", "random"} or path, default="train"
        Learn them from the texts by word2vec; draw seeded random unit vectors; or read a word2vec (text or
        binary), GloVe or fastText .vec file, see `read_word_vectors`.
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
    on_error : {"raise", "skip", "zero"}, default="raise"
        Whether a text that cannot be read stops the fitting or is left out.

    Attributes
    ----------
    words_ : str
        One word per line.
    vectors_ : float32 array (n_words, n_dimensions)
    counts_, document_counts_ : int arrays (n_words,)
        Occurrences in the fitted texts, and texts with the word.
    n_tokens_, n_documents_ : int
        Words, known or not, and texts fitted on.

    Examples
    --------
    >>> texts = ["a red circle", "a blue circle"]
    >>> words = WordVectors(vectors="random", n_dimensions=8).fit(texts)
    >>> descriptors, places = words.describe_located("Red and green circle")
    >>> descriptors.shape, places.astype(float).round(2).tolist()
    ((2, 8), [[0.08], [0.85]])
    """

    modality = "text"
    parameter_ranges = WORD_VECTOR_RANGES
    # models saved before these were parameters
    tokenizer: Tokenizer | None = None
    stem: str | None = None

    def __init__(
        self,
        vectors: str | PathLike[str] = "train",
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
        on_error: str = "raise",
        tokenizer: Tokenizer | None = None,
        stem: Literal["english"] | None = None,
    ) -> None:
        self.vectors = vectors
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
        self.on_error = on_error
        self.tokenizer = tokenizer
        self.stem = stem

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Get the vectors, and count the words of the items.

        Raises
        ------
        ValueError
            When vectors are to be made and no word is frequent enough.
        MediaDecodeError
            For a file of vectors that cannot be read.
        """
        check_parameters(self)
        documents = [self._sentences(text) for text in decode_items(self, [] if items is None else items)]
        counts: Counter[str] = Counter()
        in_documents: Counter[str] = Counter()
        for sentences in documents:
            terms = [term for sentence in sentences for term in sentence]
            counts.update(terms)
            in_documents.update(set(terms))
        if self.vectors in ("train", "random"):
            words, self.vectors_ = self._make_vectors(documents, counts)
        else:
            words, self.vectors_ = read_word_vectors(self.vectors, self.max_words)
        self.words_ = "\n".join(words)
        self.counts_ = np.array([counts[word] for word in words])
        self.document_counts_ = np.array([in_documents[word] for word in words])
        self.n_tokens_, self.n_documents_ = counts.total(), len(documents)
        return self

    def describe_located(self, item: str) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (n, n_dimensions) of the known words and their places in the text (n, 1), in [0, 1]."""
        rows, places = self.known_words(item)
        return self.vectors_[rows], places[:, None]

    def part_names(self, item: str) -> tuple[str, ...]:
        """The known words of a text, in order: tuple of str."""
        return tuple(term for term, _, _ in self._known_terms(item))

    def part_spans(self, item: str) -> tuple[tuple[int, int], ...]:
        """Where the known words of a text stand in it, in order: tuple of (start, stop)."""
        return tuple((start, stop) for _, start, stop in self._known_terms(item))

    def known_words(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Rows of ``vectors_`` for the known words of a text, in order, and their places (n,) in [0, 1]."""
        known, row_of = self._known_terms(text), _rows_of_words(self.words_)
        rows = np.array([row_of[term] for term, _, _ in known], dtype=np.intp)
        middles = np.array([(start + stop) / 2 for _, start, stop in known])
        return rows, (middles / max(len(text), 1)).astype(np.float32)

    def knows(self, term: str) -> bool:
        """Whether a word has a vector."""
        return term in _rows_of_words(self.words_)

    def _known_terms(self, text: str) -> list[Term]:
        row_of = _rows_of_words(self.words_)
        return [term for term in self.cut_terms(text) if term.term in row_of]

    def _make_vectors(
        self, documents: Sequence[Sequence[Sequence[str]]], counts: Counter[str]
    ) -> tuple[list[str], np.ndarray]:
        known = [(word, n) for word, n in counts.items() if n >= self.min_count]
        frequent = dict(sorted(known, key=lambda pair: (-pair[1], pair[0]))[: self.max_words])
        if not frequent:
            raise ValueError(
                f"{type(self).__name__}: no word occurs {self.min_count} times in the {len(documents)} texts to learn "
                "from; give more texts, lower min_count, or use analyzer='char_wb'"
            )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        if self.vectors == "random":
            return list(frequent), random_vectors(list(frequent), self.n_dimensions, seed)
        return list(frequent), train_vectors(
            [sentence for sentences in documents for sentence in sentences if sentence],
            frequent,
            n_dimensions=self.n_dimensions,
            window=self.window,
            skip_gram=self.skip_gram,
            epochs=self.epochs,
            sample=self.sample,
            seed=seed,
        )

    def _sentences(self, text: str) -> list[list[str]]:
        if self.analyzer != "word":
            return [[term for term, _, _ in self.cut_terms(line)] for line in text.split("\n")]
        shortest, longest = self.ngram_range
        options = ((shortest, longest), self.stop_words, self.tokenizer, self.stem)
        return [[*itertools.chain.from_iterable(term_blocks(line, *options))] for line in text.split("\n")]

    def cut_terms(self, text: str) -> list[Term]:
        """The words of a text in reading order, known or not: list of (term, start, stop)."""
        shortest, longest = self.ngram_range
        return cut(text, self.analyzer, (shortest, longest), self.stop_words, self.tokenizer, self.stem)
