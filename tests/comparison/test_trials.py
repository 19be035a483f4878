"""One trial: relevance, folds, scores of indexes, and what a distance is not defined for."""

import numpy as np
import pytest

from classicxm.alignment import CCA, SemanticMatching
from classicxm.comparison.trials import (
    FeatureSet,
    Targets,
    answered_scores,
    directions,
    fit_trial,
    score_trial,
    training_folds,
)
from classicxm.evaluation import average_precision, measure
from classicxm.search import ExactIndex


def features(n=30):
    rng = np.random.default_rng(0)
    labels = np.arange(2 * n) % 3
    views = {
        name: np.eye(3)[labels] @ rng.normal(size=(3, 4)) + 0.3 * rng.normal(size=(2 * n, 4))
        for name in ("image", "text")
    }
    names = np.array(["sea", "sky", "sun"])[labels].tolist()
    parts = slice(None, n), slice(n, None)
    return FeatureSet(*({m: X[part] for m, X in views.items()} for part in parts)), Targets(
        names[:n], names[n:]
    )


def test_targets():
    assert Targets().relevance(None, 2).tolist() == [[True, False], [False, True]]
    assert Targets(["a", "b"], ["a"]).labels([1, 0]) == ["b", "a"] and Targets().labels([0]) is None
    for targets, message in (
        (Targets(["a"], None), "of both training and test items, or of neither"),
        (Targets(["a"], ["a"]), r"train_labels must be one per item \(2\), got 1"),
        (Targets(["a", "a"], ["a"]), "the training items have 1 class"),
    ):
        with pytest.raises(ValueError, match=message):
            targets.check(2, 1)


def test_directions_and_folds():
    assert directions(["a", "b"]) == [("a", "b"), ("b", "a")] and len(directions("abc")) == 6
    folds = training_folds(["x", "y"] * 6, 12, 3)
    for kept, held in folds:
        assert sorted([*kept, *held]) == list(range(12)) and len(held) == 4 and sum(held % 2) == 2


def test_scores_rank_as_an_index_answered():
    relevant = np.array([[True, False, True, False]])
    scores = answered_scores(np.array([[2, 3, None]], object), relevant)
    # relevant item 0 was left out: it stands behind item 1, which was left out too
    assert np.argsort(-scores[0], kind="stable").tolist() == [2, 3, 1, 0]


def test_a_trial_has_two_spaces_and_says_what_is_undefined():
    made, targets = features()
    folds = training_folds(targets.train, 30, 2)
    facts, arrays = fit_trial(CCA(2), made, targets, ["cosine", "kl"], measure("AP"), folds)
    assert facts["spaces"] == ["subspace", "posteriors"] and list(facts["undefined"]) == ["subspace/kl"]
    assert arrays["folds"].shape == (2, 2, 2) and np.isnan(arrays["folds"][0, 1]).all()
    np.testing.assert_allclose(
        arrays["subspace/image"], CCA(2).fit(made.train).transform_view("image", made.test["image"])
    )
    np.testing.assert_allclose(arrays["posteriors/text"].sum(axis=1), 1)


def test_components_that_are_posteriors_are_one_space():
    made, targets = features()
    facts, _ = fit_trial(
        SemanticMatching(), made, targets, ["cosine"], measure("AP"), training_folds(targets.train, 30, 2)
    )
    assert facts["spaces"] == ["posteriors"] and facts["strengths"] == {}


def test_what_cannot_be_fitted_is_said():
    made, targets = features()
    facts, arrays = fit_trial(CCA(99), made, targets, ["cosine"], measure("AP"), [])
    assert "n_components must be at most 4" in facts["error"] and arrays == {}


def test_an_exact_index_scores_as_no_index():
    made, targets = features()
    relevant = targets.relevance(targets.test, 30)
    values, undefined, _ = score_trial(
        made.test, ["cosine", "kl"], {"none": None, "exact": ExactIndex()}, relevant, ["AP"], ["MedianRank"]
    )
    assert values.shape == (2, 2, 2, 2, 30)
    np.testing.assert_allclose(values[0, 0], values[1, 0])
    assert set(undefined) == {("none", "kl"), ("exact", "kl")} and np.isnan(values[:, 1]).all()
    unit = {m: X / np.linalg.norm(X, axis=1, keepdims=True) for m, X in made.test.items()}
    np.testing.assert_allclose(
        values[0, 0, 0, 0], average_precision(unit["image"] @ unit["text"].T, relevant)
    )
