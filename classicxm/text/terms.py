"""What the extractors with one column a term share: the vocabulary that scikit-learn's vectorizers learn."""

from abc import abstractmethod

import numpy as np

from classicxm.attribution import Parts
from classicxm.base import Extractor
from classicxm.execution import decode_items
from classicxm.parameters import Choice, Either, Integer, Real, check_parameters
from classicxm.text.tokens import ANALYZERS, WORD, NgramRange

__all__ = ["VOCABULARY_RANGES", "TermExtractor"]

VOCABULARY_RANGES = {
    "analyzer": Choice(*ANALYZERS),
    "ngram_range": NgramRange(),
    "min_df": Either(Integer(1), Real(0, 1)),
    "max_df": Either(Integer(1), Real(0, 1)),
    "max_features": Either(None, Integer(1)),
    "stop_words": Choice(None, "english"),
}


class TermExtractor(Extractor):
    """An extractor with one column a term; a subclass makes the vectorizer."""

    modality = "text"
    parameter_ranges = VOCABULARY_RANGES

    @abstractmethod
    def make_vectorizer(self, **options):
        """An unfitted vectorizer with the vocabulary's options and the subclass's own."""

    def fit(self, items, y=None):
        """Learn the vocabulary of a sequence of texts.

        Raises
        ------
        ValueError
            When no term is left in any text.
        """
        check_parameters(self)
        options = {name: getattr(self, name) for name in ("analyzer", "min_df", "max_df", "max_features")}
        options["ngram_range"] = tuple(self.ngram_range)
        if self.analyzer == "word":
            options |= {"token_pattern": WORD, "stop_words": self.stop_words}
        texts = decode_items(self, items)
        try:
            vectorizer = self.make_vectorizer(**options)
            counts = vectorizer.fit_transform(texts)
        except ValueError as error:
            raise ValueError(
                f"{type(self).__name__}: {error}; lower min_df, or use analyzer='char_wb'"
            ) from None
        self.vectorizer_ = vectorizer
        self.document_counts_ = np.bincount(counts.indices, minlength=counts.shape[1])
        self.n_features_out_ = len(self.vectorizer_.vocabulary_)
        return self

    def describe(self, item):
        """One text as a vector (n_features,)."""
        return self.describe_batch([item])[0]

    def describe_batch(self, items):
        """Several texts as an array (n_items, n_features)."""
        return self.sparse_batch(items).toarray().astype(np.float32)

    def sparse_batch(self, items):
        """Several texts as a sparse matrix (n_items, n_features)."""
        return self.vectorizer_.transform(items)

    def divide(self, item, weights):
        """``weights @ describe(item)`` of one text divided among its terms: `Parts`."""
        row = self.sparse_batch([item]).tocsr()
        terms = self.get_feature_names_out()[row.indices]
        return Parts.words(terms.tolist(), row.data * weights[row.indices])

    def get_feature_names_out(self, input_features=None):
        """The terms, in column order."""
        return self.vectorizer_.get_feature_names_out()
