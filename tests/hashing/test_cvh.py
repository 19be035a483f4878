"""Cross-view hashing of two views cuts canonical components at zero."""

import warnings

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.hashing import CVH, signs
from tests.hashing.views import shared_views


def test_bits_of_two_views_are_signs_of_canonical_components():
    views = shared_views()
    model = CVH(3, ridge=1e-6).fit(views)
    cca = CCA(3, ridge=1e-6, power=0.0).fit(views)
    np.testing.assert_allclose(model.eigenvalues_, cca.correlations_, atol=1e-4)
    for name, X in views.items():
        bits, parts = model.transform_view(name, X), signs(cca.transform_view(name, X))
        agreeing = np.abs((bits * parts).mean(axis=0))
        assert (agreeing > 0.98).all()


def test_bits_that_nothing_shares_are_warned_of():
    X = np.random.default_rng(0).normal(size=(30, 2))
    views = {"image": X, "text": X[:, :1]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CVH(1).fit(views)
    with pytest.warns(
        UserWarning, match="CVH: the views have only 1 directions in common; the other 1 of 2 bits"
    ):
        CVH(2).fit(views)
