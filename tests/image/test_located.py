"""Descriptors that hold where they were taken from."""

import numpy as np
import pytest

from classicxm.encoding import Encoded, FisherVector
from classicxm.image import DenseColor, DenseSIFT, Located, Mirrored


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_places_follow_the_descriptors(image):
    local = DenseColor(step=8)
    alone, at = local.describe_located(image)
    found, positions = Located(local, weight=2.0).describe_located(image)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:, :-2], alone)
    np.testing.assert_array_equal(positions, at)
    np.testing.assert_allclose(found[:, -2], 2 * (abs(2 * at[:, 0] - 1) - 0.5), atol=1e-6)
    np.testing.assert_allclose(found[:, -1], 2 * (at[:, 1] - 0.5), atol=1e-6)


def test_left_and_right_are_alike_and_top_and_bottom_are_not(image):
    located = Located(DenseColor(step=8))
    mirrored = located.describe_located(np.ascontiguousarray(image[:, ::-1]))[0]
    upright, turned = located.describe_located(image)[0], located.describe_located(image[::-1])[0]
    in_order = [np.unique(places[:, -2:].round(4), axis=0) for places in (upright, mirrored)]
    np.testing.assert_allclose(*in_order, atol=2e-2)
    encoded = Encoded(Mirrored(located), FisherVector(n_components=4, n_pca=8)).fit([image])
    there, back, over = encoded.transform([image, np.ascontiguousarray(image[:, ::-1]), image[::-1].copy()])
    np.testing.assert_allclose(there, back, atol=1e-4)
    assert abs(there - over).max() > 0.01 and len(turned) == len(upright)


def test_pictures_that_differ_in_places_alone_are_told_apart():
    above = np.full((64, 64, 3), 30, np.uint8)
    above[18:30, 18:30] = 220
    # a white square, and the same two steps of the grid further down
    pictures = [above, np.roll(above, 16, axis=0)]
    local, encoder = DenseColor(step=8, bin_sizes=(4,)), FisherVector(n_components=2, n_pca=None)
    plain = Encoded(local, encoder).fit(pictures).transform(pictures)
    np.testing.assert_allclose(*plain, atol=1e-5)
    located = Encoded(Located(local), encoder).fit(pictures).transform(pictures)
    assert abs(located[0] - located[1]).max() > 0.01


def test_images_with_nothing_to_describe():
    for image in (np.full((40, 40, 3), 9, np.uint8), np.zeros((3, 3, 3), np.uint8)):
        descriptors, positions = Located(DenseSIFT()).describe_located(image)
        assert descriptors.shape == (0, 130) and positions.shape == (0, 2)


@pytest.mark.parametrize("settings", [{"local": "sift"}, {"local": DenseSIFT(), "weight": -1}])
def test_settings_are_checked(settings):
    with pytest.raises(ValueError, match=r"Located: (local|weight) must be"):
        Located(**settings).fit()
