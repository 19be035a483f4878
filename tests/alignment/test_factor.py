"""CFA: rotations that bring paired rows nearest, found again where one view is a rotation of the other."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from classicxm.alignment import CFA
from classicxm.alignment.factor import procrustes


def test_a_rotated_view_is_turned_back():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3)) * [3.0, 2.0, 1.0]
    turned = X @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    model = CFA(3).fit({"image": X, "text": turned})
    np.testing.assert_allclose(
        model.transform_view("image", X), model.transform_view("text", turned), atol=1e-10
    )


def test_full_rank_agrees_with_orthogonal_procrustes():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(20, 4)), rng.normal(size=(20, 4))
    A, B, values = procrustes(X.T @ Y, 4)
    R, total = orthogonal_procrustes(X, Y)
    np.testing.assert_allclose(A @ B.T, R, atol=1e-10)
    assert values.sum() == pytest.approx(total)
    np.testing.assert_allclose(A.T @ A, np.eye(4), atol=1e-12)


def test_normalising_makes_units_nothing(make_views):
    views = make_views(40, widths=(4, 4))
    scaled = {"image": 1000 * views["image"], "text": views["text"]}
    one, other = CFA(2).fit(views), CFA(2).fit(scaled)
    np.testing.assert_allclose(
        one.transform_view("image", views["image"]), other.transform_view("image", scaled["image"]), atol=1e-9
    )
    assert not np.allclose(CFA(2, normalise=False).fit(scaled).singular_values_, one.singular_values_)


def test_more_than_two_views_are_refused(make_views):
    with pytest.raises(ValueError, match="CFA takes two views, got 3"):
        CFA(2).fit(make_views(20, widths=(3, 3, 3)))
