import numpy as np
import pytest

from classicxm.image import ColorHistogram
from classicxm.image.color import color_histogram, convert


def test_a_histogram_by_hand():
    pixels = np.array([[[0, 0, 0], [127, 0, 255]], [[128, 0, 0], [255, 255, 255]]], np.uint8)
    histogram = color_histogram(pixels, (2, 2, 2))[0, 0]
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 0] = expected[0, 0, 1] = expected[1, 0, 0] = expected[1, 1, 1] = 0.25
    np.testing.assert_array_equal(histogram, expected)


def test_cells_of_the_grid():
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, 3:] = 255
    histogram = color_histogram(pixels, (2, 1, 1), grid=(2, 2))
    np.testing.assert_array_equal(histogram[:, 0, :, 0, 0], [[1, 0], [1, 0]])
    np.testing.assert_array_equal(histogram[:, 1, :, 0, 0], [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("space", "expected"), [("rgb", (255, 0, 0)), ("hsv", (0, 255, 255)), ("lab", (136, 208, 195))]
)
def test_red_in_each_space(space, expected):
    red = np.array([[[255, 0, 0]]], np.uint8)
    np.testing.assert_allclose(convert(red, space)[0, 0].astype(int), expected, atol=1)


def test_unequal_bins_are_covered_evenly():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    marginal = color_histogram(every, (3, 1, 1)).ravel()
    np.testing.assert_allclose(marginal, 1 / 3, atol=0.005)


def test_hellinger_takes_roots():
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    plain = ColorHistogram(hellinger=False).fit().describe(image)
    np.testing.assert_allclose(ColorHistogram().fit().describe(image) ** 2, plain, atol=1e-6)
    assert plain.sum() == pytest.approx(1)


def test_grids_finer_than_the_image_leave_cells_empty():
    extractor = ColorHistogram(bins=(2, 2, 2), grid=(3, 3)).fit()
    features = extractor.describe(np.zeros((1, 1, 3), np.uint8))
    assert features.shape == (extractor.n_features_out_,) == (72,)
    assert features.sum() == 1


def test_arrays_and_batches_go_through_transform():
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    features = ColorHistogram().fit().transform(list(images))
    assert features.shape == (4, 128)
    assert features.dtype == np.float32


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"space": "cmyk"}, "space must be one of 'hsv', 'lab', 'rgb', got 'cmyk'"),
        ({"bins": (8, 8)}, "bins must be a tuple of length 3, each value an integer from 1 to 256"),
        ({"bins": (8, 8, 257)}, "bins must be"),
        ({"grid": (0, 1)}, "grid must be a tuple of length 2"),
        ({"hellinger": 1}, "hellinger must be True or False"),
        ({"max_side": 0}, "max_side must be None or an integer of at least 1"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        ColorHistogram(**parameters).fit()
