"""An alignment by its name, its settings chosen on folds of what it is fitted on."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from classicxm.comparison import NamedAligner, searched_aligner


def views(n=40):
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(n, 2))
    return {
        "image": shared @ rng.normal(size=(2, 4)),
        "text": shared @ rng.normal(size=(2, 3)) + 0.1 * rng.normal(size=(n, 3)),
    }


def test_it_is_the_search_of_that_name():
    model = NamedAligner("PLS").fit(views())
    search = searched_aligner("PLS", views(), protocol="AP", relevance="instance", n_folds=3).fit(views())
    assert model.best_params_ == search.best_params_ and model.best_score_ == search.best_score_
    for name, X in views().items():
        np.testing.assert_allclose(model.transform_view(name, X), search.transform_view(name, X))
        offset, matrix = model.linear_map(name)
        np.testing.assert_allclose(X @ matrix + offset, model.transform_view(name, X), atol=1e-10)
    assert model.score_metric == search.best_aligner_.score_metric


def test_it_is_explained_by_the_gradient_of_what_was_chosen():
    labels = ["ab"[n % 2] for n in range(40)]
    model = NamedAligner("SM", "class").fit(views(), labels)
    X, weights = views()["text"][:3], np.ones((3, 2))
    expected = model.best_aligner_.gradient("text", X, weights)
    np.testing.assert_array_equal(model.gradient("text", X, weights), expected)


def test_folds_are_no_more_than_the_rows_allow():
    assert NamedAligner("CCA", n_folds=50).fit(views(12)).search_.n_folds == 6


def test_what_cannot_be_fitted():
    with pytest.raises(ValueError, match="aligner SM learns from labels"):
        NamedAligner("SM").fit(views())
    with pytest.raises(ValueError, match="unknown aligner 'nobody'; choose one of CCA"):
        NamedAligner("nobody").fit(views())
    with pytest.raises(NotFittedError):
        NamedAligner("CCA").transform_view("text", views()["text"])
