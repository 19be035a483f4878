"""Statistics of parts, merged, are those of all rows together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans

from classicxm.encoding.gmm import maximise, posteriors
from classicxm.scale.engines import SerialEngine
from classicxm.scale.reduction import learn_quantiles
from classicxm.scale.statistics import (
    Columns,
    DocumentFrequencies,
    Drawn,
    MixtureSums,
    Products,
    WordSums,
    merge,
)
from classicxm.scale.subspace import leading_directions

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 5)).astype(np.float32) * [1, 2, 3, 4, 5]
PARTS = np.split(X, [3, 70, 71])


def run(learner, parts):
    try:
        statistic = next(learner)
        while True:
            statistic = learner.send(SerialEngine().reduce(statistic, merge, range(len(parts))))
    except StopIteration as done:
        return done.value


def test_words_step_as_lloyd_does():
    words = X[:6].copy()
    sums = None
    for part in PARTS:
        sums = merge(sums, WordSums.of(part, words))
    one_step = KMeans(6, init=words, n_init=1, max_iter=1, algorithm="lloyd").fit(X)
    moved = KMeans(6, init=one_step.cluster_centers_, n_init=1, max_iter=1).fit(X)
    nearest = ((X[:, None] - words[None]) ** 2).sum(axis=2)
    assert sums.distortion == pytest.approx(nearest.min(axis=1).mean(), rel=1e-5)
    expected = np.stack([X[nearest.argmin(axis=1) == word].mean(axis=0) for word in range(6)])
    np.testing.assert_allclose(sums.words(words), expected, rtol=1e-5)
    assert moved.inertia_ <= sums.squared


def test_a_word_of_no_rows_stays():
    words = np.float32([[0.0], [100.0]])
    assert WordSums.of(np.float32([[1.0]]), words).words(words).tolist() == [[1.0], [100.0]]


def test_no_rows_add_nothing():
    words = X[:3].copy()
    both = WordSums.of(X[:0], words).merge(WordSums.of(X, words))
    np.testing.assert_array_equal(both.sums, WordSums.of(X, words).sums)


def test_mixtures_add_up():
    mixture = np.full(3, 1 / 3), X[:3].astype(np.float64), np.ones((3, 5)) * 9
    merged = None
    for part in PARTS:
        merged = merge(merged, MixtureSums.of(part, *mixture))
    shares, likelihood = posteriors(X.astype(np.float32), *mixture)
    assert merged.likelihood == pytest.approx(likelihood.sum(), rel=1e-6)
    np.testing.assert_allclose(merged.zeroth, shares.sum(axis=0), rtol=1e-5)
    weights, means, variances = maximise(merged.zeroth, merged.first, merged.second, 1e-9)
    expected = (shares.T @ X) / shares.sum(axis=0)[:, None]
    np.testing.assert_allclose(means, expected, rtol=1e-4, atol=1e-5)
    assert weights.sum() == pytest.approx(1)
    assert (variances > 0).all()


@given(arrays(np.float64, (12, 2), elements=st.floats(-1e6, 1e6)), st.integers(1, 11))
def test_columns_are_those_of_all_rows(rows, cut):
    merged = Columns.of(rows[:cut]).merge(Columns.of(rows[cut:]))
    np.testing.assert_allclose(merged.mean, rows.mean(axis=0), atol=1e-6, rtol=1e-9)
    np.testing.assert_allclose(merged.deviation, rows.std(axis=0), atol=1e-3, rtol=1e-7)
    np.testing.assert_array_equal(merged.least, rows.min(axis=0))
    np.testing.assert_array_equal(merged.most, rows.max(axis=0))


@given(
    st.lists(st.lists(st.sampled_from(["red", "sea", "sky", "ü"]), max_size=4), max_size=8), st.integers(0, 8)
)
def test_frequencies_are_those_of_all_texts(texts, cut):
    parts = DocumentFrequencies(), DocumentFrequencies()
    whole = DocumentFrequencies()
    for n, terms in enumerate(texts):
        parts[n >= cut].add(terms)
        whole.add(terms)
    merged = merge(*parts)
    assert (merged.n, +merged.documents, +merged.counts) == (whole.n, whole.documents, whole.counts)


@given(
    st.lists(st.integers(0, 2**64 - 1), unique=True, min_size=1, max_size=30),
    st.integers(0, 30),
    st.integers(1, 9),
)
def test_draws_do_not_depend_on_the_parts(keys, cut, most):
    keys = np.array(keys, np.uint64)
    rows = np.arange(len(keys))
    whole = Drawn.of(keys, {"rows": rows}, most)
    parted = Drawn.of(keys[:cut], {"rows": rows[:cut]}, most).merge(
        Drawn.of(keys[cut:], {"rows": rows[cut:]}, most)
    )
    assert parted.columns["rows"].tolist() == whole.columns["rows"].tolist()
    assert parted.keys.tolist() == sorted(keys.tolist())[:most]


def test_leading_directions_are_those_of_a_decomposition():
    rows = (
        RANDOM.normal(size=(150, 30))
        * np.linspace(5, 0.1, 30)
        @ np.linalg.qr(RANDOM.normal(size=(30, 30)))[0]
    )
    parts, mean = np.split(rows, [40, 90]), rows.mean(axis=0)
    found = run(
        leading_directions(
            lambda basis, n: Products.of(parts[n], basis, mean), RANDOM.normal(size=(30, 14)), 4, 40
        ),
        parts,
    )
    expected = np.linalg.svd(rows - mean)[2][:4]
    assert np.linalg.svd(found @ expected.T)[1].min() > 1 - 1e-10
    np.testing.assert_allclose(found @ found.T, np.eye(4), atol=1e-12)


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.9, 1.0])
def test_quantiles_by_bins_are_quantiles(q):
    rows = np.column_stack([X[:, 0], np.round(X[:, 1]), np.zeros(200), np.exp(X[:, 4])])
    parts = np.split(rows, [3, 70, 71])
    columns = {
        "x": merge(merge(Columns.of(parts[0]), Columns.of(parts[1])), merge(*map(Columns.of, parts[2:])))
    }
    (found,) = learn_quantiles(lambda n: {"x": parts[n]}, columns, range(4), SerialEngine(), (q,))
    expected = np.quantile(rows, q, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(found["x"], expected, atol=1e-6 * np.ptp(rows, axis=0).max(), rtol=1e-7)
