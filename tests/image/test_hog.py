import cv2
import numpy as np
import pytest

from classicxm.image import HOG
from classicxm.image.hog import cell_histograms, hog


@pytest.mark.data
@pytest.mark.parametrize("block_norm", ["L1", "L2-Hys"])
def test_agrees_with_scikit_image(shared_reference, block_norm):
    folder = shared_reference("hog")
    rgb = cv2.imread(str(folder / "astronaut.png"))[..., ::-1] / 255
    grey = rgb @ [0.2125, 0.7154, 0.0721]  # scikit-image's weights
    expected = np.load(folder / f"astronaut_gray_{block_norm}.npz")["hog"]
    np.testing.assert_allclose(
        hog(grey, cells_per_block=3, block_norm=block_norm).ravel(), expected, atol=1e-5
    )


def test_a_ramp_has_one_orientation():
    ramp = np.tile(np.arange(16.0), (16, 1))
    cells = cell_histograms(ramp, orientations=4, pixels_per_cell=8)
    assert cells.shape == (2, 2, 4)
    np.testing.assert_allclose(cells[0, 0], [2 * 7 / 8, 0, 0, 0])  # the border column has no gradient
    np.testing.assert_allclose(cell_histograms(ramp.T, 4, 8)[0, 0], [0, 0, 2 * 7 / 8, 0])


def test_signed_orientations_tell_a_gradient_from_its_opposite():
    ramp = np.tile(np.arange(16.0), (16, 1))
    up, down = (cell_histograms(image, 8, 8, signed=True)[0, 0] for image in (ramp, -ramp))
    assert up.argmax() == 0
    assert down.argmax() == 4
    unsigned = [cell_histograms(image, 8, 8)[0, 0] for image in (ramp, -ramp)]
    np.testing.assert_allclose(*unsigned)


@pytest.mark.parametrize(
    ("block_norm", "length"),
    [
        ("L1", lambda block: np.abs(block).sum()),
        ("L1-sqrt", lambda block: (block**2).sum()),
        ("L2", lambda block: np.sqrt((block**2).sum())),
        ("L2-Hys", lambda block: np.sqrt((block**2).sum())),
    ],
)
def test_blocks_are_normalised(block_norm, length):
    grey = np.random.default_rng(0).random((40, 40))
    blocks = hog(grey, cells_per_block=2, block_norm=block_norm)
    assert blocks.shape == (4, 4, 2, 2, 9)
    for block in blocks.reshape(16, -1):
        assert length(block) == pytest.approx(1, abs=1e-4)


def test_square_roots_come_first():
    grey = np.random.default_rng(0).random((24, 24))
    np.testing.assert_array_equal(hog(grey, transform_sqrt=True), hog(np.sqrt(grey)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 9), (300, 200)])
def test_every_image_size_gives_the_same_length(shape):
    extractor = HOG(image_size=(32, 48)).fit()
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    features = extractor.describe(image)
    assert features.shape == (extractor.n_features_out_,) == (3 * 5 * 4 * 9,)
    assert np.isfinite(features).all()


def test_a_flat_image_is_a_zero_vector():
    assert not HOG().fit().describe(np.full((50, 50, 3), 200, np.uint8)).any()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"orientations": 0}, "orientations must be an integer of at least 1"),
        ({"pixels_per_cell": 0}, "pixels_per_cell must be"),
        ({"cells_per_block": 0}, "cells_per_block must be"),
        ({"block_norm": "L3"}, "block_norm must be one of 'L1', 'L1-sqrt', 'L2', 'L2-Hys', got 'L3'"),
        ({"signed": 0}, "signed must be True or False"),
        ({"transform_sqrt": "yes"}, "transform_sqrt must be True or False"),
        ({"image_size": 128}, "image_size must be a tuple of length 2"),
        ({"image_size": (128, 15)}, "image_size must be at least 16 pixels"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        HOG(**parameters).fit()
