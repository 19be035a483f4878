"""An aligner behind transformers: the same as transforming first."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA, GMLDA, Preprocessed


def test_one_transformer_for_all_views_or_one_each(make_views):
    views = make_views(40)
    scaled = {name: StandardScaler().fit_transform(X) for name, X in views.items()}
    expected = CCA(2).fit(scaled).transform(scaled)
    both = Preprocessed(CCA(2), StandardScaler()).fit(views).transform(views)
    for name in views:
        np.testing.assert_allclose(both[name], expected[name], atol=1e-10)
    model = Preprocessed(CCA(2), {"image": PCA(3)}).fit(views)
    assert set(model.preprocessing_) == {"image"} and model.n_features_in_ == {"image": 6, "text": 4}


def test_maps_and_gradients_reach_through(make_views):
    views = make_views(40)
    model = Preprocessed(CCA(2), {"image": PCA(3)}).fit(views)
    for name, X in views.items():
        offset, matrix = model.linear_map(name)
        np.testing.assert_allclose(X @ matrix + offset, model.transform_view(name, X), atol=1e-10)
        np.testing.assert_allclose(model.gradient(name, X[:1], [[1.0, 0.0]]), matrix.T[:1], atol=1e-10)
    assert model.transform_view("image", views["image"][:0]).shape == (0, 2)


def test_late_parameters_are_those_within():
    assert set(Preprocessed(GMLDA(), PCA()).late_parameters) == {
        "aligner__n_components",
        "aligner__trade_off",
        "aligner__ridge",
    }
    assert "aligner__ridge" in Preprocessed(CCA(), PCA()).late_parameters


def test_what_is_no_transformer(make_views):
    views = make_views(20)
    with pytest.raises(
        ValueError, match=r"preprocessing names \['audio'\], but the views are \['image', 'text'\]"
    ):
        Preprocessed(CCA(1), {"audio": PCA()}).fit(views)
    with pytest.raises(TypeError, match="preprocessing of 'text' must have fit and transform, got 3"):
        Preprocessed(CCA(1), {"text": 3}).fit(views)
