"""Semantic correlation maximisation: the first direction is the leading singular pair, the next ones see the rest."""

import numpy as np
import pytest

from classicxm.hashing import SCMHash, signs
from classicxm.hashing.scm import sequential_directions
from tests.hashing.views import class_views


def test_directions_one_after_another():
    rng = np.random.default_rng(0)
    X, Y, wanted = rng.normal(size=(20, 3)), rng.normal(size=(20, 2)), rng.normal(size=(3, 2))
    found_x, found_y = sequential_directions(X, Y, wanted, 2)
    left = 2 * wanted
    for bit in range(2):
        U, _, Vt = np.linalg.svd(left)
        assert abs(U[:, 0] @ found_x[:, bit]) == pytest.approx(1) and abs(
            Vt[0] @ found_y[:, bit]
        ) == pytest.approx(1)
        left = left - np.outer(X.T @ signs(X @ found_x[:, bit]), Y.T @ signs(Y @ found_y[:, bit]))


@pytest.mark.parametrize("method", ["sequential", "orthogonal"])
def test_codes_agree_within_classes(method):
    views, y = class_views(n_classes=4)
    model = SCMHash(3, method=method).fit(views, y)
    agreement = model.transform_view("image", views["image"]) @ model.transform_view("text", views["text"]).T
    same = y[:, None] == y
    assert agreement[same].mean() > agreement[~same].mean() + 1


def test_two_views():
    views, y = class_views()
    with pytest.raises(ValueError, match="SCMHash takes two views, got 3"):
        SCMHash(2).fit({**views, "audio": views["text"]}, y)
