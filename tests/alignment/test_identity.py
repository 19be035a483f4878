"""No alignment: views of one space as they are, and one view alone."""

import numpy as np
import pytest

from classicxm.alignment import Identity
from classicxm.persistence import load, save


def views(n=20):
    shared = np.random.default_rng(0).normal(size=(n, 6))
    return {"image": shared, "text": shared + 0.1 * np.random.default_rng(1).normal(size=(n, 6))}


def test_features_pass_unchanged_and_partners_are_nearest(tmp_path):
    given = views()
    fitted = load(save(Identity().fit(given), tmp_path / "identity"))
    projected = fitted.transform(given)
    for name, X in given.items():
        np.testing.assert_array_equal(projected[name], X)
        offset, matrix = fitted.linear_map(name)
        np.testing.assert_array_equal(X @ matrix + offset, X)
    unit = {name: X / np.linalg.norm(X, axis=1, keepdims=True) for name, X in projected.items()}
    assert ((unit["image"] @ unit["text"].T).argmax(axis=1) == np.arange(20)).all()


def test_one_view_alone_is_enough():
    X = views()["image"]
    np.testing.assert_array_equal(Identity().fit({"image": X}).transform_view("image", X[:2]), X[:2])


def test_views_without_a_space_in_common_are_refused():
    with pytest.raises(ValueError, match="must share a space, but they have image 6, text 5 features"):
        Identity().fit({"image": np.ones((3, 6)), "text": np.ones((3, 5))})


@pytest.mark.parametrize(("name", "X"), [("smell", np.ones((1, 6))), ("text", np.ones((1, 5)))])
def test_what_was_not_fitted_is_refused(name, X):
    fitted = Identity().fit(views())
    with pytest.raises(ValueError):
        fitted.transform_view(name, X)
    with pytest.raises(ValueError):
        fitted.linear_map("smell")
