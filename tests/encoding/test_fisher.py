import numpy as np
import pytest

from classicxm.encoding import FisherVector
from classicxm.encoding.fisher import fisher_gradients, principal_directions


def direct_shares(x, weights, means, variances):
    joint = (
        weights * np.exp(-0.5 * ((x - means) ** 2 / variances).sum(axis=1)) / np.sqrt(variances.prod(axis=1))
    )
    return joint / joint.sum()


def direct_gradients(X, weights, means, variances):
    """Sanchez et al. 2013, equations 16 to 18 summed row by row in double precision, and divided by n."""
    by_weight, by_mean, by_deviation = np.zeros(len(weights)), np.zeros(means.shape), np.zeros(means.shape)
    for x in X.astype(float):
        gamma = direct_shares(x, weights, means, variances)
        for k, w in enumerate(weights):
            z = (x - means[k]) / np.sqrt(variances[k])
            by_weight[k] += (gamma[k] - w) / np.sqrt(w)
            by_mean[k] += gamma[k] * z / np.sqrt(w)
            by_deviation[k] += gamma[k] * (z**2 - 1) / np.sqrt(2 * w)
    return np.concatenate([by_weight, by_mean.ravel(), by_deviation.ravel()]) / len(X)


@pytest.fixture(scope="module")
def sample():
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(6, 10))
    return (centres[generator.integers(0, 6, 800)] + 0.5 * generator.normal(size=(800, 10))).astype(
        np.float32
    )


@pytest.mark.parametrize("n_pca", [None, 4])
def test_against_a_direct_evaluation(sample, n_pca):
    encoder = FisherVector(n_components=5, n_pca=n_pca, power=1.0, include_weights=True, random_state=0).fit(
        sample
    )
    descriptors = sample[:60]
    projected = (descriptors.astype(float) - encoder.mean_) @ encoder.projection_
    expected = direct_gradients(projected, encoder.weights_, encoder.means_, encoder.variances_)
    np.testing.assert_allclose(encoder.encode(descriptors), expected / np.linalg.norm(expected), atol=1e-6)


def test_gradients_in_double_precision():
    generator = np.random.default_rng(0)
    mixture = np.array([0.2, 0.5, 0.3]), generator.normal(size=(3, 4)), generator.uniform(0.5, 2, size=(3, 4))
    X = generator.normal(size=(30, 4))
    shares = np.array([direct_shares(x, *mixture) for x in X])
    gradients = fisher_gradients(X, shares, *mixture, include_weights=True)
    np.testing.assert_allclose(gradients, direct_gradients(X, *mixture), atol=1e-12)


def test_power_and_length_by_hand(sample):
    encoder = FisherVector(n_components=5, n_pca=4, random_state=0).fit(sample)
    plain = FisherVector(n_components=5, n_pca=4, power=1.0, random_state=0).fit(sample)
    gradients = plain.encode(sample[:50]).astype(float)
    rooted = np.sign(gradients) * np.sqrt(np.abs(gradients))
    np.testing.assert_allclose(encoder.encode(sample[:50]), rooted / np.linalg.norm(rooted), atol=1e-5)


def test_one_gaussian_by_hand():
    X = np.float32([[1.0], [4.0]])
    gradients = fisher_gradients(
        X, np.ones((2, 1), np.float32), np.ones(1), np.array([[1.0]]), np.array([[4.0]])
    )
    np.testing.assert_allclose(gradients, [0.75, (-1 + 1.25) / (2 * np.sqrt(2))])


def test_the_sample_itself_has_nearly_no_gradient(sample):
    encoder = FisherVector(n_components=5, n_pca=4, power=1.0, max_iter=300, random_state=0).fit(sample)
    shares = encoder.assign(sample)
    whole = fisher_gradients(*shares, encoder.weights_, encoder.means_, encoder.variances_)
    part = fisher_gradients(
        *(rows[:40] for rows in shares), encoder.weights_, encoder.means_, encoder.variances_
    )
    assert np.linalg.norm(whole) < 0.1 * np.linalg.norm(part)


def test_length_and_position_in_space_do_not_matter(sample):
    encoder = FisherVector(n_components=5, n_pca=None, random_state=0)
    near = encoder.fit(sample).encode(sample[:30])
    far = encoder.fit(sample + np.float32(8)).encode(sample[:30] + np.float32(8))
    np.testing.assert_allclose(far, near, atol=0.02)
    repeated = encoder.encode(np.tile(sample[:30] + np.float32(8), (3, 1)))
    np.testing.assert_allclose(repeated, far, atol=1e-5)


def test_principal_directions_against_svd():
    X = (np.random.default_rng(0).normal(size=(100, 5)) * [5, 4, 3, 2, 1] + 7).astype(np.float32)
    mean, directions = principal_directions(X, 3)
    np.testing.assert_allclose(mean, X.mean(axis=0), rtol=1e-5)
    _, _, expected = np.linalg.svd(X - X.mean(axis=0))
    np.testing.assert_allclose(np.abs((directions * expected[:3].T).sum(axis=0)), 1, atol=1e-4)
    assert (directions[np.abs(directions).argmax(axis=0), range(3)] > 0).all()


def test_lengths(sample):
    encoder = FisherVector(n_components=5, n_pca=99, include_weights=True, random_state=0).fit(sample)
    assert encoder.n_features_out_ == 5 + 2 * 5 * 10
    encoder = FisherVector(n_components=5, n_pca=3, random_state=0).fit(sample)
    assert encoder.encode(sample[:1]).shape == (30,)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "n_components must be an integer of at least 1"),
        ({"n_pca": 0}, "n_pca must be None or an integer of at least 1"),
        ({"power": 2}, "power must be a number above 0 and at most 1"),
        ({"include_weights": 1}, "include_weights must be True or False"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        FisherVector(**parameters).fit(np.zeros((300, 2)))
