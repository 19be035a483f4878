import numpy as np
import pytest

from classicxm.encoding import VLAD
from classicxm.encoding.vlad import residual_sums


@pytest.fixture
def encoder():
    words = np.float32([[0, 0], [10, 0], [0, 10]])
    encoder = VLAD(n_words=3, random_state=0).fit(np.repeat(words, 4, axis=0))
    encoder.words_ = words
    return encoder


NEAR = np.float32([[3, 4], [0, -1], [12, 0]])  # residuals (3, 4) and (0, -1) of word 0, (2, 0) of word 1


def test_by_hand(encoder):
    encoder.set_params(intra_normalise=False)
    np.testing.assert_allclose(encoder.encode(NEAR), np.array([3, 3, 2, 0, 0, 0]) / np.sqrt(22), atol=1e-6)


def test_intra_normalised_by_hand(encoder):
    block = np.array([1, 1]) / np.sqrt(2)
    np.testing.assert_allclose(encoder.encode(NEAR), np.array([*block, 1, 0, 0, 0]) / np.sqrt(2), atol=1e-6)


def test_power_by_hand(encoder):
    encoder.set_params(intra_normalise=False, power=0.5)
    expected = np.array([0, -1, np.sqrt(2), 0, 0, 0]) / np.sqrt(3)
    np.testing.assert_allclose(encoder.encode(NEAR[1:]), expected, atol=1e-6)


def test_residual_sums_against_a_loop():
    generator = np.random.default_rng(0)
    descriptors, words = (generator.normal(size=(n, 5)).astype(np.float32) for n in (40, 4))
    assigned = generator.integers(0, 4, 40)
    expected = [(descriptors[assigned == k] - words[k]).sum(axis=0) for k in range(4)]
    np.testing.assert_allclose(residual_sums(descriptors, assigned, words), expected, atol=1e-5)


def test_descriptors_on_their_words_are_a_zero_vector(encoder):
    assert not encoder.encode(encoder.words_).any()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_words": 1.5}, "n_words must be an integer"),
        ({"power": 0}, "power must be a number above 0 and at most 1"),
        ({"power": 1.1}, "power must be"),
        ({"intra_normalise": 1}, "intra_normalise must be True or False"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        VLAD(**parameters).fit(np.zeros((300, 2)))
