"""Vocabularies by document frequencies that add up, and latent topics by subspace iteration over parts of texts."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.utils import check_random_state

from classicxm.execution import decode_items
from classicxm.parameters import check_parameters
from classicxm.scale.learning import Learner, Sample
from classicxm.scale.statistics import Columns, DocumentFrequencies, Products
from classicxm.scale.subspace import OVERSAMPLING, leading_directions
from classicxm.text import TfidfText, TopicsText
from classicxm.text.terms import VOCABULARY_RANGES, TermExtractor
from classicxm.text.topics import MOST_AUTOMATIC, forget_rounding

__all__ = ["learn_terms", "learn_topics"]


def learn_terms(extractor: TermExtractor, sample: Sample) -> Learner:
    """The vocabulary of a term extractor in one pass; it equals that of `fit` on the whole sample."""
    check_parameters(extractor)
    found = yield functools.partial(_frequencies, extractor, sample)
    return extractor.fit_frequencies(found.n, found.documents, found.counts, found.spellings)


def learn_topics(extractor: TopicsText, sample: Sample) -> Learner:
    """Vocabulary and leading singular directions of the TF-IDF vectors of the sample."""
    check_parameters(extractor)
    options = {name: getattr(extractor, name) for name in VOCABULARY_RANGES}
    terms = TfidfText(**options, on_error=extractor.on_error)
    found = yield functools.partial(_frequencies, terms, sample)
    terms.fit_frequencies(found.n, found.documents, found.counts, found.spellings)
    bound = min(terms.n_features_out_, found.n)
    n_topics = min(MOST_AUTOMATIC, bound) if extractor.n_topics == "auto" else extractor.n_topics
    if terms.n_features_out_ < 2 or n_topics > bound:
        raise ValueError(
            f"TopicsText: n_topics must be at most {bound} for {found.n} texts of {terms.n_features_out_} terms, "
            f"got {n_topics}; lower it or give more texts"
        )
    random = check_random_state(extractor.random_state)
    width = min(n_topics + OVERSAMPLING, terms.n_features_out_)
    basis = random.normal(size=(terms.n_features_out_, width))
    components = yield from leading_directions(
        functools.partial(_products, terms, sample), basis, n_topics, min(extractor.max_iter, 10)
    )
    spread = yield functools.partial(_projected, terms, sample, components)
    extractor.terms_ = terms
    extractor.model_ = _svd(components, spread, found.n)
    extractor.n_features_out_ = n_topics
    return extractor


def _svd(components: np.ndarray, spread: Columns, n: int) -> TruncatedSVD:
    """A fitted TruncatedSVD of these directions (k, d)."""
    model = TruncatedSVD(len(components))
    model.components_ = components
    model.explained_variance_ = spread.squares / n
    total = model.explained_variance_.sum()
    model.explained_variance_ratio_ = model.explained_variance_ / (total if total > 0 else 1.0)
    model.singular_values_ = np.sqrt(spread.squares + spread.total**2 / n)
    model.n_features_in_ = components.shape[1]
    forget_rounding(model)
    return model


def _frequencies(extractor: TermExtractor, sample: Sample, part: str) -> DocumentFrequencies:
    found = DocumentFrequencies()
    stems = bool(extractor.stem) and extractor.analyzer == "word"
    for text, terms in _with_terms(extractor, sample, part):
        found.add(terms, extractor.spellings_of(text) if stems else [])
    return found


def _with_terms(extractor: TermExtractor, sample: Sample, part: str) -> list[tuple[str, list[str]]]:
    texts = _texts(extractor, sample, part)
    return list(zip(texts, extractor.terms_of(texts), strict=True))


def _texts(extractor: Any, sample: Sample, part: str) -> list[str]:
    with sample.items(part) as (_, items):
        return decode_items(extractor, items)


def _products(terms: TermExtractor, sample: Sample, basis: np.ndarray, part: str) -> Products | None:
    rows = _rows(terms, sample, part)
    return None if rows is None else Products.of(rows, basis)


def _projected(terms: TermExtractor, sample: Sample, components: np.ndarray, part: str) -> Columns | None:
    rows = _rows(terms, sample, part)
    return None if rows is None else Columns.of(rows @ components.T)


def _rows(terms: TermExtractor, sample: Sample, part: str) -> Any:
    """A part's texts as a sparse matrix; None of a part all of whose items were left out as broken."""
    texts = _texts(terms, sample, part)
    return terms.sparse_batch(texts).tocsr() if texts else None
