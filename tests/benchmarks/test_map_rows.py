"""Rows of mean average precision: names, values worked by hand, intervals around them."""

import numpy as np
import pytest

from benchmarks.alignment import column_correlations, eigh_correlations, make_views
from benchmarks.map_rows import floor_rows, map_rows
from classicxm.alignment import CCA
from classicxm.evaluation import class_relevance

LABELS = np.array([1, 1, 1, 2])


def values(rows):
    return {r["measure"]: r["value"] for r in rows}


def test_names_and_values():
    relevant = class_relevance(LABELS, LABELS)
    perfect = relevant.astype(float)
    rows = list(map_rows("demo", "S", perfect, -perfect, relevant, LABELS, C=1))
    directions = [f"map_{d}{s}" for s in ("", "@50") for d in ("i2t", "t2i", "mean")]
    assert {r["measure"] for r in rows} == set(directions) | {f"{name}_macro" for name in directions}
    found = values(rows)
    assert found["map_i2t"] == 1.0
    # Worst order: class 1 has its three items at ranks 2, 3, 4 of 4, class 2 its one item last.
    one, two = (1 / 2 + 2 / 3 + 3 / 4) / 3, 1 / 4
    assert found["map_t2i"] == pytest.approx((3 * one + two) / 4)
    assert found["map_t2i_macro"] == pytest.approx((one + two) / 2)
    assert found["map_mean"] == pytest.approx((1 + found["map_t2i"]) / 2)
    assert all(r["low"] <= r["value"] <= r["high"] and r["settings"] == {"C": 1} for r in rows)


def test_floors_come_both():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2], [30, 10])
    views = {m: rng.normal(size=(40, 3)) + labels[:, None] for m in ("image", "text")}
    relevant = class_relevance(labels, labels)
    rows = list(floor_rows("demo", views, views, labels, labels, relevant))
    assert {r["system"] for r in rows} == {"random", "query-blind"}
    random, blind = (values(r for r in rows if r["system"] == system) for system in ("random", "query-blind"))
    share = 0.75**2 + 0.25**2
    assert random["map_mean"] == pytest.approx(share, abs=0.05)
    # Knowing that class 1 is the larger one helps its queries and harms the others.
    assert blind["map_mean"] > random["map_mean"]


def test_oracle_of_the_alignment_benchmark_is_independent_and_agrees():
    (X, Y), (A, B) = make_views(300, 12, 7)
    assert X.shape == (300, 12) and B.shape == (300, 7)
    model = CCA(3, ridge=0.0).fit({"x": X, "y": Y})
    np.testing.assert_allclose(eigh_correlations(X, Y, 3), model.correlations_, atol=1e-10)
    z = model.transform({"x": A, "y": B})
    held = column_correlations(z["x"], z["y"])
    assert 0.5 < held[0] <= model.correlations_[0] + 0.1
    np.testing.assert_allclose(column_correlations(A[:, :1], -A[:, :1]), [-1])
