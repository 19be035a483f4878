"""Collective matrix factorisation: every update solves its own least squares, and the objective falls."""

import numpy as np
import pytest

from classicxm.hashing import CMFH, signs
from classicxm.hashing.cmfh import factorised, shared_factors
from tests.hashing.views import shared_views


def objective(views, factors, maps, V, fit_weight, penalty):
    """Equation 3 for equal weights of the views."""
    weight = 1 / len(views)
    lost = sum(weight * np.sum((X - V @ factors[n]) ** 2) for n, X in views.items())
    missed = sum(np.sum((V - X @ maps[n]) ** 2) for n, X in views.items())
    size = sum(np.sum(M**2) for M in [*factors.values(), *maps.values(), V])
    return lost + fit_weight * missed + penalty * size


def test_the_objective_is_equation_3_and_falls():
    views = shared_views()
    V = np.random.default_rng(0).normal(size=(40, 3))
    factors, maps, V, values = factorised(views, V, 2.0, 0.1, 20, 0.0)
    assert values[-1] == pytest.approx(objective(views, factors, maps, V, 2.0, 0.1))
    assert (np.diff(values) <= 1e-9 * values[0]).all()


def test_shared_factors_are_a_minimum():
    views, rng = shared_views(), np.random.default_rng(0)
    factors = {name: rng.normal(size=(3, X.shape[1])) for name, X in views.items()}
    maps = {name: rng.normal(size=(X.shape[1], 3)) for name, X in views.items()}
    V = shared_factors(views, factors, maps, 2.0, 0.1)
    least = objective(views, factors, maps, V, 2.0, 0.1)
    for _ in range(5):
        assert objective(views, factors, maps, V + 1e-3 * rng.normal(size=V.shape), 2.0, 0.1) > least


def test_it_stops_where_nothing_is_gained():
    views = shared_views()
    assert len(CMFH(4, tolerance=0.5).fit(views).objectives_) < len(
        CMFH(4, tolerance=0.0, n_iterations=30).fit(views).objectives_
    )


def test_codes_of_all_views_together():
    views = shared_views()
    model = CMFH(4).fit(views)
    assert model.shared_codes(views).shape == (40, 4)
    assert np.mean(model.shared_codes(views) == model.codes_["image"]) > 0.95
    assert np.mean(model.transform_view("image", views["image"]) == signs(model.codes_["image"])) > 0.8
    with pytest.raises(ValueError, match=r"shared codes need every fitted view; \['text'\] missing"):
        model.shared_codes({"image": views["image"], "audio": views["text"]})
