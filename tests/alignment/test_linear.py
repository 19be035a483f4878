"""What linear alignments share: signs, maps, rows in parts, and bounds of components."""

import numpy as np
import pytest

from classicxm.alignment import CCA, PLSSVD
from classicxm.alignment.linear import RankError, check_components, check_names, fixed_signs, per_view


def test_the_largest_entry_of_a_component_is_positive():
    weights = {"image": np.array([[0.5, 0.0], [-2.0, 0.0]]), "text": np.array([[1.0, -3.0]])}
    found = fixed_signs(weights)
    assert found["image"].tolist() == [[-0.5, 0.0], [2.0, 0.0]] and found["text"].tolist() == [[-1.0, 3.0]]


def test_the_map_is_the_projection(make_views):
    views = make_views(30)
    model = CCA(2, power=2.0).fit(views)
    for name, X in views.items():
        offset, matrix = model.linear_map(name)
        np.testing.assert_allclose(X @ matrix + offset, model.transform_view(name, X), atol=1e-12)


def test_rows_in_parts_and_merged_aligners_are_one_fit(make_views):
    views = make_views(40)
    first, second = ({name: X[rows] for name, X in views.items()} for rows in (slice(0, 15), slice(15, None)))
    whole = PLSSVD(2).fit(views)
    parts = PLSSVD(2).partial_fit(first).partial_fit(second)
    merged = PLSSVD(2).fit(first).merge(PLSSVD(2).fit(second))
    for name in views:
        np.testing.assert_allclose(parts.weights_[name], whole.weights_[name], atol=1e-9)
        np.testing.assert_allclose(merged.weights_[name], whole.weights_[name], atol=1e-9)


def test_rows_of_one_view_are_counted_and_not_solved(make_views):
    views = make_views(20)
    model = CCA(1).partial_fit({"image": views["image"]})
    assert not hasattr(model, "weights_")
    assert hasattr(model.partial_fit(views), "weights_")


def test_what_cannot_be_merged(make_views):
    with pytest.raises(TypeError, match="CCA can be merged with its own kind, got PLSSVD"):
        CCA(1).merge(PLSSVD(1))
    with pytest.raises(ValueError, match="must have been fitted from moments"):
        CCA(1).fit(make_views(20)).merge(CCA(1))


def test_bounds_name_the_narrowest_view():
    assert check_components(None, {"image": 5, "text": 3}) == 3 and check_components(2, {"image": 5}) == 2
    with pytest.raises(RankError, match=r"at most 3 \(rank of the 'text' view\), got 4"):
        check_components(4, {"image": 5, "text": 3})
    with pytest.raises(RankError, match="the 'text' view is constant"):
        check_components(1, {"image": 5, "text": 0})


def test_values_per_view():
    assert per_view(3, "image", "ridge") == 3 and per_view({"image": 4}, "image", "ridge") == 4
    with pytest.raises(ValueError, match=r"ridge names the views \['image'\], but not 'text'"):
        per_view({"image": 4}, "text", "ridge")
    with pytest.raises(ValueError):
        check_names({"image": [[1.0]]})
