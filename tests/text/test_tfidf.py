import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline

from classicxm.errors import EmptyDescriptionWarning, ItemError
from classicxm.text import TfidfText

TEXTS = ["a red circle on the left", "two blue squares", "a red square", "blue circles, blue squares"]


def test_equals_scikit_learn():
    expected = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(TEXTS).toarray()
    np.testing.assert_allclose(TfidfText().fit(TEXTS).transform(TEXTS), expected, atol=1e-6)


def test_hand_worked_weights():
    # idf = ln((1 + n) / (1 + df)) + 1: "red" in 2 of 3 texts, "dog" in 1
    row = TfidfText(stop_words=None).fit(["red dog", "red cat", "blue cat"]).transform(["red dog"])[0]
    red, dog = np.log(4 / 3) + 1, np.log(4 / 2) + 1
    np.testing.assert_allclose(sorted(row[row > 0]), np.array([red, dog]) / np.hypot(red, dog), atol=1e-6)


def test_several_captions_count_as_one_text():
    tfidf = TfidfText().fit(TEXTS)
    np.testing.assert_array_equal(
        tfidf.transform([["a red circle", "blue"]]), tfidf.transform(["a red circle\nblue"])
    )


def test_files_are_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("red circle")
    tfidf = TfidfText().fit([path, "blue square"])
    np.testing.assert_array_equal(tfidf.transform([path]), tfidf.transform(["red circle"]))


def test_other_scripts_by_character_ngrams():
    tfidf = TfidfText(analyzer="char", ngram_range=(1, 2)).fit(["赤い丸", "青い四角", "빨간 원"])
    similarity = tfidf.transform(["赤い"]) @ tfidf.transform(["赤い丸", "青い四角", "빨간 원"]).T
    assert similarity[0].argmax() == 0 and similarity[0, 2] == 0


def test_empty_and_unknown_texts_are_zero_rows():
    with pytest.warns(EmptyDescriptionWarning, match="3 of 4"):
        rows = TfidfText().fit(TEXTS).transform(["", "   ", "zebra", "red"])
    assert rows.any(axis=1).tolist() == [False, False, False, True]


def test_works_in_scikit_learn_compositions():
    union = FeatureUnion([("words", TfidfText()), ("letters", TfidfText(analyzer="char"))])
    model = GridSearchCV(
        make_pipeline(union, LogisticRegression()), {"featureunion__words__sublinear_tf": [True, False]}, cv=2
    ).fit(TEXTS * 3, ["a", "b", "a", "b"] * 3)
    assert model.score(TEXTS, ["a", "b", "a", "b"]) == 1


def test_errors():
    with pytest.raises(NotFittedError):
        TfidfText().transform(TEXTS)
    with pytest.raises(ValueError, match=r"TfidfText: empty vocabulary.*lower min_df"):
        TfidfText().fit(["the", "a"])
    with pytest.raises(ValueError, match=r"analyzer must be one of 'word', 'char', 'char_wb', got 'words'"):
        TfidfText(analyzer="words").fit(TEXTS)
    with pytest.raises(ValueError, match="min_df must be an integer of at least 1 or a number from 0 to 1"):
        TfidfText(min_df=-1).fit(TEXTS)
    with pytest.raises(ItemError, match="a text must be a string"):
        TfidfText().fit([*TEXTS, 3])
    assert (
        TfidfText(on_error="skip").fit([*TEXTS, 3]).n_features_out_ == TfidfText().fit(TEXTS).n_features_out_
    )
