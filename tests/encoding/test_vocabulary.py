import numpy as np
import pytest
from scipy.spatial.distance import cdist

from classicxm.encoding import vocabulary
from classicxm.encoding.vocabulary import learn_words, nearest_words


@pytest.mark.parametrize("n_nearest", [1, 3, 7])
def test_nearest_words_against_all_distances(n_nearest, monkeypatch):
    monkeypatch.setattr(vocabulary, "CHUNK", 10)
    generator = np.random.default_rng(0)
    descriptors, words = (generator.normal(size=(n, 5)).astype(np.float32) for n in (33, 7))
    indices, squared = nearest_words(descriptors, words, n_nearest)
    expected = cdist(descriptors, words, "sqeuclidean")
    order = np.argsort(expected, axis=1)[:, :n_nearest]
    np.testing.assert_array_equal(np.sort(indices, axis=1), np.sort(order, axis=1))
    np.testing.assert_allclose(squared, np.take_along_axis(expected, indices, axis=1), atol=1e-5)


def test_separate_clusters_are_found():
    centres = np.float32([[0, 0], [10, 0], [0, 10]])
    descriptors = np.repeat(centres, 50, axis=0) + np.random.default_rng(0).normal(0, 0.1, (150, 2))
    words = learn_words(descriptors.astype(np.float32), 3, random_state=0)
    assert cdist(centres, words).min(axis=1).max() < 0.2
    assert words.dtype == np.float32


def test_the_seed_decides():
    descriptors = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    first, again, other = (learn_words(descriptors, 10, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
