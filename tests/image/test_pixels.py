"""Small conversions of decoded images by hand."""

import numpy as np
import pytest

from classicxm.image.pixels import as_fractions, as_grey, patch_reach, shrink


def test_grey():
    image = np.zeros((1, 3, 3), np.uint8)
    image[0, 0], image[0, 1, 1] = 255, 255
    np.testing.assert_allclose(as_grey(image), [[1, 0.587, 0]], atol=2e-3)
    np.testing.assert_allclose(as_grey(np.full((2, 2), 51, np.uint8)), 0.2, rtol=1e-6)


def test_shrinking_averages_areas_and_enlarges_nothing():
    image = np.kron(np.array([[0, 200]], np.uint8), np.ones((4, 4), np.uint8))
    assert shrink(image, 2).tolist() == [[0, 200]]
    assert shrink(image, 8) is image and shrink(image, None) is image
    assert shrink(np.zeros((1000, 1), np.uint8), 10).shape == (10, 1)


def test_fractions_of_the_extent():
    found = as_fractions(np.array([[0, 0], [3, 1]]), (2, 4, 3))
    np.testing.assert_allclose(found, [[0.125, 0.25], [0.875, 0.75]])


@pytest.mark.parametrize(("max_side", "scale"), [(None, 1), (400, 1), (50, 0.5)])
def test_reach_of_a_patch(max_side, scale):
    image = np.zeros((50, 100, 3), np.uint8)
    np.testing.assert_allclose(patch_reach(image, max_side, [4, 6]), [5 / (100 * scale), 5 / (50 * scale)])
