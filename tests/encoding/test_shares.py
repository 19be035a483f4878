"""What each descriptor has in an encoding."""

import numpy as np
import pytest

from classicxm.base import Encoder
from classicxm.encoding import VLAD, BagOfWords, Channels, FisherVector, Statistics
from classicxm.encoding.statistics import additions_of

RANDOM = np.random.default_rng(0)
SAMPLE = RANDOM.normal(size=(400, 6)).astype(np.float32)
PYRAMID = ((1, 1), (2, 2))


@pytest.mark.parametrize(
    "encoder",
    [
        BagOfWords(n_words=8, assignment="soft", tfidf=True, norm="l1", pyramid=PYRAMID),
        BagOfWords(n_words=8, hellinger=False, pyramid=PYRAMID),
        VLAD(n_words=4, power=0.5, pyramid=PYRAMID),
        VLAD(n_words=4, intra_normalise=False),
        FisherVector(n_components=3, n_pca=4, include_weights=True, power=0.3, pyramid=PYRAMID),
        FisherVector(n_components=3, n_pca=None, power=1),
        Statistics(("mean", "std", "skewness", 0, 5, 50, 100)),
        Channels(FisherVector(n_components=2, n_pca=None, pyramid=PYRAMID), {"a": (0, 3), "b": (2, 6)}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("n", [60, 2, 1, 0])
def test_shares_sum_to_the_weighted_encoding(encoder, n):
    encoder = encoder.fit(SAMPLE, np.arange(400) // 20)
    descriptors, positions = SAMPLE[:n], RANDOM.random((n, 2))
    weights = RANDOM.normal(size=encoder.n_features_out_)
    shares = encoder.shares(descriptors, positions, weights)
    assert shares.shape == (n,) and shares.dtype == np.float64
    whole = weights @ encoder.encode(descriptors, positions).astype(np.float64)
    assert shares.sum() == pytest.approx(whole, abs=1e-10)


def test_equal_descriptors_have_equal_shares_of_their_word():
    encoder = BagOfWords(n_words=2, hellinger=False, norm="l1")
    encoder.fit(np.repeat(np.float32([[0, 0], [9, 9]]), 10, axis=0))
    descriptors = np.float32([[0, 0], [9, 9], [9, 9], [9, 9]])
    word = encoder.encode(descriptors[:1])
    np.testing.assert_allclose(encoder.shares(descriptors, None, word), [0.25, 0, 0, 0])


def test_vlad_gives_by_the_side_of_the_word_a_descriptor_lies_on():
    encoder = VLAD(n_words=1, intra_normalise=False).fit(np.float32([[0.0], [0.0]]))
    np.testing.assert_allclose(encoder.shares(np.float32([[3], [-1]]), None, np.ones(1)), [1.5, -0.5])


WORDS = [
    BagOfWords(n_words=8, assignment="soft", tfidf=True, norm="l1", pyramid=PYRAMID),
    VLAD(n_words=4, power=0.5, pyramid=PYRAMID),
    FisherVector(n_components=3, n_pca=4, include_weights=True, power=0.3, pyramid=PYRAMID),
]


@pytest.mark.parametrize("encoder", WORDS, ids=repr)
def test_all_words_together_add_up_to_the_weighted_encoding(encoder):
    encoder = encoder.fit(SAMPLE, np.arange(400) // 20)
    descriptors, positions = SAMPLE[:60], RANDOM.random((60, 2))
    weights = RANDOM.normal(size=encoder.n_features_out_)
    words = encoder.strongest_words(descriptors, positions, weights, 100)
    sizes = [abs(contribution) for _, contribution, _ in words]
    assert sizes == sorted(sizes, reverse=True)
    assert encoder.strongest_words(descriptors, positions, weights, 2)[1][:2] == words[1][:2]
    whole = weights @ encoder.encode(descriptors, positions).astype(np.float64)
    assert sum(contribution for _, contribution, _ in words) == pytest.approx(whole, abs=1e-10)
    belonging = np.sum([member for _, _, member in words], axis=0)
    np.testing.assert_allclose(belonging, 1, atol=1e-5)  # every descriptor is shared out among all words
    assert encoder.strongest_words(descriptors[:0], positions[:0], weights, 2) == []
    assert encoder.strongest_words(descriptors, positions, 0 * weights, 2) == []


def test_the_word_of_a_descriptor_is_named_and_found():
    encoder = BagOfWords(n_words=2, hellinger=False, norm="l1")
    encoder.fit(np.repeat(np.float32([[0, 0], [9, 9]]), 10, axis=0))
    descriptors = np.float32([[0, 0], [9, 9], [9, 9], [9, 9]])
    nines = int(encoder.encode(descriptors[1:]).argmax())
    ((number, contribution, member),) = encoder.strongest_words(descriptors, None, np.eye(2)[nines], 5)
    assert (number, contribution, member.tolist()) == (nines, 0.75, [0, 1, 1, 1])


def test_flat_descriptors_have_shares_that_sum():
    encoder = VLAD(n_words=1).fit(np.zeros((3, 2), np.float32))
    assert encoder.shares(np.zeros((3, 2), np.float32), None, np.ones(2)).tolist() == [0, 0, 0]


def test_a_percentile_belongs_to_the_descriptors_it_lies_between():
    assert additions_of(25, np.array([[8.0], [0.0], [4.0]])).tolist() == [[0.0], [0.0], [2.0]]
    assert additions_of(100, np.array([[8.0], [0.0], [4.0]])).tolist() == [[8.0], [0.0], [0.0]]


def test_an_encoder_that_does_not_say_shares_evenly():
    class Mean(Encoder):
        def fit(self, descriptors, y=None):
            return self

        def encode(self, descriptors, positions=None):
            return descriptors.sum(axis=0)

    assert Mean().shares(np.array([[1.0], [3.0]]), None, np.array([2.0])).tolist() == [4, 4]
    assert Mean().shares(np.zeros((0, 1)), None, np.array([2.0])).tolist() == []
