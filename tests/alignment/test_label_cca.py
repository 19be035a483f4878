"""CCA with labels as one more view."""

import numpy as np
import pytest

from classicxm.alignment import CCA, LabelCCA
from classicxm.labels import class_indicators


def test_it_is_cca_with_a_view_of_indicators(make_classes):
    views, y = make_classes(n=50)
    model = LabelCCA(2, ridge=0.01, power=0.0).fit(views, y)
    three = CCA(2, ridge=0.01, power=0.0, scale=True).fit({**views, "labels": class_indicators(y, 50)[1]})
    for name in views:
        np.testing.assert_allclose(model.weights_[name], three.weights_[name], atol=1e-12)
    assert set(model.weights_) == set(views) and model.n_features_in_ == {"image": 8, "text": 5}


def test_eigenvalues_run_from_1_to_the_number_of_views_with_labels(make_classes):
    views, y = make_classes(n=60, noise=0.01)
    model = LabelCCA(2, power=2.0).fit(views, y)
    assert (model.eigenvalues_ > 2.9).all() and (model.eigenvalues_ <= 3 + 1e-9).all()
    np.testing.assert_allclose(model.component_scale_, model.eigenvalues_**2)


def test_several_labels_a_row_and_none(make_classes):
    views, _ = make_classes(n=6)
    model = LabelCCA(1).fit(views, [["sea", "sky"], ["sea"], ["sky"], ["wood"], ["sea"], ["wood", "sky"]])
    assert model.classes_.tolist() == ["sea", "sky", "wood"]
    with pytest.raises(ValueError):
        LabelCCA(1).fit(views)
