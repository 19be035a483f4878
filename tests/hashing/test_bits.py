"""Bits are signs, and those of hyperplanes the sides of them."""

import numpy as np

from classicxm.hashing import CVH, signs
from tests.hashing.views import shared_views


def test_signs_by_hand():
    found = signs(np.array([[0.5, 0.0, -2.0]]))
    assert found.tolist() == [[1, -1, -1]] and found.dtype == np.float32


def test_bits_of_a_view_are_signs_of_its_projection():
    views = shared_views()
    model = CVH(3).fit(views)
    for name, X in views.items():
        projected = model.project_view(name, X)
        np.testing.assert_allclose(projected, (X - model.means_[name]) @ model.weights_[name])
        np.testing.assert_array_equal(model.transform_view(name, X), signs(projected))
    model.thresholds_ = {"image": np.array([1.0, 0.0, 0.0]), "text": np.zeros(3)}
    np.testing.assert_allclose(
        model.project_view("image", views["image"])[:, 0],
        (views["image"] - model.means_["image"]) @ model.weights_["image"][:, 0] - 1,
    )
