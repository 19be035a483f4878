"""ClusterCCA and MeanCCA against what their definitions give when every pair is written out."""

import numpy as np
import pytest

from classicxm.alignment import CCA, ClusterCCA, MeanCCA
from classicxm.alignment.cluster import cluster_moments
from classicxm.labels import class_indicators


def all_pairs(views, y):
    """Every image row with every text row of its class, as rows of two views."""
    pairs = [(i, j) for i in range(len(y)) for j in range(len(y)) if y[i] == y[j]]
    first, second = np.array(pairs).T
    return {"image": views["image"][first], "text": views["text"][second]}


def test_cluster_cca_is_cca_of_all_pairs(make_classes):
    views, y = make_classes(n=18)
    written = CCA(2, ridge=1e-3, scale=True).fit(all_pairs(views, y))
    model = ClusterCCA(2, ridge=1e-3, scale=True).fit(views, y)
    np.testing.assert_allclose(model.correlations_, written.correlations_, atol=1e-8)
    for name, X in views.items():
        np.testing.assert_allclose(
            np.abs(model.transform_view(name, X)),
            np.abs(written.transform_view(name, X)),
            rtol=1e-4,
            atol=1e-8,
        )


def test_moments_of_unequal_classes_weigh_pairs():
    views = {"image": np.array([[0.0], [2.0], [8.0]]), "text": np.array([[1.0], [3.0], [5.0]])}
    indicators = class_indicators(["sea", "sea", "sky"], 3)[1]
    moments = cluster_moments(views, indicators)
    written = all_pairs(views, ["sea", "sea", "sky"])
    for name, X in written.items():
        assert moments.mean(name) == pytest.approx(X.mean())
    cross = np.mean((written["image"] - written["image"].mean()) * (written["text"] - written["text"].mean()))
    assert moments.covariance("image", "text")[0, 0] == pytest.approx(cross * 5 / 4)


def test_mean_cca_sees_the_means_alone(make_classes):
    views, y = make_classes(n=30)
    means = {
        name: np.array([X[y == label].mean(axis=0) for label in np.unique(y)]) for name, X in views.items()
    }
    model = MeanCCA(1, ridge=0.1).fit(views, y)
    again = MeanCCA(1, ridge=0.1).fit(means, np.unique(y))
    np.testing.assert_allclose(model.correlations_, again.correlations_, atol=1e-9)


def test_labels_are_needed(make_classes):
    with pytest.raises(ValueError):
        ClusterCCA(1).fit(make_classes(n=12)[0])
