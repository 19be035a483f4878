import numpy as np
import pytest

from classicxm.image import DenseColor, DenseSIFT
from classicxm.image.dense_color import dense_color


def test_means_and_deviations_of_the_cells():
    channels = np.random.default_rng(0).random((30, 40, 3)).astype(np.float32)
    described = dense_color(channels, bin_size=5, step=5)
    columns = 5  # positions along x: 0, 5, .. 20
    row, column = 1, 2
    cells = described[row * columns + column].reshape(4, 4, 6)
    cell = channels[8:13, 13:18].reshape(-1, 3)  # first cell: centred on (5, 10), moved by one cell below
    np.testing.assert_allclose(cells[1, 1, :3], cell.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(cells[1, 1, 3:], cell.std(axis=0), atol=1e-5)


def test_shares_the_grid_of_dense_sift():
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    color = DenseColor().describe_located(image)
    sift = DenseSIFT(low_contrast="zero").describe_located(image)
    np.testing.assert_array_equal(color[1], sift[1])
    assert color[0].shape == (len(sift[0]), 96)
    assert color[0].dtype == np.float32


def test_lab_differs_from_rgb():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    assert not np.allclose(DenseColor(space="lab").describe(image), DenseColor().describe(image))


def test_a_flat_image_keeps_its_colour_without_spread():
    described = DenseColor(bin_sizes=(4,)).describe(np.full((16, 16, 3), (51, 102, 204), np.uint8))
    statistics = described.reshape(-1, 6)
    np.testing.assert_allclose(
        statistics[:, :3], np.tile(np.float32([0.2, 0.4, 0.8]), (len(statistics), 1)), atol=1e-6
    )
    assert not statistics[:, 3:].any()


@pytest.mark.parametrize("shape", [(1, 1), (12, 50)])
def test_images_smaller_than_a_descriptor_have_none(shape):
    descriptors, positions = DenseColor().describe_located(np.zeros((*shape, 3), np.uint8))
    assert descriptors.shape == (0, 96)
    assert positions.shape == (0, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"space": "hsv"}, "space must be one of 'rgb', 'lab', got 'hsv'"),
        ({"step": 0}, "step must be an integer of at least 1"),
        ({"bin_sizes": 4}, "bin_sizes must be a tuple"),
        ({"max_side": -1}, "max_side must be"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        DenseColor(**parameters).fit()
