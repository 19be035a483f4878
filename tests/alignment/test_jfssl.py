"""JFSSL: the graph's products written out as one Laplacian, and features that carry nothing left out."""

import numpy as np
import pytest
from sklearn.neighbors import kneighbors_graph

from classicxm.alignment import JFSSL
from classicxm.alignment.jfssl import graph_products, selected_maps
from classicxm.labels import class_indicators


def test_products_are_those_of_one_laplacian_over_all_views(make_classes):
    views, y = make_classes(n=12, widths=(3, 2))
    indicators = class_indicators(y, 12)[1]
    found = graph_products(views, indicators, 2, 0.5)
    same = indicators @ indicators.T
    mates = same.sum(axis=1)
    across = 0.5 * same / np.sqrt(np.outer(mates, mates))
    graph = np.zeros((24, 24))
    for i, X in enumerate(views.values()):
        near = kneighbors_graph(X, 2).toarray()
        graph[12 * i : 12 * i + 12, 12 * i : 12 * i + 12] = np.maximum(near, near.T)
    graph[:12, 12:], graph[12:, :12] = across, across.T
    laplacian = np.diag(graph.sum(axis=1)) - graph
    parts = {"image": slice(0, 12), "text": slice(12, 24)}
    for (a, b), P in found.items():
        np.testing.assert_allclose(P, views[a].T @ laplacian[parts[a], parts[b]] @ views[b] / 12, atol=1e-10)


def test_columns_of_noise_get_small_weights(make_classes):
    views, y = make_classes(n=120, widths=(4, 4), noise=0.3)
    noise = np.random.default_rng(1).normal(size=(120, 4))
    model = JFSSL(sparsity=5.0, centre=True).fit(
        {"image": np.hstack([views["image"], noise]), "text": views["text"]}, y
    )
    sizes = np.linalg.norm(model.weights_["image"], axis=1)
    assert sizes[4:].max() < 0.2 * sizes[:4].max()


def test_without_smoothness_and_sparsity_it_is_least_squares(make_classes):
    views, y = make_classes(n=60, widths=(4, 3))
    targets = class_indicators(y, 60)[1]
    nothing = {(a, b): np.zeros((views[a].shape[1], views[b].shape[1])) for a in views for b in views}
    maps = selected_maps(views, targets, nothing, 0.0, 0.0, 1)
    for name, X in views.items():
        np.testing.assert_allclose(maps[name], np.linalg.lstsq(X, targets, rcond=None)[0], atol=1e-8)


def test_no_neighbours_is_legal(make_classes):
    views, y = make_classes(n=12)
    assert JFSSL(n_neighbours=0).fit(views, y).transform_view("text", views["text"]).shape == (12, 3)
    with pytest.raises(ValueError, match="sparsity"):
        JFSSL(sparsity=-1).fit(views, y)
