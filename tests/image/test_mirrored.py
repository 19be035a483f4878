"""An image and its mirror image are one and the same to what encodes both."""

import numpy as np
import pytest

from classicxm.encoding import Encoded, FisherVector
from classicxm.image import DenseColor, DenseSIFT, Mirrored

LOCALS = [DenseSIFT(step=8), DenseColor(step=8)]


@pytest.fixture(scope="module")
def images():
    return list(np.random.default_rng(0).integers(0, 256, (4, 40, 60, 3), dtype=np.uint8))


def reversed_in_x(image):
    return np.ascontiguousarray(image[:, ::-1])


@pytest.mark.parametrize("local", LOCALS, ids=repr)
def test_mirror_images_are_encoded_alike(local, images):
    encoded = Encoded(Mirrored(local), FisherVector(n_components=4, n_pca=8)).fit(images)
    there, back = encoded.transform(images), encoded.transform([reversed_in_x(image) for image in images])
    np.testing.assert_allclose(there, back, atol=1e-4)
    plain = Encoded(local, FisherVector(n_components=4, n_pca=8)).fit(images)
    assert abs(plain.transform(images[:1]) - plain.transform([reversed_in_x(images[0])])).max() > 0.01


@pytest.mark.parametrize("local", LOCALS, ids=repr)
def test_positions_are_those_of_the_image_itself(local, images):
    image = images[0].copy()
    image[:, 20:] = 7  # flat, so that nearly all descriptors of any contrast are on the left
    descriptors, positions = Mirrored(DenseSIFT(bin_sizes=(2,), step=2)).describe_located(image)
    assert len(descriptors) and positions[:, 0].max() < 0.45
    alone, at = local.describe_located(image)
    descriptors, positions = Mirrored(local).describe_located(image)
    np.testing.assert_allclose(descriptors[: len(alone)], alone, atol=1e-6)
    np.testing.assert_array_equal(positions[: len(alone)], at)


def test_images_with_nothing_to_describe():
    mirrored = Mirrored(DenseSIFT())
    for image in (np.full((40, 40, 3), 9, np.uint8), np.zeros((3, 3, 3), np.uint8)):
        descriptors, positions = mirrored.describe_located(image)
        assert descriptors.shape == (0, 128) and positions.shape == (0, 2)


def test_the_extractor_within_is_checked():
    with pytest.raises(ValueError, match="Mirrored: local must be"):
        Mirrored("sift").fit()
