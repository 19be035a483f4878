"""Class posteriors of each view: scikit-learn's, with classes that exclude each other and with those that do not."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from classicxm.alignment import CCA, SemanticCorrelationMatching, SemanticMatching
from classicxm.alignment.semantic import logistic_weights, posteriors
from classicxm.labels import class_indicators


@pytest.mark.parametrize("n_classes", [2, 3])
def test_exclusive_classes_as_scikit_learn(n_classes, make_classes):
    views, y = make_classes(n=60, n_classes=n_classes)
    X, indicators = views["image"], class_indicators(y, 60)[1]
    found = posteriors(X, *logistic_weights(X, indicators, 0.5))
    expected = LogisticRegression(C=0.5, max_iter=1000).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_several_labels_a_row_are_told_one_by_one(make_classes):
    X = make_classes(n=40)[0]["image"]
    indicators = np.stack([X[:, 0] > 0, X[:, 1] > 0, np.ones(40), np.zeros(40)], axis=1).astype(float)
    weights, intercepts, exclusive = logistic_weights(X, indicators, 1.0)
    found = posteriors(X, weights, intercepts, exclusive)
    assert not exclusive and intercepts[2:].tolist() == [np.inf, -np.inf]
    assert (found[:, 2] == 1).all() and (found[:, 3] == 0).all()
    one = LogisticRegression(C=1.0, max_iter=1000).fit(X, X[:, 0] > 0)
    np.testing.assert_allclose(found[:, 0], one.predict_proba(X)[:, 1], atol=1e-5)


@pytest.mark.parametrize("kernel", [None, "rbf"])
def test_gradients_are_those_of_differences(kernel, make_classes):
    views, y = make_classes(n=30)
    model = SemanticMatching(kernel=kernel).fit(views, y)
    x, weights = views["text"][:1], np.array([[1.0, -0.5, 0.25]])
    found = model.gradient("text", x, weights)
    for column in range(5):
        step = np.zeros_like(x)
        step[0, column] = 1e-5
        up, down = (model.transform_view("text", x + sign * step) @ weights[0] for sign in (1, -1))
        assert found[0, column] == pytest.approx((up - down)[0] / 2e-5, abs=1e-6)


def test_upon_correlation_it_is_matching_of_components(make_classes):
    views, y = make_classes(n=60)
    model = SemanticCorrelationMatching(2).fit(views, y)
    components = CCA(2, ridge=1e-3, power=0.0, scale=True).fit(views).transform(views)
    expected = SemanticMatching(C=1.0).fit(components, y).transform(components)
    for name, X in views.items():
        np.testing.assert_allclose(model.transform_view(name, X), expected[name], atol=1e-8)
        np.testing.assert_allclose(model.transform_view(name, X).sum(axis=1), 1)
