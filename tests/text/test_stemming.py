"""Stems, beside gensim's own Porter stemmer."""

import pytest
from gensim.parsing.porter import PorterStemmer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from classicxm.text import TfidfText
from classicxm.text.stemming import porter_stem

BASES = [
    "circle",
    "run",
    "pony",
    "agree",
    "plaster",
    "motor",
    "conflat",
    "hop",
    "tan",
    "fall",
    "hiss",
    "fail",
    "file",
    "happi",
    "relat",
    "condition",
    "valen",
    "digit",
]
BASES += [
    "conform",
    "radical",
    "differ",
    "vile",
    "analog",
    "vietnam",
    "operat",
    "feudal",
    "decisive",
    "hope",
    "callous",
    "formal",
    "sensit",
    "triplic",
]
ENDINGS = [
    "s",
    "es",
    "ies",
    "ed",
    "eed",
    "ing",
    "at",
    "bl",
    "iz",
    "y",
    "ational",
    "tional",
    "enci",
    "izer",
    "bli",
    "alli",
    "entli",
    "ousli",
    "ization",
    "ator",
    "alism",
    "iveness",
]
ENDINGS += [
    "fulness",
    "ousness",
    "aliti",
    "iviti",
    "biliti",
    "logi",
    "icate",
    "ative",
    "alize",
    "iciti",
    "ical",
    "ful",
    "ness",
    "ance",
    "er",
    "able",
    "ement",
    "ion",
    "e",
    "ll",
]


def test_as_gensim_does():
    oracle = PorterStemmer()
    words = (
        {base + ending for base in BASES for ending in ["", *ENDINGS]}
        | ENGLISH_STOP_WORDS
        | {"say", "by", "yy"}
    )
    assert {word: porter_stem(word) for word in words} == {word: oracle.stem(word) for word in words}


@pytest.mark.parametrize("word", ["größer", "circle2", "кошки", "", "is"])
def test_other_words_stay(word):
    assert porter_stem(word) == word


def test_forms_of_a_word_meet_and_are_spelled_as_texts_do():
    words = TfidfText(stem="english").fit(["red circles", "red circles", "a circle", "Ponies"])
    assert words.get_feature_names_out().tolist() == ["circl", "poni", "red"]
    assert words.spelled_terms() == ["circles", "ponies", "red"]
    assert (words.describe("circle") == words.describe("circling circles")).all()
