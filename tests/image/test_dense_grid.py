import numpy as np
import pytest

from classicxm.image.dense_grid import N_BINS, GridBins, grid_centres, sample_axis, sample_maps


def every_bin(maps, rows, columns):
    """(grid row, grid column, bin row, bin column, map)"""
    bins = GridBins(sample_maps(maps, len(maps), maps.shape[2], rows, columns), rows, columns).of_rows(
        0, rows.count
    )
    return bins.reshape(rows.count, columns.count, N_BINS, N_BINS, len(maps))


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
    bins = every_bin(image[None], rows, columns)
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
    bins = every_bin(image[None], axis, axis)
    assert bins[1, 1, 0, 0, 0] == pytest.approx(image[2:5, 2:5].mean())


@pytest.mark.parametrize("window", ["flat", "gaussian"])
@pytest.mark.parametrize("n_maps", [1, 6, 8])
def test_rows_copied_out_a_few_at_a_time_are_those_of_all(window, n_maps):
    maps = np.random.default_rng(2).random((n_maps, 60, 50)).astype(np.float32)
    rows, columns = (sample_axis(side, 6, 4, window) for side in maps.shape[1:])
    sampled = sample_maps(maps, len(maps), maps.shape[2], rows, columns)
    bins, every = GridBins(sampled, rows, columns), every_bin(maps, rows, columns)
    out = np.empty((2 * columns.count, 16 * n_maps), np.float32)
    for start in range(0, rows.count - 1, 2):
        assert bins.of_rows(start, start + 2, out) is out
        assert (out.reshape(2, *every.shape[1:]) == every[start : start + 2]).all()
    strides = rows.grid_stride, rows.bin_stride, columns.grid_stride, columns.bin_stride
    i, j, a, b = 3, 5, 2, 1
    at = sampled[:, i * strides[0] + a * strides[1], j * strides[2] + b * strides[3]]
    assert every[i, j, a, b].tolist() == at.tolist()


@pytest.mark.parametrize("length", [1, 5, 12])
def test_an_axis_shorter_than_a_descriptor_has_no_positions(length):
    assert len(grid_centres(length, 4, 4)) == 0
    assert sample_axis(length, 4, 4, "flat").count == 0
    assert sample_axis(length, 4, 4, "gaussian").count == 0


def test_the_shortest_axis_that_fits_has_one_position():
    assert grid_centres(13, 4, 4).tolist() == [6.0]
    assert sample_axis(13, 4, 4, "flat").count == 1
