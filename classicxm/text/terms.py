"""What the extractors with one column per term share: the vocabulary that scikit-learn's vectorizers learn."""

import copy
import functools
import itertools
import numbers
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from classicxm.attribution import Parts
from classicxm.base import Extractor
from classicxm.execution import decode_items
from classicxm.parameters import Choice, Either, Integer, Range, Real, check_parameters
from classicxm.text.normal_form import fold
from classicxm.text.term_blocks import blocks, term_blocks
from classicxm.text.tokenizers import TOKENIZER, Tokenizer
from classicxm.text.tokens import ANALYZERS, NgramRange, Term, cut

__all__ = ["VOCABULARY_RANGES", "TermExtractor"]

VOCABULARY_RANGES: dict[str, Range] = {
    "analyzer": Choice(*ANALYZERS),
    "ngram_range": NgramRange(),
    "min_df": Either(Integer(1), Real(0, 1)),
    "max_df": Either(Integer(1), Real(0, 1)),
    "max_features": Either(None, Integer(1)),
    "stop_words": Choice(None, "english"),
    "tokenizer": TOKENIZER,
    "stem": Choice(None, "english"),
}

#: The pattern of vectorizers whose words are cut here; those in models of version 0.1 cut texts themselves.
ONE_A_LINE = r"[^\n]+"


