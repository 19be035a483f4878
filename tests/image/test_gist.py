import numpy as np
import pytest

from classicxm.image import GIST
from classicxm.image.gist import gabor_bank, gist, whiten


def grating(degrees, cycles_a_pixel=0.3, size=64):
    """A wave travelling at an angle from x towards y (down), 0 to 255."""
    rows, columns = np.mgrid[:size, :size]
    angle = np.deg2rad(degrees)
    phase = 2 * np.pi * cycles_a_pixel * (columns * np.cos(angle) + rows * np.sin(angle))
    return 127.5 + 127.5 * np.cos(phase)


@pytest.mark.parametrize("index", range(8))
def test_each_orientation_answers_its_grating(index):
    energies = gist(grating(-22.5 * index)).mean(axis=(1, 2))[:8]
    assert energies.argmax() == index


@pytest.mark.parametrize("scale", range(3))
def test_each_scale_answers_its_frequency(scale):
    energies = gist(grating(0, 0.3 / 1.85**scale)).mean(axis=(1, 2)).reshape(4, 8)
    assert energies[:, 0].argmax() == scale


def test_filters_peak_at_one():
    bank = gabor_bank(64, (4, 2))
    assert bank.shape == (6, 64, 64)
    assert bank.max() <= 1
    np.testing.assert_allclose(bank.max(axis=(1, 2)), 1, atol=0.05)


def test_cells_see_their_part_of_the_image():
    image = np.full((64, 64), 127.0)
    image[:32, :32] = grating(0)[:32, :32]
    energies = gist(image, grid=2)[0]
    assert energies[0, 0] > 2 * energies[1, 1]


def test_uneven_cells_average_their_own_pixels():
    image = np.random.default_rng(0).random((50, 50))
    fine, whole = gist(image, grid=4), gist(image, grid=1)
    sides = np.diff(np.linspace(0, 50, 5).astype(int))
    weights = np.outer(sides, sides) / 2500
    np.testing.assert_allclose((fine * weights).sum(axis=(1, 2)), whole[:, 0, 0], rtol=1e-5)


def test_whitening_evens_out_contrast():
    strong, weak = grating(0), 100 + 0.2 * grating(0)
    assert strong.std() == pytest.approx(5 * weak.std())
    assert whiten(strong).std() < 2.5 * whiten(weak).std()
    assert whiten(strong).shape == (64, 64)
    assert whiten(np.eye(33)).shape == (33, 33)


def test_brightness_and_contrast_do_not_matter():
    image = np.random.default_rng(0).random((64, 64))
    np.testing.assert_allclose(gist(0.3 + 0.2 * image), gist(image), rtol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (5, 90), (64, 64)])
def test_flat_images_are_zero(shape):
    features = GIST(image_size=64).fit().describe(np.full((*shape, 3), 40, np.uint8))
    assert features.shape == (512,)
    assert not features.any()


def test_class_and_function_agree():
    image = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    extractor = GIST(image_size=64, orientations=(4, 4), grid=2).fit()
    features = extractor.transform([image])
    assert features.shape == (1, extractor.n_features_out_) == (1, 32)
    np.testing.assert_allclose(features[0], gist(image.astype(float), (4, 4), 2).ravel(), rtol=1e-4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"orientations": (8, 0)}, "orientations must be a tuple, each value an integer of at least 1"),
        ({"grid": 0}, "grid must be an integer of at least 1"),
        ({"image_size": 31}, "image_size must be an integer of at least 32"),
        ({"grid": 65, "image_size": 64}, "grid must be at most image_size=64, got 65"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        GIST(**parameters).fit()
