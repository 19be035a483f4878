"""Vocabularies and topics learned in passes over parts of texts are scikit-learn's of all texts at once."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from classicxm.scale.engines import SerialEngine
from classicxm.scale.learning import learn_extractor
from classicxm.text import BagOfWordsText, TfidfText, TopicsText
from tests.scale.memory import Backwards, HeldSample

WORDS = ("red", "sea", "sky", "dog", "boat", "grass", "stone", "cloud", "river", "horse")
RANDOM = np.random.default_rng(0)
TEXTS = [
    " ".join(RANDOM.choice(WORDS, size=RANDOM.integers(1, 9), p=np.arange(1, 11) / 55)) for _ in range(60)
]
CUTS = (1, 20, 20, 45)  #: of the third part every item was left out as broken


def learned(extractor, texts=TEXTS, cuts=CUTS, engine=None):
    return learn_extractor(extractor, HeldSample(texts, cuts), engine or SerialEngine())


@pytest.mark.parametrize(
    "settings", [{}, {"min_df": 9}, {"max_df": 0.5}, {"max_features": 4}, {"min_df": 0.2, "max_df": 30}]
)
def test_document_frequencies_are_those_of_scikit_learn(settings):
    found = learned(TfidfText(stop_words=None, **settings))
    counts = CountVectorizer(**settings)
    expected = (counts.fit_transform(TEXTS) > 0).sum(axis=0).A1
    assert found.get_feature_names_out().tolist() == counts.get_feature_names_out().tolist()
    assert found.document_counts_.tolist() == expected.tolist()
    weights = TfidfVectorizer(**settings).fit(TEXTS).idf_
    np.testing.assert_allclose(found.vectorizer_.idf_, weights, rtol=1e-12)


def test_counts_of_words_are_those_of_scikit_learn():
    found = learned(BagOfWordsText(stop_words=None, norm=None))
    expected = CountVectorizer().fit_transform(TEXTS).toarray()
    np.testing.assert_array_equal(found.transform(TEXTS), expected)


def test_parts_and_their_order_change_nothing():
    texts = [text.replace("dog", "dogs" if n % 3 else "dog") for n, text in enumerate(TEXTS)]
    extractor = TfidfText(stem="english")
    whole = learned(extractor, texts, ())
    for other in (learned(extractor, texts), learned(extractor, texts, engine=Backwards())):
        np.testing.assert_array_equal(other.transform(texts), whole.transform(texts))
        assert other.spelled_terms() == whole.spelled_terms()
    assert "dogs" in whole.spelled_terms() and "dog" in whole.get_feature_names_out()


def test_topics_are_the_leading_singular_directions():
    found = learned(TopicsText("lsa", n_topics=3, max_iter=10))
    tfidf = TfidfText().fit(TEXTS)
    expected = TruncatedSVD(3, algorithm="arpack", random_state=0).fit(tfidf.sparse_batch(TEXTS))
    assert np.max(subspace_angles(found.model_.components_.T, expected.components_.T)) < 1e-5
    np.testing.assert_allclose(found.model_.singular_values_, expected.singular_values_, rtol=1e-8)
    np.testing.assert_allclose(found.model_.explained_variance_, expected.explained_variance_, rtol=1e-6)
    assert found.model_.explained_variance_ratio_.sum() == pytest.approx(1)
    largest = np.abs(found.model_.components_).argmax(axis=1)
    assert (found.model_.components_[np.arange(3), largest] > 0).all()


def test_as_many_topics_as_there_are_terms_and_no_more():
    assert learned(TopicsText("lsa", n_topics="auto")).n_features_out_ == len(WORDS)
    with pytest.raises(
        ValueError, match="n_topics must be at most 10 for 60 texts of 10 terms, got 11; lower it"
    ):
        learned(TopicsText("lsa", n_topics=11))


def test_texts_without_a_term_are_said():
    with pytest.raises(ValueError, match="no term is left in 2 texts; lower min_df"):
        learned(TfidfText(), ["...", "!"], (1,))
