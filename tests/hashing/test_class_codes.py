"""The floor of supervised hashing: one far-apart code for each class."""

import numpy as np
import pytest

from classicxm.hashing import ClassCodeHash
from classicxm.hashing.class_codes import predicted_classes, spread_codes
from tests.hashing.views import class_views


@pytest.mark.parametrize(("n_codes", "n_bits"), [(2, 1), (4, 2), (3, 16), (10, 32)])
def test_codes_are_different(n_codes, n_bits):
    codes = spread_codes(n_codes, n_bits, 0)
    assert codes.shape == (n_codes, n_bits) and set(np.unique(codes)) == {-1, 1}
    assert len(np.unique(codes, axis=0)) == n_codes


def test_codes_are_farther_apart_than_one_draw():
    one = np.sign(np.random.RandomState(0).normal(size=(8, 32)))
    agreements = [C @ C.T - 64 * np.eye(8) for C in (spread_codes(8, 32, 0).astype(float), one)]
    assert agreements[0].max() <= agreements[1].max()


def test_predictions_by_hand():
    P = np.array([[0.2, 0.7, 0.6], [0.4, 0.3, 0.1]])
    assert predicted_classes(P, True).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert predicted_classes(P, False).tolist() == [[0, 1, 1], [1, 0, 0]]


def test_items_get_the_code_of_their_class():
    views, y = class_views()
    model = ClassCodeHash(8).fit(views, y)
    codes = model.transform_view("image", views["image"])
    expected = model.class_codes_[np.searchsorted(model.classes_, y)]
    assert np.mean((codes == expected).all(axis=1)) > 0.9
    np.testing.assert_array_equal(model.codes_["text"], expected)
    with pytest.raises(ValueError, match="each of 3 classes a code of its own, got 1; give at least 2"):
        ClassCodeHash(1).fit(views, y)
