"""What extractors with one column per term share."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from classicxm.text import BagOfWordsText, TfidfText

TEXTS = ["a red circle", "red, red squares", "Straße und Platz"]


@pytest.mark.parametrize("kind", [BagOfWordsText, TfidfText])
def test_columns_and_counts(kind):
    model = kind().fit(TEXTS)
    names = model.get_feature_names_out().tolist()
    assert names == sorted(names) and "strasse" in names and model.n_features_out_ == len(names)
    assert model.document_counts_[names.index("red")] == 2
    np.testing.assert_allclose(model.sparse_batch(TEXTS).toarray(), model.transform(TEXTS), atol=1e-7)
    assert model.describe("nothing known").any() == 0


@pytest.mark.parametrize("kind", [BagOfWordsText, TfidfText])
def test_parts_add_up_and_say_where_they_stand(kind):
    model = kind().fit(TEXTS)
    weights = np.arange(1.0, model.n_features_out_ + 1)
    parts = model.divide("Red RED circle", weights)
    assert parts.contributions.sum() == pytest.approx(weights @ model.describe("Red RED circle"), rel=1e-6)
    assert parts.spans_by_name()["red"] == ((0, 3), (4, 7))


def test_stems_are_spelled_as_texts_have_them():
    model = BagOfWordsText(stem="english").fit(["running runs", "he runs", "a square"])
    names, spelled = model.get_feature_names_out().tolist(), model.spelled_terms()
    assert spelled[names.index("run")] == "runs"
    assert (
        BagOfWordsText().fit(TEXTS).spelled_terms()
        == BagOfWordsText().fit(TEXTS).get_feature_names_out().tolist()
    )


def test_no_term_is_left():
    with pytest.raises(ValueError, match=r"BagOfWordsText: .*; lower min_df, or use analyzer='char_wb'"):
        BagOfWordsText(min_df=5).fit(TEXTS)
    with pytest.raises(ValueError, match="analyzer"):
        TfidfText(analyzer="letters").fit(TEXTS)


@pytest.mark.parametrize("kind", [BagOfWordsText, TfidfText])
@pytest.mark.parametrize("bound", [np.float32(0.5), Fraction(1, 2)])
def test_shares_of_texts_are_of_any_type(kind, bound):
    texts = ["red sea", "red sky", "blue sea", "red"]
    model, expected = kind(min_df=bound).fit(texts), kind(min_df=0.5).fit(texts)
    assert (
        model.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist() == ["red", "sea"]
    )
    documents = Counter({"red": 3, "sea": 2, "sky": 1, "blue": 1})
    assert kind(min_df=bound).fit_frequencies(4, documents, documents).n_features_out_ == 2
