import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from classicxm.text.pooling import common_direction, idf_weights, pooled, sif_weights, without_direction


def test_idf_is_that_of_scikit_learn():
    texts = ["red dog", "red cat", "blue red"]
    oracle = TfidfVectorizer().fit(texts)
    np.testing.assert_allclose(idf_weights(np.array([1, 1, 1, 3]), 3), oracle.idf_)


def test_sif_weights_by_hand():
    np.testing.assert_allclose(sif_weights([3, 1, 0], 4, 0.25), [0.25, 0.5, 1])
    np.testing.assert_array_equal(sif_weights([0, 0], 0, 1e-3), [1, 1])


def test_pooling_by_hand():
    vectors = np.array([[1, 0], [0, 2], [5, 5]], np.float32)
    np.testing.assert_allclose(pooled(np.array([0, 1, 1]), vectors, np.array([2, 0.5, 9])), [2 / 3, 2 / 3])
    np.testing.assert_array_equal(pooled(np.array([], int), vectors, np.ones(3)), [0, 0])


def test_the_common_direction_is_the_first_singular_vector():
    X = np.random.default_rng(0).normal(size=(30, 6)) + 1
    oracle = TruncatedSVD(1, algorithm="arpack").fit(X).components_[0]
    direction = common_direction(X)
    np.testing.assert_allclose(direction * np.sign(direction @ oracle), oracle, atol=1e-8)
    rest = without_direction(X, direction)
    np.testing.assert_allclose(rest @ direction, 0, atol=1e-12)
    np.testing.assert_allclose(rest, X - X @ oracle[:, None] * oracle, atol=1e-8)


def test_the_only_direction_is_kept():
    for X in (np.ones((1, 3)), np.ones((4, 3)), np.zeros((2, 3)), np.array([[2.0], [3.0]])):
        assert not common_direction(X).any()
        np.testing.assert_array_equal(without_direction(X, common_direction(X)), X)


def test_rounding_noise_is_not_kept():
    direction = np.array([1, 1, 1]) / np.sqrt(3)
    rest = without_direction(np.array([[0.1, 0.1, 0.1], [0.0, 0.0, 0.0], [1, 0, 0]]), direction)
    assert rest.any(axis=1).tolist() == [False, False, True]
