import numpy as np
import pytest

from classicxm.encoding import BagOfWords
from classicxm.encoding.bow import inverse_document_frequencies


def with_words(words, **parameters):
    """A fitted encoder whose vocabulary is known."""
    words = np.float32(words)
    encoder = BagOfWords(n_words=len(words), random_state=0, **parameters).fit(np.repeat(words, 4, axis=0))
    encoder.words_ = words
    return encoder


WORDS = [[0, 0], [10, 0], [0, 10]]
NEAR = [[1, 0], [9, 0], [9, 1], [0, 1]]  # words 0, 1, 1, 0


def test_hard_counts_by_hand():
    assert with_words(WORDS, hellinger=False, norm="l1").encode(NEAR).tolist() == [0.5, 0.5, 0]
    np.testing.assert_allclose(
        with_words(WORDS, hellinger=False).encode(NEAR[:3]), np.array([1, 2, 0]) / np.sqrt(5)
    )


def test_hellinger_is_the_root_of_the_shares():
    np.testing.assert_allclose(with_words(WORDS).encode(NEAR[:3]), np.sqrt([1 / 3, 2 / 3, 0]), atol=1e-6)
    l1 = with_words(WORDS, norm="l1").encode(NEAR[:3])
    np.testing.assert_allclose(l1, np.sqrt([1, 2, 0]) / (1 + np.sqrt(2)), atol=1e-6)


def test_soft_shares_by_hand():
    encoder = with_words(WORDS, assignment="soft", n_nearest=2, hellinger=False, norm="l1")
    encoder.scale_ = 50.0
    share = np.exp([-16 / 50, -36 / 50])  # squared distances 16 and 36 to the two nearest words
    np.testing.assert_allclose(encoder.encode([[4, 0]]), [*(share / share.sum()), 0], atol=1e-6)


def test_soft_scale_is_the_mean_squared_distance():
    sample = np.float32([[-1, 0], [1, 0], [99, 0], [101, 0]])
    encoder = BagOfWords(n_words=2, assignment="soft", softness=3.0, random_state=0).fit(sample)
    assert encoder.scale_ == pytest.approx(3.0, rel=0.1)


def test_more_neighbours_than_words_are_all_words():
    encoder = with_words(WORDS, assignment="soft", n_nearest=9, hellinger=False, norm="l1")
    assert encoder.encode(NEAR).sum() == pytest.approx(1)


def test_document_frequencies():
    idf = inverse_document_frequencies([0, 0, 0, 1, 2], [7, 7, 9, 9, 9], 4)
    np.testing.assert_allclose(idf, np.log(3 / np.array([3, 2, 2, 1])) + 1)


def test_tfidf_lowers_words_of_every_item():
    sample = np.float32([[0, 0], [0, 0], [0, 0], [10, 0]])
    encoder = BagOfWords(n_words=2, tfidf=True, hellinger=False, norm="l1", random_state=0)
    encoder.fit(sample, y=[0, 1, 2, 2])
    common = encoder.encode([[0, 0], [10, 0]])
    rare = np.log(4 / 2) + 1
    np.testing.assert_allclose(np.sort(common), np.sort([1 / (1 + rare), rare / (1 + rare)]), atol=1e-6)
    with pytest.raises(ValueError, match="tfidf=True needs y, the item each descriptor is from"):
        encoder.fit(sample)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_words": 0}, "n_words must be an integer of at least 1"),
        ({"assignment": "fuzzy"}, "assignment must be one of 'hard', 'soft', got 'fuzzy'"),
        ({"n_nearest": 0}, "n_nearest must be"),
        ({"softness": 0}, "softness must be a number above 0"),
        ({"tfidf": None}, "tfidf must be True or False"),
        ({"hellinger": 2}, "hellinger must be True or False"),
        ({"norm": "max"}, "norm must be one of 'l1', 'l2'"),
        ({"random_state": -1}, "random_state must be"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        BagOfWords(**parameters).fit(np.zeros((300, 2)))
