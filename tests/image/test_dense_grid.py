import numpy as np
import pytest

from classicxm.image.dense_grid import N_BINS, bins_of, grid_centres, sample_axis, sample_maps


def direct_sum(image, top, left, bin_size, weigh):
    """One bin by a double loop over pixels, the border pixel continuing outside."""
    height, width = image.shape
    total = 0.0
    for dy in range(1 - bin_size, bin_size):
        for dx in range(1 - bin_size, bin_size):
            pixel = image[np.clip(top + dy, 0, height - 1), np.clip(left + dx, 0, width - 1)]
            total += weigh(dy) * weigh(dx) * pixel
    return total


@pytest.mark.parametrize(("bin_size", "step"), [(4, 4), (6, 4), (5, 3), (3, 7)])
def test_flat_bins_are_triangular_sums(bin_size, step):
    image = np.random.default_rng(0).random((37, 41)).astype(np.float32)
    rows, columns = (sample_axis(side, bin_size, step, "flat") for side in image.shape)
    bins = bins_of(sample_maps(image[None], rows, columns), rows, columns)
    assert bins.shape == (rows.count, columns.count, N_BINS, N_BINS, 1)
    for i, j, a, b in [(0, 0, 0, 0), (1, 2, 3, 1), (rows.count - 1, columns.count - 1, 3, 3)]:
        expected = direct_sum(
            image,
            i * step + a * bin_size,
            j * step + b * bin_size,
            bin_size,
            lambda d: (1 - abs(d) / bin_size) / bin_size,
        )
        assert bins[i, j, a, b, 0] == pytest.approx(expected, rel=1e-5)


def test_gaussian_bins_weigh_each_pixel_by_its_distance_from_the_descriptor_centre():
    bin_size, step = 4, 4
    signal = np.random.default_rng(1).random(40).astype(np.float32)
    axis = sample_axis(40, bin_size, step, "gaussian")
    sampled = np.zeros(axis.n_rows)
    for start, low, weights in axis.blocks:
        sampled[start : start + len(weights)] = weights @ signal[low : low + weights.shape[1]]
    grid, bin_ = 3, 2
    centre = grid * step + 1.5 * bin_size
    expected = sum(
        (1 - abs(d) / bin_size)
        / bin_size
        * np.exp(-0.5 * ((grid * step + bin_ * bin_size + d - centre) / (2 * bin_size)) ** 2)
        * signal[grid * step + bin_ * bin_size + d]
        for d in range(1 - bin_size, bin_size)
    )
    assert sampled[grid * axis.grid_stride + bin_ * axis.bin_stride] == pytest.approx(expected, rel=1e-5)


def test_box_bins_are_means():
    image = np.arange(400, dtype=np.float32).reshape(20, 20)
    axis = sample_axis(20, 3, 3, "box")
    bins = bins_of(sample_maps(image[None], axis, axis), axis, axis)
    assert bins[1, 1, 0, 0, 0] == pytest.approx(image[2:5, 2:5].mean())


@pytest.mark.parametrize("length", [1, 5, 12])
def test_an_axis_shorter_than_a_descriptor_has_no_positions(length):
    assert len(grid_centres(length, 4, 4)) == 0
    assert sample_axis(length, 4, 4, "flat").count == 0
    assert sample_axis(length, 4, 4, "gaussian").count == 0


def test_the_shortest_axis_that_fits_has_one_position():
    assert grid_centres(13, 4, 4).tolist() == [6.0]
    assert sample_axis(13, 4, 4, "flat").count == 1
