"""Partial least squares against scikit-learn, and directions of greatest covariance by hand."""

import numpy as np
import pytest
from sklearn import cross_decomposition

from classicxm.alignment import PLSSVD, PLSCanonical, PLSRegression


def test_svd_of_two_columns_by_hand():
    X = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    Y = np.array([[3.0], [-3.0], [4.0], [-4.0]])
    model = PLSSVD(1, scale=False).fit({"image": X, "text": Y})
    np.testing.assert_allclose(np.abs(model.weights_["image"]), [[0.6], [0.8]], atol=1e-12)
    assert model.covariances_ == pytest.approx([10 / 3])  # |(6, 8)| / (4 - 1)


def test_svd_agrees_with_scikit_learn(make_views):
    views = make_views(40)
    oracle = cross_decomposition.PLSSVD(2).fit(views["image"], views["text"])
    theirs = oracle.transform(views["image"], views["text"])
    for name, Z in zip(views, theirs, strict=True):
        ours = PLSSVD(2).fit(views).transform_view(name, views[name])
        np.testing.assert_allclose(np.abs(ours), np.abs(Z), atol=1e-8)


@pytest.mark.parametrize("kind", [PLSCanonical, PLSRegression])
def test_deflation_agrees_with_scikit_learn(kind, make_views):
    views = make_views(40)
    oracle = getattr(cross_decomposition, kind.__name__)(2).fit(views["image"], views["text"])
    ours = kind(2).fit(views).transform_view("image", views["image"])
    np.testing.assert_allclose(np.abs(ours), np.abs(oracle.transform(views["image"])), atol=1e-6)


def test_bounds():
    views = {"image": np.eye(4)[:, :3], "text": np.arange(4.0)[:, None]}
    with pytest.raises(ValueError, match="features of text"):
        PLSCanonical(2).fit(views)
    PLSRegression(2).fit(views)  # bounded by the first view alone
    with pytest.raises(ValueError, match="takes two views, got 3; PLSSVD takes more"):
        PLSRegression(1).fit({**views, "audio": np.eye(4)})
