"""Iterative quantisation: a rotation that never gets worse, of components that are those of CCA."""

import numpy as np
import pytest

from classicxm.alignment import CCA
from classicxm.hashing import CCAITQ, signs
from classicxm.hashing.cca_itq import quantising_rotation
from tests.hashing.views import shared_views


def lost(Z, R):
    return np.sum((signs(Z @ R) - Z @ R) ** 2)


def test_the_rotation_is_orthogonal_and_every_step_quantises_better():
    Z = np.random.default_rng(0).normal(size=(200, 4)) * [2.0, 1.0, 0.5, 0.25]
    losses = [lost(Z, quantising_rotation(Z, 4, n, 0)) for n in (0, 1, 5, 50)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < losses[0]
    R = quantising_rotation(Z, 4, 10, 0)
    np.testing.assert_allclose(R.T @ R, np.eye(4), atol=1e-12)


def test_more_bits_than_components():
    R = quantising_rotation(np.random.default_rng(0).normal(size=(50, 2)), 6, 5, 0)
    assert R.shape == (2, 6)
    np.testing.assert_allclose(R @ R.T, np.eye(2), atol=1e-12)


def test_what_is_turned_is_cca():
    views = shared_views()
    model = CCAITQ(3).fit(views)
    cca = CCA(None, ridge=1e-3, scale=True).fit(views)
    np.testing.assert_allclose(model.correlations_, cca.correlations_[:3])
    Z = cca.transform_view("text", views["text"])[:, :3]
    found = model.project_view("text", views["text"])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.linalg.norm(Z, axis=1), rtol=1e-9)
    with pytest.raises(ValueError, match=r"n_components must be at most n_bits \(2\), got 3; lower it"):
        CCAITQ(2, n_components=3).fit(views)
