"""What each word of a text has in its description."""

import numpy as np
import pytest

from classicxm.encoding import BagOfWords, Encoded
from classicxm.text import BagOfWordsText, TfidfText, TopicsText, Word2VecText, WordVectors

TEXTS = [
    "a red circle and a red square",
    "a blue circle",
    "the green square beside a star",
    "two blue stars",
    "red",
]
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    "extractor",
    [
        TfidfText(ngram_range=(1, 2)),
        BagOfWordsText(norm="hellinger"),
        BagOfWordsText(analyzer="char_wb", ngram_range=(2, 3)),
        TopicsText("lsa", n_topics=3),
        *(
            Word2VecText(vectors="random", pooling=pooling, norm=norm, n_dimensions=8)
            for pooling in ("mean", "tfidf", "sif")
            for norm in ("l2", None)
        ),
        Encoded(WordVectors(vectors="random", n_dimensions=8), BagOfWords(n_words=4)),
    ],
    ids=repr,
)
def test_words_sum_to_the_weighted_description(extractor):
    extractor.fit(TEXTS)
    weights = RANDOM.normal(size=extractor.n_features_out_)
    for text in [*TEXTS, "red unknown", "unknown", ""]:
        parts = extractor.divide(text, weights)
        whole = weights @ extractor.describe(text).astype(np.float64)
        assert parts.contributions.sum() == pytest.approx(whole, abs=1e-6)
        assert len(parts.names) == len(parts.contributions)
    if extractor.get_params().get("analyzer") != "char_wb":
        assert set(extractor.divide("Red unknown", weights).by_name()) == {"red"}


def test_tfidf_by_hand():
    extractor = TfidfText().fit(["red dog", "dog"])
    value = dict(zip(extractor.get_feature_names_out(), extractor.describe("red dog"), strict=True))
    assert extractor.divide("red dog", np.array([1.0, -2.0])).by_name() == pytest.approx(
        {"dog": value["dog"], "red": -2 * value["red"]}
    )


def test_lda_gives_to_the_text_as_a_whole():
    extractor = TopicsText("lda", n_topics=2).fit(TEXTS)
    assert extractor.divide("red circle", np.ones(2)).by_name() == pytest.approx({"(whole text)": 1.0})
