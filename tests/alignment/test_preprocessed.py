"""An aligner behind transformers: the same as transforming first."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from classicxm.alignment import CCA, GMLDA, KernelRidgeMatching, Preprocessed
from classicxm.alignment.moments import Moments
from classicxm.labels import LABEL_VIEW, class_indicators


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


@pytest.mark.parametrize(("with_mean", "with_std"), [(True, True), (True, False), (False, True)])
def test_scalers_are_learned_from_moments_as_from_rows(make_views, with_mean, with_std):
    views = make_views(50)
    views["text"][:, 1] = 7.0  # a constant column is divided by 1
    scaler = StandardScaler(with_mean=with_mean, with_std=with_std)
    halves = [
        Moments().add({name: X[rows] for name, X in views.items()}) for rows in (slice(20), slice(20, 50))
    ]
    found = Preprocessed(CCA(2, ridge=0.1), scaler).fit_moments(halves[0].merge(halves[1]))
    expected = Preprocessed(CCA(2, ridge=0.1), scaler).fit(views)
    for name, X in make_views(8, seed=2).items():
        np.testing.assert_allclose(found.transform_view(name, X), expected.transform_view(name, X), atol=1e-8)
    assert found.n_features_in_ == expected.n_features_in_
    only = Preprocessed(CCA(2), {"image": scaler}).fit_moments(Moments().add(views))
    assert set(only.preprocessing_) == {"image"}


def test_classes_reach_the_aligner_within(make_classes):
    views, y = make_classes(n=40)
    classes, T = class_indicators(y, 40)
    regression = KernelRidgeMatching(kernel="linear", ridge=2.0, centre=True)
    aligner = Preprocessed(regression, StandardScaler(with_std=False))
    found = Preprocessed(regression, StandardScaler(with_std=False)).fit_moments(
        Moments().add({**views, LABEL_VIEW: T}), classes
    )
    expected = aligner.fit(views, y)
    assert found.aligner_.classes_.tolist() == expected.aligner_.classes_.tolist()
    for name, X in views.items():
        np.testing.assert_allclose(found.transform_view(name, X), expected.transform_view(name, X), atol=1e-8)


def test_other_transformers_need_rows(make_views):
    with pytest.raises(TypeError, match=r"preprocessing of 'text' must be a StandardScaler .*, got PCA\(\)"):
        Preprocessed(CCA(1), {"text": PCA()}).fit_moments(Moments().add(make_views(20)))
