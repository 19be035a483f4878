import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from classicxm.errors import EmptyDescriptionWarning, ItemError, MediaDecodeError
from classicxm.persistence import load, save
from classicxm.text import Word2VecText

TEXTS = ["red dog", "red cat", "blue cat", "blue dog red"]


@pytest.fixture
def vector_file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("red 1 0 0\nblue 0 1 0\ndog 0 0 2\n")
    return path


def rows(path, texts=TEXTS, **parameters):
    return Word2VecText(vectors=path, **parameters).fit(TEXTS).transform(texts)


def test_mean_by_hand(vector_file):
    expected = [[0.5, 0, 1], [1, 0, 0], [0, 1, 0], [1 / 3, 1 / 3, 2 / 3]]
    np.testing.assert_allclose(rows(vector_file, norm=None), expected, rtol=1e-6)
    np.testing.assert_allclose(rows(vector_file)[0], [1 / np.sqrt(5), 0, 2 / np.sqrt(5)], rtol=1e-6)


def test_tfidf_by_hand(vector_file):
    red, dog = np.log(5 / 4) + 1, np.log(5 / 3) + 1
    row = rows(vector_file, ["red dog dog"], norm=None, pooling="tfidf")[0]
    np.testing.assert_allclose(row, [red / 3, 0, 4 * dog / 3], rtol=1e-6)


def test_sif_by_hand(vector_file):
    # 9 words: red 3, blue 2, dog 2, cat (no vector) 2; a = 1/9 gives weights 1/4, 1/3, 1/3
    averages = np.array([[1 / 8, 0, 1 / 3], [1 / 4, 0, 0], [0, 1 / 3, 0], [1 / 12, 1 / 9, 2 / 9]])
    first = np.linalg.svd(averages)[2][0]
    expected = averages - np.outer(averages @ first, first)
    np.testing.assert_allclose(rows(vector_file, norm=None, pooling="sif", a=1 / 9), expected, atol=1e-7)
    unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(rows(vector_file, pooling="sif", a=1 / 9), unit, atol=1e-6)


def test_a_word_the_texts_lack_has_the_largest_weight(vector_file):
    for pooling in ("tfidf", "sif"):
        words = Word2VecText(vectors=vector_file, pooling=pooling, a=0.1).fit(["red dog", "red"])
        red, blue, dog = words.weights_
        assert blue > dog > red
        assert words.transform(["blue"]).any()


@pytest.mark.parametrize("pooling", ["mean", "tfidf", "sif"])
def test_empty_and_unknown_texts_are_zero_rows(vector_file, pooling):
    with pytest.warns(EmptyDescriptionWarning, match="3 of 4"):
        features = rows(vector_file, ["", "  ", "zebra", ["red", "dog"]], pooling=pooling)
    assert features.any(axis=1).tolist() == [False, False, False, True]
    assert features.dtype == np.float32


@pytest.mark.parametrize("texts", [["red dog"], ["red dog"] * 3, ["red", ""]])
def test_sif_of_one_direction_keeps_it(vector_file, texts):
    features = Word2VecText(vectors=vector_file, pooling="sif").fit(texts).transform(texts[:1])
    assert features.any() and np.isfinite(features).all()


def test_captions_are_joined(vector_file):
    features = rows(vector_file, [["red dog", "blue"], "red dog blue"])
    np.testing.assert_array_equal(features[0], features[1])


def test_other_scripts():
    texts = ["赤い丸", "青い四角", "红色圆圈"]
    words = Word2VecText(vectors="random", n_dimensions=64, analyzer="char").fit(texts)
    assert (words.transform(["赤丸"]) @ words.transform(texts).T)[0].argmax() == 0


@pytest.mark.parametrize("pooling", ["mean", "tfidf", "sif"])
@pytest.mark.parametrize("vectors", ["train", "random"])
def test_saved_loaded_and_repeated(tmp_path, vectors, pooling):
    words = Word2VecText(vectors=vectors, pooling=pooling, n_dimensions=8, epochs=2).fit(TEXTS)
    features = words.transform(TEXTS)
    again = load(save(words, tmp_path / "words"))
    np.testing.assert_array_equal(again.transform(TEXTS), features)
    np.testing.assert_array_equal(again.fit(TEXTS).transform(TEXTS), features)
    assert features.shape == (4, words.n_features_out_) == (4, 8)


def test_loading_needs_no_vector_file(vector_file, tmp_path):
    words = Word2VecText(vectors=vector_file).fit(TEXTS)
    save(words, tmp_path / "words")
    vector_file.unlink()
    np.testing.assert_array_equal(load(tmp_path / "words").transform(TEXTS), words.transform(TEXTS))


def test_workers_and_cache_change_nothing(vector_file, tmp_path):
    expected = rows(vector_file)
    np.testing.assert_array_equal(rows(vector_file, n_jobs=2), expected)
    for _ in range(2):
        np.testing.assert_array_equal(rows(vector_file, cache=tmp_path / "cache"), expected)
    vector_file.write_text("red 3 0 0\nblue 0 1 0\ndog 0 0 2\n")
    assert not np.allclose(rows(vector_file, cache=tmp_path / "cache"), expected)


def test_errors(vector_file, tmp_path):
    with pytest.raises(NotFittedError):
        Word2VecText().transform(TEXTS)
    with pytest.raises(ValueError, match="pooling must be one of 'mean', 'tfidf', 'sif', got 'max'"):
        Word2VecText(pooling="max").fit(TEXTS)
    with pytest.raises(ValueError, match="Word2VecText: a must be a number above 0, got 0"):
        Word2VecText(a=0).fit(TEXTS)
    with pytest.raises(ValueError, match="no word occurs 5 times in the 4 texts"):
        Word2VecText(min_count=5).fit(TEXTS)
    with pytest.raises(MediaDecodeError, match="No such file"):
        Word2VecText(vectors=tmp_path / "none").fit(TEXTS)
    with pytest.raises(ItemError, match="a text must be a string"):
        Word2VecText(vectors=vector_file).fit([*TEXTS, 3])
    skipping = Word2VecText(vectors=vector_file, on_error="zero").fit([*TEXTS, 3])
    assert skipping.transform([*TEXTS, 3]).shape == (5, 3)
