"""The dual way to ridged correlations: the primal one's results, where both can be taken."""

import numpy as np

from classicxm.alignment import CCA
from classicxm.alignment.dual import ridged_pair


def centred_views(n, wide, narrow, seed=0):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 2))
    views = {
        "image": shared @ rng.normal(size=(2, wide)) + rng.normal(size=(n, wide)),
        "text": shared @ rng.normal(size=(2, narrow)) + rng.normal(size=(n, narrow)),
    }
    return {name: X - X.mean(axis=0) for name, X in views.items()}


def test_one_wide_view_as_the_primal_way():
    views = centred_views(20, 40, 5)
    pair = ridged_pair(views, 0.1)
    assert (pair.wide, pair.narrow, pair.ranks) == ("image", "text", {"image": 19, "text": 5})
    weights, correlations = pair.weights(views, 3)
    primal = CCA(3, ridge=0.1, power=0.0, solver="primal").fit(views)
    np.testing.assert_allclose(correlations, primal.correlations_, rtol=1e-8)
    for name, X in views.items():
        np.testing.assert_allclose(
            np.abs(X @ weights[name]), np.abs(primal.transform_view(name, X)), rtol=1e-5, atol=1e-8
        )


def test_two_wide_views_as_the_primal_way():
    views = centred_views(15, 40, 30, seed=1)
    pair = ridged_pair(views, 0.3)
    _, correlations = pair.weights(views, 4)
    primal = CCA(4, ridge=0.3, power=0.0, solver="primal").fit(views)
    np.testing.assert_allclose(correlations, primal.correlations_, rtol=1e-8)


def test_directions_that_nothing_shares_are_left_to_the_other_solver():
    views = centred_views(8, 20, 3)
    views["text"] = np.zeros_like(views["text"])
    views["text"][:, 0] = views["image"][:, 0]
    pair = ridged_pair(views, 0.1)
    assert pair is None or pair.weights(views, 1) is None or pair.ranks["text"] == 1


def test_a_ridge_of_nothing_has_no_factor():
    assert ridged_pair(centred_views(10, 20, 3), 0.0) is None
