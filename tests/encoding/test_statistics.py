import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone

from classicxm.encoding.statistics import Statistics, pooled_statistics

RANDOM = np.random.default_rng(0)


def test_by_hand():
    descriptors = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 7.0]])
    pooled = pooled_statistics(descriptors, ("mean", 50, 0, 100, 25))
    assert pooled.tolist() == [2, 3, 2, 1, 0, 1, 4, 7, 1, 1]


def test_against_numpy_and_scipy():
    descriptors = RANDOM.gamma(2, size=(57, 4))
    percentiles = (0, 12.5, 50, 93, 100)
    expected = [descriptors.mean(0), descriptors.std(0), *np.percentile(descriptors, percentiles, axis=0)]
    skewness = pooled_statistics(descriptors, ("skewness",))
    np.testing.assert_allclose(
        pooled_statistics(descriptors, ("mean", "std", *percentiles)), np.concatenate(expected)
    )
    np.testing.assert_allclose((skewness / descriptors.std(0)) ** 3, stats.skew(descriptors))


def test_order_of_descriptors_does_not_matter():
    descriptors = RANDOM.normal(size=(20, 3))
    statistics = ("mean", "std", "skewness", 10, 90)
    np.testing.assert_allclose(
        pooled_statistics(descriptors[::-1], statistics), pooled_statistics(descriptors, statistics)
    )


def test_standardising_takes_units_away():
    sample = RANDOM.normal(size=(100, 3))
    item, units = sample[:20], np.array([1000.0, 1e-3, 1.0])
    plain = Statistics().fit(sample).encode(item)
    scaled = Statistics().fit(sample * units + 5).encode(item * units + 5)
    np.testing.assert_allclose(plain, scaled, rtol=1e-4)
    raw = Statistics(standardise=False).fit(sample).encode(item)
    np.testing.assert_allclose(raw, pooled_statistics(item), rtol=1e-6)


def test_sample_itself_has_mean_zero_and_deviation_one():
    sample = RANDOM.normal(3, 2, size=(50, 2))
    np.testing.assert_allclose(Statistics().fit(sample).encode(sample), [0, 0, 1, 1], atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 3.0, 1e30])
def test_constant_dimensions_stay_finite(value):
    sample = np.full((10, 2), value)
    encoded = Statistics(("mean", "std", "skewness", 50)).fit(sample).encode(sample)
    assert encoded.dtype == np.float32 and np.allclose(encoded, 0)


def test_no_descriptors_and_one():
    encoder = Statistics(("mean", "std", 50)).fit([[1.0, 2.0], [3.0, 6.0]])
    assert encoder.n_features_out_ == 6
    assert encoder.encode(np.zeros((0, 2))).tolist() == [0] * 6
    assert encoder.encode([[3.0, 6.0]]).tolist() == [1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "statistics", [(), ("median",), (101,), (-1,), "mean", ("mean", True), (float("nan"),), None]
)
def test_bad_statistics(statistics):
    with pytest.raises(
        ValueError, match="Statistics: statistics must be a tuple of 'mean', 'std', 'skewness' or"
    ):
        Statistics(statistics).fit([[1.0]])


@pytest.mark.parametrize(
    ("descriptors", "message"),
    [
        (np.zeros((0, 3)), "at least one descriptor"),
        (np.zeros(3), r"shape \(n, d\), got \(3,\)"),
        (np.array([[np.nan]]), "NaN or infinity"),
    ],
)
def test_bad_samples(descriptors, message):
    with pytest.raises(ValueError, match=message):
        Statistics().fit(descriptors)


def test_wrong_width_is_told():
    with pytest.raises(ValueError, match="fitted on 2 dimensions, got 3"):
        Statistics().fit([[1.0, 2.0]]).encode([[1.0, 2.0, 3.0]])


def test_clone_keeps_parameters():
    encoder = clone(Statistics((5, 95), standardise=False))
    assert encoder.statistics == (5, 95) and encoder.standardise is False