class TermExtractor(Extractor):
    """An extractor with one column per term; a subclass makes the vectorizer."""

    modality = "text"
    parameter_ranges = VOCABULARY_RANGES
    # models saved before these were parameters
    tokenizer: Tokenizer | None = None
    stem: str | None = None

    @abstractmethod
    def make_vectorizer(self, **options: Any) -> CountVectorizer:
        """An unfitted vectorizer with the vocabulary's options and the subclass's own."""

    def fit(self, items: Sequence[Any] | None = None, y: Any = None) -> Self:
        """Learn the vocabulary of a sequence of texts.

        Raises
        ------
        ValueError
            When no term is left in any text.
        """
        check_parameters(self)
        texts = decode_items(self, items)
        vectorizer = self.make_vectorizer(**self._options())
        try:
            # The vectorizer cuts texts our way while it learns, and keeps only what JSON can say.
            fed = self._fed(vectorizer)
            counts = fed.fit_transform(texts)
        except ValueError as error:
            raise ValueError(
                f"{type(self).__name__}: {error}; lower min_df, or use analyzer='char_wb'"
            ) from None
        self.vectorizer_ = fed.set_params(**vectorizer.get_params())
        self.document_counts_ = np.bincount(counts.indices, minlength=counts.shape[1])
        self.n_features_out_ = len(self.vectorizer_.vocabulary_)
        self.spellings_ = self._spellings(texts) if self.stem and self.analyzer == "word" else None
        return self

    def fit_frequencies(
        self, n_texts: int, documents: Counter, counts: Counter, spellings: Counter | None = None
    ) -> "TermExtractor":
        """Learn the vocabulary from what was counted in texts that are not at hand any more.

        Parameters
        ----------
        n_texts : int
        documents, counts : Counter
            In how many texts each term is, and how often in all of them; see `terms_of`.
        spellings : Counter, optional
            How often each pair (stem, piece of text) occurs; only ``stem`` needs it.

        Examples
        --------
        >>> from classicxm.text import TfidfText
        >>> words = TfidfText().fit_frequencies(2, Counter(red=2, sea=1), Counter(red=3, sea=1))
        >>> words.get_feature_names_out().tolist(), words.vectorizer_.idf_.round(3).tolist()
        (['red', 'sea'], [1.0, 1.405])
        """
        check_parameters(self)
        terms = np.array(sorted(documents), object)
        frequency = np.array([documents[term] for term in terms], np.int64)
        kept = np.ones(len(terms), bool)
        for bound, compares in (
            (_bound(self.max_df), np.less_equal),
            (_bound(self.min_df), np.greater_equal),
        ):
            kept &= compares(frequency, bound * n_texts if isinstance(bound, float) else bound)
        if self.max_features is not None and kept.sum() > self.max_features:
            occurrences = np.array([counts[term] for term in terms], float)
            most = (-occurrences[kept]).argsort()[: self.max_features]
            chosen = np.zeros(len(terms), bool)
            chosen[np.flatnonzero(kept)[most]] = True
            kept = chosen
        if not kept.any():
            raise ValueError(
                f"{type(self).__name__}: no term is left in {n_texts} texts; lower min_df, or use analyzer='char_wb'"
            )
        self.vectorizer_ = self.make_vectorizer(**self._options())
        self.vectorizer_.vocabulary_ = {term: column for column, term in enumerate(terms[kept])}
        self.vectorizer_.fixed_vocabulary_ = False
        self.document_counts_ = frequency[kept]
        self.n_features_out_ = int(kept.sum())
        self._weigh(n_texts)
        self.spellings_ = None
        if self.stem and self.analyzer == "word":
            found: dict[str, Counter[str]] = {term: Counter() for term in terms[kept]}
            for (term, piece), n in (spellings or Counter()).items():
                if term in found:
                    found[term][piece] += n
            self.spellings_ = _most_frequent(found)
        return self

    def _weigh(self, n_texts: int) -> None:
        """Set what the vectorizer knows of terms beside the vocabulary."""

    def terms_of(self, texts: list[str]) -> list[list[str]]:
        """The terms of each text, repeated as they are, before any is left out for being rare or common."""
        inside = self.make_vectorizer(**self._options()).build_analyzer()
        return [list(self._terms(inside, text)) for text in texts]

    def spellings_of(self, text: str) -> list[tuple[str, str]]:
        """The pieces of a text with the stems that stand for them."""
        folded = fold(text)
        return [(term, " ".join(folded[start:stop].split())) for term, start, stop in self.cut_terms(folded)]

    def _options(self) -> dict:
        """What the vectorizer is made with."""
        options = {name: getattr(self, name) for name in ("analyzer", "max_features")}
        options |= {name: _bound(getattr(self, name)) for name in ("min_df", "max_df")}
        if self.analyzer == "word":
            return options | {"token_pattern": ONE_A_LINE, "lowercase": False}
        return options | {"ngram_range": tuple(self.ngram_range)}

    def describe(self, item: str) -> np.ndarray:
        """One text as a vector (n_features,)."""
        return self.describe_batch([item])[0]

    def describe_batch(self, items: Sequence[Any]) -> np.ndarray:
        """Several texts as an array (n_items, n_features)."""
        return self.sparse_batch(items).toarray().astype(np.float32)

    def sparse_batch(self, items: Sequence[Any]) -> Any:
        """Several texts as a sparse matrix (n_items, n_features)."""
        old = self.analyzer == "word" and self.vectorizer_.token_pattern != ONE_A_LINE
        return (self.vectorizer_ if old else self._fed(self.vectorizer_)).transform(items)

    def divide(self, item: str, weights: np.ndarray) -> Parts:
        """``weights @ describe(item)`` of one text divided among its terms: `Parts`."""
        row = self.sparse_batch([item]).tocsr()
        terms = self.get_feature_names_out()[row.indices]
        places: dict[str, list[tuple[int, int]]] = {}
        for term, start, stop in self.cut_terms(item):
            places.setdefault(term, []).append((start, stop))
        spans = [tuple(places.get(term, ())) for term in terms]
        return Parts.words(terms.tolist(), row.data * weights[row.indices], spans)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The terms, in column order."""
        return self.vectorizer_.get_feature_names_out()

    def knows(self, term: str) -> bool:
        """Whether a term has a column."""
        return term in self.vectorizer_.vocabulary_

    def spelled_terms(self) -> list[str]:
        """The terms in column order as texts have them: for a stem, the piece that stands for it most often."""
        spelled = getattr(self, "spellings_", None)
        return self.get_feature_names_out().tolist() if spelled is None else spelled.split("\n")

    def _spellings(self, texts: Iterable[str]) -> str:
        """One spelling per column, one per line."""
        counts: dict[str, Counter[str]] = {term: Counter() for term in self.get_feature_names_out()}
        for text in texts:
            for term, piece in self.spellings_of(text):
                if term in counts:
                    counts[term][piece] += 1
        return _most_frequent(counts)

    def _fed(self, vectorizer: CountVectorizer) -> CountVectorizer:
        """A vectorizer with the same vocabulary that cuts texts as `cut` does, without a list of all their terms."""
        analyzer = functools.partial(self._terms, vectorizer.build_analyzer())
        return copy.copy(vectorizer).set_params(analyzer=analyzer, token_pattern=None, ngram_range=(1, 1))

    def _terms(self, inside: Callable[[str], list[str]], text: str) -> Iterator[str]:
        if self.analyzer == "word":
            shortest, longest = self.ngram_range
            found = term_blocks(text, (shortest, longest), self.stop_words, self.tokenizer, self.stem)
        elif self.analyzer == "char_wb":
            found = (inside(fold(block)) for block in blocks(text))
        else:
            found = iter([inside(fold(text))])
        return itertools.chain.from_iterable(found)

    def cut_terms(self, text: str) -> list[Term]:
        """The terms of a text in reading order, known or not: list of (term, start, stop)."""
        shortest, longest = self.ngram_range
        return cut(text, self.analyzer, (shortest, longest), self.stop_words, self.tokenizer, self.stem)


def _bound(value: Any) -> int | float:
    """A number of texts as an int, a share of them as a float, of whatever type they are."""
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _most_frequent(counts: dict[str, Counter]) -> str:
    """The most frequent spelling of each term, one a line; of equally frequent ones the first in order."""
    return "\n".join(min(found, key=lambda word: (-found[word], word)) for found in counts.values())
