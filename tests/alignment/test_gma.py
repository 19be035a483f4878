"""Generalised multiview analysis: the eigenproblem itself, and the matrices that its members put into it."""

import numpy as np
import pytest
from scipy.linalg import block_diag

from classicxm.alignment import BLM, GMLDA
from classicxm.alignment.gma import generalised_directions, pair_products, scatters


def test_directions_solve_the_eigenproblem_of_equation_8():
    rng = np.random.default_rng(0)
    roots = {name: rng.normal(size=(9, d)) for name, d in (("image", 3), ("text", 2))}
    spread = {name: R.T @ R for name, R in roots.items()}
    tight = {
        name: np.diag(np.arange(1.0, len(C) + 1)) / sum(range(1, len(C) + 1)) for name, C in spread.items()
    }
    Z = rng.normal(size=(3, 2))
    weights, values = generalised_directions(spread, tight, {("image", "text"): Z}, 5, 2.0, 0.0)
    left = np.block([[spread["image"], 2 * Z], [2 * Z.T, spread["text"]]])
    right = block_diag(tight["image"], tight["text"])
    stacked = np.vstack([weights["image"], weights["text"]])
    np.testing.assert_allclose(left @ stacked, right @ stacked * values, atol=1e-7)
    assert (np.diff(values) <= 0).all()


def test_scatter_of_single_rows_is_all_between():
    X = np.array([[1.0, 0.0], [-1.0, 2.0], [0.0, -2.0]])
    means, between, within = scatters(X, np.eye(3))
    np.testing.assert_array_equal(means, X)
    np.testing.assert_allclose(between, X.T @ X)
    np.testing.assert_allclose(within, 0, atol=1e-12)


def test_products_of_every_pair_of_views():
    views = {"a": np.array([[1.0], [3.0]]), "b": np.array([[2.0], [0.0]]), "c": np.array([[0.0], [4.0]])}
    found = pair_products(views)
    assert {pair: Z.item() for pair, Z in found.items()} == {
        ("a", "b"): 1.0,
        ("a", "c"): 6.0,
        ("b", "c"): 0.0,
    }


def test_units_of_a_view_change_nothing_but_its_weights(make_classes):
    views, y = make_classes(n=45)
    scaled = {"image": views["image"] * 100, "text": views["text"]}
    for model in (BLM(2, scale=True), GMLDA(2, scale=True)):
        one = model.fit(views, y).transform_view("image", views["image"])
        np.testing.assert_allclose(
            model.fit(scaled, y).transform_view("image", scaled["image"]), one, rtol=1e-6
        )


def test_labels_are_needed_but_for_blm(make_classes):
    views, _ = make_classes(n=12)
    BLM(1).fit(views)
    with pytest.raises(ValueError):
        GMLDA(1).fit(views)
    with pytest.raises(ValueError, match="n_components must be at most 5"):
        BLM(6).fit(views)
