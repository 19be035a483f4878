import unicodedata
from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from classicxm.text import BagOfWordsText, TfidfText
from classicxm.text.bag_of_words import scaled_counts
from classicxm.text.tokens import NgramRange, cut, located_terms

TEXTS = [
    "The quick brown fox -- jumps, over   the 2 lazy dogs_x!",
    "a\n\nb cd\tef   gh",
    "",
    "   ",
    "x",
    "élan über naïve",
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
        ("cafe\u0301 nue", ["café", "nue"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("Grüße, ΑΘΗΝΑ", ["grüsse", "αθηνα"]),
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


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("원이 있다", ["원", "원이", "있다"]),
        ("큰 별을 나무는", ["큰", "별", "별을", "나무", "나무는", "무는"]),
        ("红色圆形", ["红", "红色", "色", "色圆", "圆", "圆形", "形"]),
        ("ｶﾞラス", ["ガ", "ガラ", "ラ", "ラス", "ス"]),
        ("สีแดง", ["สี", "สีแ", "แ", "แด", "ด", "ดง", "ง"]),
        ("ສີແດງ", ["ສີ", "ສີແ", "ແ", "ແດ", "ດ", "ດງ", "ງ"]),
        ("ខ្ញុំ", ["ខ្ញុំ"]),
        ("မြန်မာ", ["မြ", "မြန်", "န်", "န်မာ", "မာ"]),
        ("빨간 동그라미", ["빨간", "동그", "동그라미", "그라", "라미"]),
        ("iPhone을 2008年 red圆", ["iphone", "을", "2008", "年", "red", "圆"]),
        ("๒๐๐๘", ["๒๐๐๘"]),
    ],
)
def test_scripts_without_spaces_are_letters_and_pairs(text, terms):
    assert sorted(term for term, _, _ in cut(text)) == sorted(terms)


def test_runs_end_n_grams_of_words_and_have_one_letter_more():
    assert [t for t, _, _ in cut("red dog 圆形体 cat", ngram_range=(2, 2))] == [
        "red dog",
        "圆形",
        "圆形体",
        "形体",
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_terms_stand_in_the_original(form):
    text = unicodedata.normalize(form, "Ein Café, co\u00adop ﬁnd İSTANBUL 빨간 が")
    pieces = {term: text[start:stop] for term, start, stop in cut(text)}
    assert {term: unicodedata.normalize("NFC", piece) for term, piece in pieces.items()} == {
        "ein": "Ein",
        "café": "Café",
        "coop": "co\u00adop",
        "find": "ﬁnd",
        "istanbul": "İSTANBUL",
        "빨간": "빨간",
        "が": "が",
    }


def test_tokenizers_and_stems():
    assert [
        t for t, _, _ in cut("一个红色的三角形", tokenizer=lambda text: ["一个", "红色", "的", "三角形"])
    ] == [
        "一个",
        "红色",
        "的",
        "三角形",
    ]
    assert cut("Ab, cd!", tokenizer=str.split) == [("ab,", 0, 3), ("cd!", 4, 7)]
    assert cut("the Circles", stop_words="english", stem="english") == [("circl", 4, 11)]
    with pytest.raises(ValueError, match="tokenizer must be None or 'jieba' or 'pythainlp' or a function"):
        TfidfText(tokenizer="mecab").fit(["a text"])


@pytest.mark.parametrize(
    ("tokenizer", "text"), [("jieba", "一个红色的三角形"), ("pythainlp", "สีแดงและวงกลม")]
)
def test_tokenizers_of_other_packages(tokenizer, text):
    pytest.importorskip(tokenizer)
    terms = cut(text, tokenizer=tokenizer)
    assert "".join(term for term, _, _ in terms) == text
    assert any(word in [term for term, _, _ in terms] for word in ("红色", "สีแดง"))


@pytest.mark.parametrize("extractor", [TfidfText, BagOfWordsText])
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2)])
def test_plain_english_has_the_features_of_scikit_learn(extractor, ngram_range):
    texts = [
        f"{a} {b} of the_{a} {i}, and {a}"
        for i, (a, b) in enumerate(zip(["ab", "cd", "the"] * 4, TEXTS[:4] * 3, strict=True))
    ]
    ours = extractor(ngram_range=ngram_range).fit(texts)
    oracle = ours.make_vectorizer(ngram_range=ngram_range, stop_words="english").fit(texts)
    assert ours.get_feature_names_out().tolist() == oracle.get_feature_names_out().tolist()
    expected = oracle.transform(texts)
    expected = scaled_counts(expected, "l2") if extractor is BagOfWordsText else expected
    assert (ours.sparse_batch(texts) != expected).nnz == 0
