"""Kernel ridge regression on class indicators against scikit-learn's."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from classicxm.alignment import KernelRidgeMatching
from classicxm.alignment.kernel_ridge import kernel_ridge_weights
from classicxm.labels import class_indicators


def test_dual_weights_by_hand():
    K = np.array([[2.0, 1.0], [1.0, 2.0]])
    found = kernel_ridge_weights(K, np.array([[1.0], [0.0]]), 1.0)
    np.testing.assert_allclose(found, [[3 / 8], [-1 / 8]])
    assert K.tolist() == [[2, 1], [1, 2]]  # the caller's matrix stays as it was


@pytest.mark.parametrize("kernel", ["linear", "rbf", "chi2"])
def test_as_scikit_learn(kernel, make_classes):
    views, y = make_classes(n=40, non_negative=True)
    model = KernelRidgeMatching(kernel=kernel, gamma=0.3, ridge=2.0).fit(views, y)
    oracle = KernelRidge(kernel=kernel, gamma=0.3, alpha=2.0).fit(views["image"], class_indicators(y, 40)[1])
    new = make_classes(n=7, seed=3, non_negative=True)[0]["image"]
    np.testing.assert_allclose(model.transform_view("image", new), oracle.predict(new), atol=1e-8)


def test_a_ridge_for_each_view_and_the_map_of_a_linear_kernel(make_classes):
    views, y = make_classes(n=30)
    model = KernelRidgeMatching(kernel="linear", ridge={"image": 1.0, "text": 100.0}).fit(views, y)
    offset, matrix = model.linear_map("text")
    assert not offset.any()
    np.testing.assert_allclose(
        model.transform_view("text", views["text"]), views["text"] @ matrix, atol=1e-10
    )
    np.testing.assert_allclose(model.gradient("text", views["text"][:1], [[1.0, 0, 0]]), matrix[None, :, 0])
    with pytest.raises(ValueError, match="ridge names the views"):
        KernelRidgeMatching(kernel="linear", ridge={"image": 1.0}).fit(views, y)
