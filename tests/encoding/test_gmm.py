import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from classicxm.encoding import gmm
from classicxm.encoding.gmm import fit_gmm, posteriors


@pytest.fixture
def mixture():
    generator = np.random.default_rng(0)
    weights = np.array([0.2, 0.5, 0.3])
    means = generator.normal(size=(3, 4))
    variances = generator.uniform(0.5, 2, size=(3, 4))
    return weights, means, variances


def test_posteriors_against_scipy(mixture, monkeypatch):
    monkeypatch.setattr(gmm, "CHUNK", 7)
    X = np.random.default_rng(1).normal(size=(20, 4)).astype(np.float32)
    densities = [multivariate_normal(m, np.diag(v)).pdf(X) for m, v in zip(*mixture[1:], strict=True)]
    joint = np.transpose(densities) * mixture[0]
    shares, likelihood = posteriors(X, *mixture)
    np.testing.assert_allclose(shares, joint / joint.sum(axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(likelihood, np.log(joint.sum(axis=1)), atol=1e-5)


def test_far_away_rows_have_finite_posteriors(mixture):
    shares, _ = posteriors(np.full((1, 4), 1e4, np.float32), *mixture)
    assert shares.sum() == pytest.approx(1)


def test_as_likely_as_the_general_implementation():
    generator = np.random.default_rng(0)
    centres = generator.normal(0, 4, size=(5, 3))
    X = (centres[generator.integers(0, 5, 2000)] + generator.normal(size=(2000, 3))).astype(np.float32)
    ours = posteriors(X, *fit_gmm(X, 5, max_iter=100, random_state=0))[1].mean()
    theirs = GaussianMixture(5, covariance_type="diag", random_state=0).fit(X).score(X)
    assert ours > theirs - 0.01


def test_steps_raise_the_likelihood():
    X = np.random.default_rng(0).gamma(2, size=(1000, 4)).astype(np.float32)
    likelihoods = [posteriors(X, *fit_gmm(X, 6, n, tol=0, random_state=0))[1].mean() for n in (1, 3, 10, 30)]
    assert np.all(np.diff(likelihoods) > 0)


def test_one_component_is_mean_and_variance():
    X = (1000 + np.random.default_rng(0).normal(size=(500, 3))).astype(np.float32)
    weights, means, variances = fit_gmm(X, 1, random_state=0)
    assert weights.tolist() == [1]
    np.testing.assert_allclose(means[0], X.mean(axis=0, dtype=float), rtol=1e-6)
    np.testing.assert_allclose(variances[0], X.var(axis=0, dtype=float), rtol=1e-3)


@pytest.mark.parametrize("X", [np.zeros((20, 3)), np.ones((20, 3)), np.repeat(np.eye(3), 7, axis=0)])
def test_duplicates_keep_positive_weights_and_variances(X):
    weights, means, variances = fit_gmm(X.astype(np.float32), 4, random_state=0)
    assert weights.min() > 0
    assert weights.sum() == pytest.approx(1)
    assert variances.min() > 0
    assert np.isfinite(means).all()
