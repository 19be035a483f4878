"""Coupled feature spaces: the closed form where nothing couples, and the half-quadratic weights by hand."""

import numpy as np
import pytest

from classicxm.alignment import LCFS
from classicxm.alignment.lcfs import coupled_maps, row_weights
from classicxm.labels import class_indicators


def test_row_weights_by_hand():
    np.testing.assert_allclose(row_weights(np.array([[3.0, 4.0], [0.0, 0.0]]), eps=0.5), [1 / 10.5, 2.0])


def test_without_penalties_it_is_least_squares(make_classes):
    views, y = make_classes(n=50)
    targets = class_indicators(y, 50)[1]
    for name, U in zip(views, coupled_maps(*views.values(), targets, 0.0, 0.0, 2), strict=True):
        np.testing.assert_allclose(U, np.linalg.lstsq(views[name], targets, rcond=None)[0], atol=1e-6)


def objective(X, Y, targets, U, V, sparsity, coupling):
    """Equation 4: errors, l2,1 norms and the trace norm of both projections together."""
    errors = np.sum((X @ U - targets) ** 2) + np.sum((Y @ V - targets) ** 2)
    norms = np.linalg.norm(U, axis=1).sum() + np.linalg.norm(V, axis=1).sum()
    return errors / 2 + sparsity * norms / 2 + coupling * np.linalg.norm(np.hstack([X @ U, Y @ V]), "nuc")


def test_iterations_lower_the_objective(make_classes):
    views, y = make_classes(n=40)
    targets = class_indicators(y, 40)[1]
    values = [
        objective(*views.values(), targets, *coupled_maps(*views.values(), targets, 5.0, 1.0, n), 5.0, 1.0)
        for n in (0, 1, 4, 16)
    ]
    assert values[1] < values[0] and values[3] <= values[2] + 1e-6 <= values[1] + 2e-6


def test_two_views_and_labels(make_classes):
    views, y = make_classes(n=20, widths=(3, 3, 3))
    with pytest.raises(ValueError, match="LCFS takes two views, got 3"):
        LCFS().fit(views, y)
