"""Kernel ridge regression on class indicators against scikit-learn's."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from classicxm.alignment import KernelRidgeMatching
from classicxm.alignment.kernel_ridge import kernel_ridge_weights
from classicxm.alignment.moments import Moments
from classicxm.labels import LABEL_VIEW, class_indicators
from classicxm.persistence import load, save


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


def labelled_moments(views, y, n_parts=3):
    """Moments of the views and of class indicators, gathered in parts."""
    rows = {**views, LABEL_VIEW: class_indicators(y, len(y))[1]}
    moments = Moments()
    for part in np.array_split(np.arange(len(y)), n_parts):
        moments = moments.merge(Moments().add({name: X[part] for name, X in rows.items()}))
    return moments


@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("widths", [(8, 5), (70, 5, 3)], ids=str)
def test_moments_of_parts_give_what_all_rows_do(centre, widths, make_classes, tmp_path):
    views, y = make_classes(n=60, widths=widths)
    y = [[one] if row % 5 else [one, "sun"] for row, one in enumerate(y)]  # some of two classes
    model = KernelRidgeMatching(kernel="linear", ridge=dict.fromkeys(views, 3.0), centre=centre)
    expected = KernelRidgeMatching(kernel="linear", ridge=3.0, centre=centre).fit(views, y)
    model.fit_moments(labelled_moments(views, y), expected.classes_)
    save(model, tmp_path / "model")
    for found in (model, load(tmp_path / "model")):
        assert found.classes_.tolist() == expected.classes_.tolist() == ["sea", "sky", "sun", "wood"]
        for name, X in make_classes(n=9, widths=widths, seed=4)[0].items():
            np.testing.assert_allclose(
                found.transform_view(name, X), expected.transform_view(name, X), atol=1e-8, rtol=0
            )
            np.testing.assert_allclose(found.linear_map(name)[1], expected.linear_map(name)[1], atol=1e-8)
            slopes = np.arange(36.0).reshape(9, 4)
            np.testing.assert_allclose(
                found.gradient(name, X, slopes), expected.gradient(name, X, slopes), atol=1e-6
            )


def test_what_moments_cannot_give_is_refused(make_classes):
    views, y = make_classes(n=20)
    with pytest.raises(ValueError, match="kernel must be 'linear' to be learned from moments, got 'chi2'"):
        KernelRidgeMatching().fit_moments(labelled_moments(views, y))
    with pytest.raises(ValueError, match=r"learns from labels; give moments of the classes' indicators"):
        KernelRidgeMatching(kernel="linear").fit_moments(Moments().add(views))
