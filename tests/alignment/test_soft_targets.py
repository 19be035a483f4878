"""Targets that the surest view softens: left-out rows as refitted without them, and weights as scikit-learn's."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression, Ridge

from classicxm.alignment import SemanticMatching
from classicxm.alignment.soft_targets import (
    FRACTION,
    left_out_estimates,
    left_out_posteriors,
    soft_targets,
    soft_weights,
)
from classicxm.labels import class_indicators


@pytest.mark.parametrize("shape", [(12, 4), (8, 20)])
def test_left_out_estimates_are_those_of_a_fit_without_the_row(shape):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=shape), np.eye(3)[rng.integers(0, 3, shape[0])]
    penalty = 0.7 * ((X - X.mean(axis=0)) ** 2).sum() / len(X)
    found = left_out_estimates(X, Y, 0.7)
    for row in range(len(X)):
        rest = np.arange(len(X)) != row
        expected = Ridge(alpha=penalty).fit(X[rest], Y[rest]).predict(X[[row]])
        np.testing.assert_allclose(found[[row]], expected, atol=1e-9)


def test_posteriors_are_as_likely_as_scaling_makes_them(make_classes):
    views, y = make_classes(n=60)
    indicators = class_indicators(y, 60)[1]
    found, loss = left_out_posteriors(views["text"], indicators)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    estimates = left_out_estimates(views["text"], indicators, FRACTION)
    losses = [
        -np.log(softmax(scale * estimates, axis=1)[indicators > 0]).mean()
        for scale in np.geomspace(0.2, 500, 99)
    ]
    assert loss == pytest.approx(min(losses), abs=2e-3) and loss <= min(losses) + 1e-6


def test_the_surest_view_teaches(make_classes):
    _, y = make_classes(n=60)
    indicators = class_indicators(y, 60)[1]
    rng = np.random.default_rng(0)
    sure = indicators + 0.1 * rng.normal(size=indicators.shape)
    noise = rng.normal(size=(60, 4))
    found = soft_targets([noise, sure], indicators, 0.5)
    np.testing.assert_allclose(found, 0.5 * indicators + 0.5 * left_out_posteriors(sure, indicators)[0])
    np.testing.assert_array_equal(soft_targets([noise, sure], indicators, 0.0), indicators)


@pytest.mark.parametrize("C", [0.1, 10.0])
def test_hard_targets_are_scikit_learns(C, make_classes):
    views, y = make_classes(n=60)
    X, indicators = views["image"], class_indicators(y, 60)[1]
    model = LogisticRegression(C=C, tol=1e-10, max_iter=10_000).fit(X, y)
    weights, intercepts = soft_weights(X, indicators, C, True)
    found = softmax(X @ weights + intercepts, axis=1)
    np.testing.assert_allclose(found, model.predict_proba(X), atol=2e-3)
    one = LogisticRegression(C=C, tol=1e-10, max_iter=10_000).fit(X, indicators[:, 0])
    weights, intercepts = soft_weights(X, indicators[:, :1], C, False)
    np.testing.assert_allclose(expit(X @ weights + intercepts)[:, 0], one.predict_proba(X)[:, 1], atol=2e-3)


def test_a_photo_of_two_things_is_both():
    """Texts tell that every third photo of one class also shows the other: softened, photos are ranked so."""
    rng = np.random.default_rng(0)
    y = np.repeat(["cat", "dog"], 60)
    both = np.arange(120) % 3 == 0
    things = np.stack([(y == "cat") | both, (y == "dog") | both], axis=1).astype(float)
    views = {
        "text": np.hstack([things, 0.3 * rng.normal(size=(120, 2))]),
        "image": np.hstack([things, 0.3 * rng.normal(size=(120, 30))]),
    }
    hard, soft = (SemanticMatching(C=10.0, softness=share).fit(views, y) for share in (0.0, 1.0))
    surer = [
        abs(model.transform_view("image", views["image"])[both, 0] - 0.5).mean() for model in (hard, soft)
    ]
    assert surer[1] < 0.7 * surer[0]


@pytest.mark.parametrize("kernel", [None, "linear"])
@pytest.mark.parametrize("several", [False, True])
def test_softened_matching(kernel, several, make_classes):
    views, y = make_classes(n=40)
    labels = [[label, "all"] if several else label for label in y]
    model = SemanticMatching(C=1.0, kernel=kernel, softness=0.5).fit(views, labels)
    found = model.transform_view("text", views["text"])
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1
    assert model.exclusive_ is not several
    if not several:
        np.testing.assert_allclose(found.sum(axis=1), 1)
    weights = np.zeros((1, found.shape[1]))
    weights[0, 0] = 1.0
    slope = model.gradient("text", views["text"][:1], weights)[0]
    moved = views["text"][:1] + 1e-5 * slope
    change = (model.transform_view("text", moved) - found[:1])[0, 0]
    assert change == pytest.approx(1e-5 * slope @ slope, rel=1e-2, abs=1e-12)


@pytest.mark.parametrize(
    "views",
    [
        {"image": np.zeros((6, 3)), "text": np.ones((6, 2))},
        {"image": np.eye(6), "text": np.eye(6)},
        {"image": 1e12 * np.eye(6), "text": 1e-12 * np.eye(6)},
    ],
    ids=["constant", "all different", "huge and tiny"],
)
def test_degenerate_views(views):
    y = ["a", "b", "a", "b", "a", "b"]
    model = SemanticMatching(kernel="linear", softness=0.5).fit(views, y)
    for name, X in views.items():
        assert np.isfinite(model.transform_view(name, X)).all()


@pytest.mark.parametrize("softness", [-0.1, 1.5, "much"])
def test_softness_is_a_share(softness, make_classes):
    with pytest.raises(ValueError, match="softness must be"):
        SemanticMatching(softness=softness).fit(*make_classes(n=20))
