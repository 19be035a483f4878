import numpy as np
import pytest

from classicxm.attribution import Parts, overlaps, proportional, ratio


def test_overlaps_of_intervals_points_and_what_lies_outside():
    shares = overlaps(np.array([0.0, 0.25, 1.0, -1.0]), np.array([0.75, 0.25, 1.0, 0.25]), 2)
    np.testing.assert_allclose(shares, [[2 / 3, 1 / 3], [1, 0], [0, 1], [1, 0]])


def test_maps_keep_the_sum_and_put_columns_last():
    parts = Parts(
        np.array([1.0, -2.0]), np.array([[0.0, 0.5], [0.9, 0.1]]), np.array([[1.0, 1.0], [0.9, 0.1]])
    )
    heat_map = parts.map({"x": 4, "y": 2}, ("x", "y"))
    np.testing.assert_allclose(heat_map, [[0, 0, 0, -2], [0.25, 0.25, 0.25, 0.25]])
    np.testing.assert_allclose(parts.map({"y": 2}, ("x", "y")), [-2, 1])


def test_axes_of_clips_are_summed_over():
    clip = Parts.joined([Parts.grid([[1.0, 3.0]]).within(0, 0.5), Parts.whole(2, "image").within(0.5, 1)])
    np.testing.assert_allclose(clip.map({"t": 2}, ("x", "y", "t")), [4, 2])
    np.testing.assert_allclose(clip.map({"x": 2, "y": 1}, ("x", "y", "t")), [[2, 4]])


def test_fine_grids_are_summed():
    pixels = np.random.default_rng(0).normal(size=(70, 33))
    parts = Parts.grid(pixels, ((0.1, 0.1), (0.9, 0.9)))
    assert len(parts.contributions) == 32 * 32
    np.testing.assert_allclose(parts.contributions.sum(), pixels.sum())
    assert Parts.grid(np.zeros((0, 5))).map({"x": 2, "y": 2}, ("x", "y")).tolist() == [[0, 0], [0, 0]]


def test_words_are_summed_by_name():
    joined = Parts.joined([Parts.words(["red", "dog", "red"], [1, 2, 3]), Parts.whole(1, "text")])
    assert joined.by_name() == {"red": 4.0, "dog": 2.0, "(whole text)": 1.0}


def test_ratio_of_zeros_is_zero():
    assert ratio(np.array([2.0, 3.0]), np.array([4.0, 0.0])).tolist() == [0.5, 0.0]


def test_a_value_is_divided_in_proportion():
    shares = proportional(np.array([3.0, 8.0]), np.array([1.0, 0.5]), np.array([[2.0, 0.0], [4.0, 4.0]]))
    np.testing.assert_allclose(shares, [1, 2 + 4])


@pytest.mark.parametrize("tilt", [0.5, 1e-3, 1e-9, 0.0])
def test_additions_that_cancel_are_divided_within_bounds(tilt):
    additions = np.array([[1.0], [-1.0 + tilt]])
    value = np.sqrt(additions.sum(axis=0))
    shares = proportional(value, np.ones(1), additions)
    assert shares.sum() == pytest.approx(value[0], abs=1e-12)
    assert np.abs(shares).max() <= 11 * value[0] + 1e-12


def test_the_rule_for_cancelling_additions_joins_smoothly():
    def first_share(total):
        return proportional(np.array([total]), np.ones(1), np.array([[0.5 + total / 2], [total / 2 - 0.5]]))[
            0
        ]

    assert first_share(0.1 - 1e-9) == pytest.approx(first_share(0.1 + 1e-9), abs=1e-6)


def test_values_without_additions_go_evenly():
    assert proportional(np.array([4.0]), np.ones(1), np.zeros((2, 1))).tolist() == [2, 2]
