import numpy as np
from scipy.fft import dct


def test_tfidf__random(work, reference, seed):
    counts = np.random.default_rng(seed + 1).poisson(0.7, size=(12, 30))
    np.testing.assert_allclose(work.tfidf(counts), reference.tfidf(counts), atol=1e-8)


def test_tfidf__text_without_words(work, reference):
    counts = np.array([[0, 0, 0], [5, 1, 0], [2, 0, 0]])
    np.testing.assert_allclose(work.tfidf(counts), reference.tfidf(counts), atol=1e-8)


def test_orientation_histogram__random(work, reference, seed):
    grey = np.random.default_rng(seed + 2).uniform(size=(17, 13))
    for n_bins in (4, 9):
        found = work.orientation_histogram(grey, n_bins)
        np.testing.assert_allclose(found, reference.orientation_histogram(grey, n_bins), atol=1e-8)


def test_orientation_histogram__opposite_directions_are_the_same(work, seed):
    grey = np.random.default_rng(seed + 3).uniform(size=(9, 9))
    found = work.orientation_histogram(grey, 6)
    assert np.sum(found) > 0
    np.testing.assert_allclose(work.orientation_histogram(-grey, 6), found, atol=1e-8)


def test_mel_filters__other_sizes(work, reference):
    for shape in ((12, 256, 8000), (26, 1024, 22050)):
        np.testing.assert_allclose(work.mel_filters(*shape), reference.mel_filters(*shape), atol=1e-8)


def test_cepstra__random(work, seed):
    energies = np.random.default_rng(seed + 4).exponential(size=(7, 20))
    expected = dct(np.log(energies), norm="ortho")[:, :9]
    np.testing.assert_allclose(work.cepstra(energies, 9), expected, atol=1e-8)


def test_cepstra__silence(work):
    expected = dct(np.full((2, 8), np.log(1e-10)), norm="ortho")[:, :5]
    np.testing.assert_allclose(work.cepstra(np.zeros((2, 8)), 5), expected, atol=1e-8)


def test_hellinger__random(work, seed):
    histograms = np.random.default_rng(seed + 5).poisson(2.0, size=(6, 9)).astype(float)
    histograms[2] = 0
    found = np.asarray(work.hellinger(histograms))
    total = histograms.sum(axis=1)
    np.testing.assert_allclose(found**2 * total[:, None], histograms, atol=1e-8)
    np.testing.assert_allclose((found[total > 0] ** 2).sum(axis=1), 1)
