import numpy as np
import pytest

from classicxm.image import LBP
from classicxm.image.lbp import local_binary_patterns, uniform_labels


def test_four_neighbours_by_hand():
    image = np.array([[9, 3, 9], [7, 5, 4], [9, 6, 9]])  # east 4, north 3, west 7, south 6 around 5
    assert local_binary_patterns(image, n_points=4).tolist() == [[0b1100]]


def test_diagonal_neighbours_are_interpolated():
    image = np.zeros((3, 3))
    image[0, 2] = 10  # at 45 degrees and radius 1, half of it is seen, and (1 - 1/sqrt 2)^2 of the centre
    turning_point = 5 / (1 - (1 - np.sqrt(0.5)) ** 2)
    image[1, 1] = turning_point - 0.01
    assert local_binary_patterns(image).tolist() == [[0b10]]
    image[1, 1] = turning_point + 0.01
    assert local_binary_patterns(image).tolist() == [[0]]


def test_two_pixels_away():
    image = np.zeros((5, 5))
    image[2, 2] = 1
    image[2, 0] = 2  # west is point 2 of 4
    assert local_binary_patterns(image, n_points=4, radius=2).tolist() == [[0b0100]]


def test_turning_the_image_turns_the_pattern():
    image = np.random.default_rng(0).random((3, 3)) * 255
    code = int(local_binary_patterns(image)[0, 0])
    turned = int(local_binary_patterns(np.rot90(image))[0, 0])  # a quarter turn is two of eight points
    assert turned == ((code << 2) | (code >> 6)) & 255
    labels = uniform_labels(8, rotation_invariant=True)
    assert labels[code] == labels[turned]


def test_uniform_patterns():
    labels = uniform_labels(4)
    assert labels.max() + 1 == 4 * 3 + 3
    assert labels[0b0101] == labels[0b1010] == 14  # four changes: not uniform
    uniform = [code for code in range(16) if code not in (0b0101, 0b1010)]
    assert sorted(labels[uniform]) == list(range(14))


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_flat_image_has_only_patterns_of_ones(value):
    features = LBP(points=(8,), radii=(1.5,)).fit().describe(np.full((12, 12, 3), value, np.uint8))
    assert features.sum() == 1
    assert features[uniform_labels(8)[255]] == 1


def test_an_image_too_small_has_zeros_at_that_scale():
    image = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    features = LBP(hellinger=False).fit().describe(image).reshape(3, 59)
    np.testing.assert_allclose(features.sum(axis=1), [1, 1, 0], atol=1e-6)
    assert not LBP().fit().describe(np.zeros((1, 1, 3), np.uint8)).any()


def test_cells_have_their_own_histograms():
    image = np.zeros((22, 22, 3), np.uint8)
    image[:, 11:] = np.random.default_rng(0).integers(0, 256, (22, 11, 1), dtype=np.uint8)
    features = LBP(points=(8,), radii=(1,), grid=(1, 2), hellinger=False).fit().describe(image).reshape(2, 59)
    np.testing.assert_allclose(features.sum(axis=1), 1, atol=1e-6)
    assert features[0, uniform_labels(8)[255]] >= 0.9
    assert features[1, uniform_labels(8)[255]] < 0.5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"points": (17,)}, "points must be a tuple, each value an integer from 1 to 16"),
        ({"radii": (0, 1, 2)}, "radii must be a tuple, each value a number above 0"),
        ({"points": (8,), "radii": (1, 2)}, "points and radii must be equally many"),
        ({"grid": (1,)}, "grid must be a tuple of length 2"),
        ({"rotation_invariant": 1}, "rotation_invariant must be True or False"),
        ({"hellinger": "no"}, "hellinger must be True or False"),
        ({"max_side": 0}, "max_side must be"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        LBP(**parameters).fit()
