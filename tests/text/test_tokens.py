from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from classicxm.text import TfidfText
from classicxm.text.tokens import NgramRange, located_terms

TEXTS = [
    "The quick brown fox -- jumps, over   the 2 lazy dogs_x!",
    "a\n\nb cd\tef   gh",
    "",
    "   ",
    "x",
    "赤い丸と 青い四角",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 3), (2, 2), (3, 5)])
def test_terms_are_those_of_scikit_learn(text, analyzer, ngram_range):
    options = {"stop_words": "english"} if analyzer == "word" else {}
    expected = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, **options).build_analyzer()(text)
    terms, places = located_terms(text, analyzer, ngram_range, options.get("stop_words"))
    assert Counter(terms) == Counter(expected)
    assert len(places) == len(terms) and places.dtype == np.float32
    assert (np.diff(places) >= -0.5).all() and (places >= 0).all() and (places <= 1).all()


def test_places_by_hand():
    terms, places = located_terms("ab the cdef", stop_words="english")
    assert terms == ["ab", "cdef"]
    np.testing.assert_allclose(places, [1 / 11, 9 / 11])
    terms, places = located_terms("abcd", "char", (2, 3))
    assert terms == ["ab", "abc", "bc", "bcd", "cd"]
    np.testing.assert_allclose(places, [1 / 4, 1.5 / 4, 2 / 4, 2.5 / 4, 3 / 4])
    terms, places = located_terms("ab cd ef", "word", (2, 2))
    assert terms == ["ab cd", "cd ef"]
    np.testing.assert_allclose(places, [2.5 / 8, 5.5 / 8])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("cafe\u0301 nue", ["cafe\u0301", "nue"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("Grüße, ΑΘΗΝΑ", ["grüße", "αθηνα"]),
    ],
)
def test_marks_and_joiners_do_not_cut_words(text, words):
    assert located_terms(text)[0] == words
    assert set(TfidfText().fit([text]).get_feature_names_out()) == set(words)


@pytest.mark.parametrize("value", [(0, 1), (2, 1), (1,), 1, (1.0, 2), (1, True), "12", None])
def test_bad_ngram_ranges(value):
    assert not NgramRange().accepts(value)
    with pytest.raises(
        ValueError, match=r"TfidfText: ngram_range must be two integers \(shortest, longest\)"
    ):
        TfidfText(ngram_range=value).fit(TEXTS)


def test_lists_are_ngram_ranges_too():
    assert NgramRange().accepts([1, 2])
    assert TfidfText(ngram_range=[1, 2]).fit(["red dog"]).n_features_out_ == 3
