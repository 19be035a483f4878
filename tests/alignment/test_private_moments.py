"""Private moments and private CCA: calibration against numerical integrals, the scale of the noise, every refusal."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from sklearn.base import clone

from classicxm.alignment import CCA, PrivateCCA
from classicxm.alignment import private_moments as module
from classicxm.alignment.private_moments import (
    gaussian_delta,
    largest_shift,
    nearest_positive,
    private_moments,
    symmetric_noise,
)
from classicxm.errors import UnpairedViewsError
from classicxm.persistence import load, save
from tests.alignment.conftest import factor_views

BUDGET = {"epsilon": 1.0, "delta": 1e-4}


def excess(epsilon, shift):
    """The integral of what N(shift, 1) has above e**epsilon N(0, 1): the definition of delta."""

    def above(x):
        return max(norm.pdf(x, shift) - np.exp(epsilon) * norm.pdf(x), 0.0)

    return quad(above, -12, shift + 12, points=[shift / 2 + epsilon / shift], limit=500, epsabs=1e-13)[0]


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("delta", [1e-7, 1e-3, 0.3])
def test_the_noise_is_exactly_enough(epsilon, delta):
    shift = largest_shift(epsilon, delta)
    assert excess(epsilon, shift) == pytest.approx(delta, rel=1e-3)
    assert gaussian_delta(epsilon, shift) <= delta < gaussian_delta(epsilon, shift * (1 + 1e-6))


def test_known_deviations():
    # At epsilon 0 the two Gaussians overlap by 2 Phi(-shift / 2).
    assert gaussian_delta(0.0, 2.0) == pytest.approx(1 - 2 * norm.cdf(-1.0))
    # Never more noise than theorem A.1 of Dwork & Roth (2014), which holds up to epsilon 1.
    for epsilon in (0.01, 0.5, 1.0):
        for delta in (1e-9, 1e-5, 1e-2):
            assert 1 / largest_shift(epsilon, delta) < np.sqrt(2 * np.log(1.25 / delta)) / epsilon


def test_symmetric_noise_has_its_deviations():
    draws = np.stack([symmetric_noise(3, 2.0, np.random.default_rng(i)) for i in range(2000)])
    np.testing.assert_array_equal(draws, draws.transpose(0, 2, 1))
    variance = draws.var(axis=0)
    np.testing.assert_allclose(np.diag(variance), 4.0, rtol=0.12)
    np.testing.assert_allclose(variance[np.triu_indices(3, 1)], 2.0, rtol=0.12)
    assert abs(draws.mean(axis=0)).max() < 0.15


def test_replacing_a_row_moves_the_answers_no_further_than_stated():
    rng = np.random.default_rng(0)
    for _ in range(200):
        u, v = rng.normal(size=(2, 2, 3))
        u, v = ((z / np.linalg.norm(z, axis=1, keepdims=True)).ravel() for z in (u, v))
        assert np.linalg.norm(np.outer(u, u) - np.outer(v, v)) <= np.sqrt(2) * 2 + 1e-12
        assert np.linalg.norm(u - v) <= 2 * np.sqrt(2) + 1e-12


def test_moments_carry_noise_of_the_stated_size(monkeypatch):
    monkeypatch.setattr(module, "nearest_positive", lambda matrix: matrix)
    X = np.zeros((50, 1))
    views = {"image": X, "text": X}
    shift = largest_shift(**BUDGET)
    found = [
        private_moments(views, **BUDGET, clip={"image": 3.0, "text": 1.0}, mean_clip=1e3, rng=rng).parts[0]
        for rng in map(np.random.default_rng, range(800))
    ]
    # Rows are zero minus a mean that is all noise, so its square is in the scatter: by hand, its part is taken out.
    squares = np.stack([part.scatter for part in found])
    about = np.stack([part.mean for part in found]) / [3.0, 1.0]
    bounded = np.clip(about, -1, 1)
    noise = squares / [[9.0, 3.0], [3.0, 1.0]] - 50 * bounded[:, :, None] * bounded[:, None, :]
    deviation = np.sqrt(2) * 2 / (shift * np.sqrt(0.9))
    np.testing.assert_allclose(
        noise.std(axis=0), deviation * np.array([[1, 0.5**0.5], [0.5**0.5, 1]]), rtol=0.12
    )


def test_the_mean_carries_noise_of_the_stated_size():
    X = np.full((4000, 1), 0.1)
    means = [
        private_moments({"a": X, "b": X}, **BUDGET, clip=1.0, mean_clip=2.0, rng=rng).mean("a")[0]
        for rng in map(np.random.default_rng, range(200))
    ]
    deviation = 2.0 * 2 * np.sqrt(2) / (largest_shift(1.0, 1e-4) * np.sqrt(0.1)) / 4000
    assert np.std(means) == pytest.approx(deviation, rel=0.2)
    assert np.mean(means) == pytest.approx(0.1, abs=4 * deviation / 14)


def test_long_rows_count_at_the_clip_alone():
    views = {"image": np.array([[3.0, 4.0], [0.3, 0.4]]), "text": np.array([[8.0], [1.0]])}
    clips = {"clip": 100.0, "mean_clip": {"image": 1.0, "text": 2.0}}
    rng = np.random.default_rng(0)
    moments = private_moments(views, epsilon=1e12, delta=0.4, rng=rng, **clips)
    np.testing.assert_allclose(moments.mean("image"), [0.45, 0.6], atol=1e-4)
    np.testing.assert_allclose(moments.mean("text"), [1.5], atol=1e-4)


def test_the_nearest_positive_matrix():
    matrix = symmetric_noise(6, 1.0, np.random.default_rng(3))
    repaired = nearest_positive(matrix)
    values = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(np.linalg.eigvalsh(repaired), np.maximum(values, 0), atol=1e-12)
    np.testing.assert_allclose(nearest_positive(repaired), repaired, atol=1e-12)


def test_chunks_do_not_matter(monkeypatch):
    views = factor_views(n=600)
    whole = private_moments(views, **BUDGET, clip=2.0, mean_clip=9.0, rng=np.random.default_rng(0))
    monkeypatch.setattr(module, "CHUNK_NUMBERS", 1)
    parts = private_moments(views, **BUDGET, clip=2.0, mean_clip=9.0, rng=np.random.default_rng(0))
    np.testing.assert_allclose(parts.covariance("image", "text"), whole.covariance("image", "text"))


@pytest.mark.parametrize("widths", [(6, 4), (6, 4, 5)])
def test_a_vast_epsilon_is_plain_cca(widths):
    views = factor_views(widths=widths)
    private = PrivateCCA(3, epsilon=1e14, delta=1e-4, clip=100.0, random_state=0).fit(views)
    plain = CCA(3).fit(views)
    np.testing.assert_allclose(private.correlations_, plain.correlations_, atol=1e-3)
    for name in views:
        np.testing.assert_allclose(private.means_[name], plain.means_[name], atol=1e-3)
        ours, theirs = (m.transform_view(name, views[name])[:, 0] for m in (private, plain))
        assert abs(np.corrcoef(ours, theirs)[0, 1]) > 0.999


def test_more_epsilon_finds_more():
    views = factor_views(n=20_000)
    scaled = {name: X / np.linalg.norm(X, axis=1, keepdims=True) for name, X in views.items()}
    plain = CCA(1).fit(scaled).correlations_[0]
    errors = []
    for epsilon in (0.001, 1.0, 100.0):
        fits = [
            PrivateCCA(1, ridge=0.1, epsilon=epsilon, delta=1e-6, random_state=s).fit(scaled)
            for s in range(5)
        ]
        found = [
            abs(np.corrcoef(*(fit.transform_view(name, X)[:, 0] for name, X in scaled.items()))[0, 1])
            for fit in fits
        ]
        errors.append(plain - np.mean(found))
    assert errors[0] > errors[1] > errors[2] > -0.01 and errors[1] < 0.05 < errors[0]


def test_noise_is_new_each_time_unless_seeded():
    views = factor_views()
    np.random.seed(0)  # noqa: NPY002
    first = PrivateCCA(2, **BUDGET).fit(views)
    np.random.seed(0)  # noqa: NPY002
    second = PrivateCCA(2, **BUDGET).fit(views)
    assert abs(first.weights_["text"] - second.weights_["text"]).max() > 0
    seeded = [PrivateCCA(2, **BUDGET, random_state=5).fit(views) for _ in range(2)]
    np.testing.assert_array_equal(seeded[0].weights_["text"], seeded[1].weights_["text"])


def test_nothing_exact_is_kept_and_saving_keeps_the_rest(tmp_path):
    views = factor_views()
    model = PrivateCCA(2, **BUDGET, clip=3.0, mean_clip={"image": 9.0, "text": 9.0}).fit(views)
    assert model.moments_ is None
    again = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(
        again.transform_view("text", views["text"]), model.transform_view("text", views["text"])
    )
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("X", [np.ones((30, 3)), np.zeros((30, 3)), np.ones((1, 3)), np.full((40, 3), 1e100)])
def test_degenerate_views_are_drowned_in_noise(X):
    model = PrivateCCA(1, **BUDGET).fit({"image": X, "text": X[:, :2]})
    assert np.isfinite(model.transform_view("text", X[:, :2])).all()


def test_more_features_than_rows_are_solved_from_moments():
    rng = np.random.default_rng(0)
    model = PrivateCCA(2, ridge=1.0, **BUDGET).fit(
        {"image": rng.normal(size=(20, 50)), "text": rng.normal(size=(20, 4))}
    )
    assert model.weights_["image"].shape == (50, 2)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"epsilon": 0.0}, "PrivateCCA: epsilon must be a number above 0, got 0.0"),
        ({"epsilon": float("inf")}, "PrivateCCA: epsilon must be a number above 0, got inf"),
        ({"delta": 0.0}, "PrivateCCA: delta must be a number above 0 and at most 1, got 0.0"),
        ({"clip": 0}, "PrivateCCA: clip must be a number above 0 or dict, got 0"),
        ({"mean_clip": -1.0}, "PrivateCCA: mean_clip must be None or a number above 0 or dict, got -1.0"),
        ({"random_state": -1}, "PrivateCCA: random_state must be None or an integer of at least 0, got -1"),
        ({"epsilon": 1.0, "delta": 0.01}, r"delta must be below 1 / n = 0.005, .* got 0.01"),
        ({**BUDGET, "clip": {"image": 1.0}}, r"clip names the views \['image'\], but not 'text'"),
        ({**BUDGET, "mean_clip": {"text": 1.0}}, r"mean_clip names the views \['text'\], but not 'image'"),
        (
            {**BUDGET, "clip": {"image": -1, "text": 1}},
            "clip of the 'image' view must be a number above 0, got -1",
        ),
    ],
)
def test_bad_parameters(parameters, words):
    with pytest.raises(ValueError, match=words):
        PrivateCCA(2, **parameters).fit(factor_views())


def test_bad_rows():
    views = factor_views()
    for value, words in (
        (np.nan, "'text' view has NaN or infinity in 1 rows, first in row 7"),
        (1e200, "too large"),
    ):
        broken = {**views, "text": views["text"].copy()}
        broken["text"][7, 1] = value
        with pytest.raises(ValueError, match=words):
            PrivateCCA(2, **BUDGET).fit(broken)
    with pytest.raises(UnpairedViewsError):
        PrivateCCA(2, **BUDGET).fit({**views, "text": views["text"][1:]})


def test_what_would_spend_epsilon_twice_is_refused():
    views = factor_views()
    model = PrivateCCA(2, **BUDGET).fit(views)
    for call in (lambda: model.partial_fit(views), lambda: model.merge(CCA(2).fit(views))):
        with pytest.raises(ValueError, match="would solve again and spend epsilon a second time"):
            call()
    with pytest.raises(TypeError, match="can be merged with its own kind, got PrivateCCA"):
        CCA(2).fit(views).merge(model)
