"""Scalers and principal directions learned in passes are scikit-learn's of all rows, whatever the order of arrival."""

import functools

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from classicxm.scale.engines import SerialEngine, merged_in_tree
from classicxm.scale.reduction import learn_quantiles, learn_reduction
from classicxm.scale.statistics import Columns, merge
from tests.scale.memory import Backwards

RANDOM = np.random.default_rng(0)
N = 120
VIEWS = {
    "image": (RANDOM.normal(size=(N, 12)) * np.geomspace(9, 0.1, 12) @ RANDOM.normal(size=(12, 20)) + 3),
    "text": np.column_stack([RANDOM.exponential(size=(N, 3)), np.full(N, 2.0)]),
}
BOUNDS = [0, 7, 7, 50, 51, 119, N]  # one shard has no rows
SHARDS = [f"{n:05d}" for n in range(len(BOUNDS) - 1)]


def rows_of(shard):
    n = int(shard)
    return {name: X[BOUNDS[n] : BOUNDS[n + 1]] for name, X in VIEWS.items()}


def learned(engine=None, **settings):
    return learn_reduction(rows_of, SHARDS, engine or SerialEngine(), **settings)


def test_nothing_is_done_to_narrow_views_that_are_not_scaled():
    assert learned() == {}


def test_standard_scaling_is_that_of_scikit_learn():
    found = learned(scaling="standard")
    for name, X in VIEWS.items():
        expected = StandardScaler().fit(X)
        np.testing.assert_allclose(found[name].transform(X), expected.transform(X), atol=1e-10)
        np.testing.assert_allclose(found[name].var_, expected.var_, rtol=1e-10, atol=1e-20)
        assert (found[name].n_features_in_, found[name].n_samples_seen_) == (X.shape[1], N)


def test_robust_scaling_is_by_quartiles_of_the_rows():
    found = learned(scaling="robust")
    for name, X in VIEWS.items():
        low, middle, high = np.quantile(X, (0.25, 0.5, 0.75), axis=0, method="inverted_cdf")
        np.testing.assert_allclose(found[name].center_, middle, atol=1e-6)
        np.testing.assert_allclose(found[name].scale_, np.where(high > low, high - low, 1), atol=1e-6)
        assert isinstance(found[name], RobustScaler)


def test_a_wide_view_is_reduced_as_by_scikit_learn():
    found = learned(widest=10, n_reduced=4)
    assert list(found) == ["image"]
    expected = PCA(4).fit(VIEWS["image"])
    np.testing.assert_allclose(found["image"].mean_, expected.mean_, atol=1e-12)
    np.testing.assert_allclose(abs(found["image"].components_), abs(expected.components_), atol=1e-4)
    np.testing.assert_allclose(found["image"].explained_variance_, expected.explained_variance_, rtol=1e-6)
    np.testing.assert_allclose(
        abs(found["image"].transform(VIEWS["image"])), abs(expected.transform(VIEWS["image"])), atol=1e-2
    )


def test_a_wide_view_is_scaled_first():
    found = learned(scaling="standard", widest=10, n_reduced=30)
    assert isinstance(found["image"], Pipeline) and isinstance(found["text"], StandardScaler)
    projected = found["image"].transform(VIEWS["image"])
    expected = PCA().fit_transform(StandardScaler().fit_transform(VIEWS["image"]))
    assert projected.shape == (N, 20)  # no more directions than columns
    np.testing.assert_allclose(projected @ projected.T, expected @ expected.T, atol=1e-8)


@pytest.mark.parametrize("scaling", ["none", "standard", "robust"])
def test_it_is_the_same_to_the_bit_whatever_the_order_of_arrival(scaling):
    settings = {"scaling": scaling, "widest": 10, "n_reduced": 5}
    one, other = learned(**settings), learned(Backwards(), **settings)
    for name in one:
        np.testing.assert_array_equal(one[name].transform(VIEWS[name]), other[name].transform(VIEWS[name]))


def test_sums_of_the_tree_are_those_of_one_order():
    statistics = [Columns.of(rows_of(shard)["image"]) for shard in SHARDS if len(rows_of(shard)["image"])]
    whole = merged_in_tree(iter(statistics), merge)
    again = merged_in_tree(iter(statistics), merge)
    np.testing.assert_array_equal(whole.total, again.total)
    by_hand = merge(merge(merge(*statistics[:2]), merge(*statistics[2:4])), statistics[4])
    np.testing.assert_array_equal(whole.squares, by_hand.squares)


def test_several_quantiles_of_a_few_rows():
    values = {"x": np.array([[3.0], [1.0], [2.0], [2.0], [9.0]])}
    columns = {"x": Columns.of(values["x"])}
    read = functools.partial(lambda given, shard: given, values)
    found = learn_quantiles(read, columns, ["all"], SerialEngine(), (0.2, 0.5, 0.8, 1.0))
    np.testing.assert_allclose([one["x"][0] for one in found], [1, 2, 3, 9], atol=1e-9)
