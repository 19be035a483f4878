"""Which descriptions of texts are tried, and what they give."""

import logging

import numpy as np
import pytest
from scipy import sparse

from classicxm.errors import EmptyDescriptionWarning
from classicxm.retrieval import text_candidates as module
from classicxm.retrieval.text_candidates import PIECES, lone_share, sparse_features, text_candidates
from classicxm.text import BagOfWordsText, TfidfText, Word2VecText

TEXTS = ["a red dog", "red sea", "a blue dog", "blue sea"]
GLUED = ["dogbarking", "dogqqz", "birdzzx", "birdsong"]
BY_PIECES = TfidfText(analyzer="char_wb", ngram_range=(2, 3))


def names(extractors, texts, **execution):
    return [name for name, _, _ in text_candidates(extractors, texts, list(range(len(texts))), execution)]


@pytest.mark.parametrize(
    ("texts", "share"),
    [(TEXTS, 0.0), (GLUED, 1.0), ([*TEXTS, "zebra"], 0.2), (["", "sea", "sea"], 1 / 3), (["red"] * 3, 0.0)],
)
@pytest.mark.filterwarnings("ignore::classicxm.errors.EmptyDescriptionWarning")
def test_texts_without_a_shared_word_are_counted(texts, share):
    assert lone_share(BY_PIECES, texts, list(range(len(texts)))) == pytest.approx(share)


@pytest.mark.parametrize(("texts", "tried"), [(TEXTS, ["words"]), (GLUED, ["words", PIECES])])
def test_pieces_are_tried_where_texts_share_no_words(texts, tried, caplog):
    caplog.set_level(logging.INFO)
    assert names({"words": TfidfText(), PIECES: BY_PIECES}, texts) == tried
    assert ("texts share their words" in caplog.text) == (len(tried) == 1)


def test_what_cannot_be_fitted_is_left_out_with_its_reason(caplog):
    caplog.set_level(logging.INFO)
    assert names({"rare": TfidfText(min_df=50), "words": TfidfText()}, TEXTS) == ["words"]
    assert "text features rare were not tried: " in caplog.text


def test_extractors_stay_as_they_are_and_clones_are_set():
    given = TfidfText()
    ((_, fitted, X),) = text_candidates({"words": given}, TEXTS, "abcd", {"on_error": "zero", "cache": None})
    assert (given.on_error, fitted.on_error) == ("raise", "zero") and not hasattr(given, "vectorizer_")
    np.testing.assert_allclose(np.asarray(X.todense() if sparse.issparse(X) else X), fitted.transform(TEXTS))


def test_features_are_sparse_where_most_are_zero_and_the_same_in_chunks(monkeypatch):
    texts = [f"word{n} red" for n in range(60)]
    thin, full = BagOfWordsText().fit(texts), Word2VecText(vectors="random", n_dimensions=4).fit(texts)
    monkeypatch.setattr(module, "CHUNK", 7)
    for extractor, is_sparse in ((thin, True), (full, False)):
        found = sparse_features(extractor, texts, list(range(60)))
        assert sparse.issparse(found) == is_sparse
        dense = found.toarray() if is_sparse else found
        np.testing.assert_allclose(dense, extractor.transform(texts), rtol=1e-6)


def test_texts_without_a_known_word_do_not_warn_here(recwarn):
    sparse_features(TfidfText().fit(TEXTS), ["unknown", "red"], "ab")
    assert not [one for one in recwarn if issubclass(one.category, EmptyDescriptionWarning)]
