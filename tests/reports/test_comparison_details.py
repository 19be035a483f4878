"""Curves, classes, confusions and examples of a comparison, worked out again."""

import numpy as np
import pytest

from classicxm.reports.comparison_details import class_scores, confusion, curves, examples, shown_systems


def test_the_baseline_is_always_shown(compared):
    comparison, summary = compared
    assert {system.name for system in shown_systems(comparison, summary)} == set(summary)


def test_curves_fall_and_chance_is_flat(compared):
    comparison, summary = compared
    found = curves(comparison, shown_systems(comparison, summary), ("image", "text"))
    for name, (recalls, precision) in found.items():
        assert recalls[0] == 0 and recalls[-1] == 1 and (np.diff(precision) <= 1e-12).all(), name
    assert found["random"][1] == pytest.approx(np.full(21, 1 / 3))


def test_classes_average_their_queries(compared):
    comparison, _ = compared
    system = comparison.best()
    names, values = class_scores(comparison, system, 0)
    per_query, labels = comparison.per_query(system)[0], np.array(comparison.targets.test)
    assert names == ["sea", "sky", "sun"]
    np.testing.assert_allclose(values, [per_query[labels == name].mean() for name in names])


def test_confusions_are_shares(compared):
    names, shares = confusion(compared[0], compared[0].best(), ("image", "text"), depth=6)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert len(names) == 3 and (np.diag(shares) > 1 / 3).all()


@pytest.mark.parametrize("best", [True, False])
def test_examples_are_of_different_classes_first(best, compared):
    comparison, _ = compared
    found = examples(comparison, comparison.best(), 1, best)
    values = comparison.per_query(comparison.best())[1]
    assert len(found) == 4 and len({comparison.targets.test[one.query] for one in found[:3]}) == 3
    assert found[0].value == (values.max() if best else values.min())
    assert all(len(one.answers) == len(one.relevant) == 5 for one in found)
