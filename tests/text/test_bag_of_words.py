import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from classicxm.distances import get_metric
from classicxm.errors import EmptyDescriptionWarning, ItemError
from classicxm.persistence import load, save
from classicxm.text import BagOfWordsText, TfidfText

TEXTS = ["red dog, red dog, red cat", "blue cat", "blue dog, blue dog"]  # columns: blue cat dog red


def rows(**parameters):
    return BagOfWordsText(**parameters).fit(TEXTS).transform(TEXTS)


def test_hand_worked_counts_and_scales():
    counts = np.array([[0, 1, 2, 3], [1, 1, 0, 0], [2, 0, 2, 0]])
    np.testing.assert_array_equal(rows(norm=None), counts)
    np.testing.assert_array_equal(rows(norm=None, binary=True), counts > 0)
    np.testing.assert_allclose(rows(norm="l1")[0], [0, 1 / 6, 2 / 6, 3 / 6], rtol=1e-6)
    np.testing.assert_allclose(rows()[0], counts[0] / np.sqrt(14), rtol=1e-6)
    np.testing.assert_allclose(rows(norm="hellinger")[2], np.sqrt([0.5, 0, 0.5, 0]), rtol=1e-6)
    np.testing.assert_allclose(rows(norm="l1", binary=True)[1], [0.5, 0.5, 0, 0])


def test_equals_scikit_learn():
    oracle = CountVectorizer(analyzer="char_wb", ngram_range=(1, 3), max_features=20).fit(TEXTS)
    ours = BagOfWordsText("char_wb", (1, 3), max_features=20, norm=None).fit(TEXTS)
    np.testing.assert_array_equal(ours.transform(TEXTS), oracle.transform(TEXTS).toarray())
    np.testing.assert_array_equal(ours.get_feature_names_out(), oracle.get_feature_names_out())


def test_hellinger_rows_have_length_one():
    np.testing.assert_allclose((rows(norm="hellinger") ** 2).sum(axis=1), 1, rtol=1e-6)


def test_empty_and_unknown_texts_are_zero_rows():
    words = BagOfWordsText(norm="hellinger").fit(TEXTS)
    with pytest.warns(EmptyDescriptionWarning, match="3 of 4"):
        described = words.transform(["", "  \n", "zebra", ["red", "red cat"]])
    assert described.any(axis=1).tolist() == [False, False, False, True]
    np.testing.assert_allclose(described[3], np.sqrt([0, 1 / 3, 0, 2 / 3]), rtol=1e-6)


def test_scripts_without_spaces():
    words = BagOfWordsText("char", (1, 2)).fit(["赤い丸", "青い四角", "红色圆圈"])
    similar = get_metric("cosine")(
        words.transform(["赤い"]), words.transform(["赤い丸", "青い四角", "红色圆圈"])
    )
    assert similar.argmax() == 0 and similar[0, 2] == 0


@pytest.mark.parametrize("cls", [BagOfWordsText, TfidfText])
def test_saved_and_loaded(cls, tmp_path):
    words = cls(ngram_range=(1, 2)).fit(TEXTS)
    again = load(save(words, tmp_path / "words"))
    np.testing.assert_array_equal(again.transform(TEXTS), words.transform(TEXTS))


@pytest.mark.slow
def test_workers_and_cache_change_nothing(tmp_path):
    expected = rows(norm="l1")
    np.testing.assert_array_equal(rows(norm="l1", n_jobs=2), expected)
    for _ in range(2):
        np.testing.assert_array_equal(rows(norm="l1", cache=tmp_path), expected)
    assert list(tmp_path.rglob("*.entry"))


def test_errors():
    with pytest.raises(
        ValueError, match=r"BagOfWordsText: norm must be one of 'l1', 'l2', 'hellinger', None, got 'l3'"
    ):
        BagOfWordsText(norm="l3").fit(TEXTS)
    with pytest.raises(ValueError, match="binary must be True or False, got 1"):
        BagOfWordsText(binary=1).fit(TEXTS)
    for texts in ([], ["", "the"]):
        with pytest.raises(ValueError, match=r"BagOfWordsText: empty vocabulary.*lower min_df"):
            BagOfWordsText().fit(texts)
    with pytest.raises(ItemError, match="a text must be a string"):
        BagOfWordsText().fit([*TEXTS, None])
    skipping = BagOfWordsText(on_error="skip").fit([*TEXTS, None])
    assert skipping.transform([*TEXTS, None]).shape == (3, 4)
