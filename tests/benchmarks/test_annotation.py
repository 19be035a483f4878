"""The annotation benchmark: right words counted by hand, floors, and settings tried from one fit."""

import numpy as np
import pytest

from benchmarks.annotation import COMPONENTS, floors, precision_rows, scored

OWN = np.array([[1, 1, 0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0, 0, 0]], bool)


def values(rows):
    return {(row["system"], row["measure"]): row["value"] for row in rows}


def test_precision_counts_own_words():
    rows = values(precision_rows("S", np.array([[0, 2, 6, 3, 4], [0, 1, 2, 3, 4]]), OWN))
    assert rows == {("S", "precision_at_1"): 0.5, ("S", "precision_at_5"): pytest.approx((2 / 5 + 1 / 5) / 2)}


def test_floors_look_at_no_photo():
    rows = values(floors(np.array([9, 8, 7, 6, 5, 4, 3, 2]), OWN))
    assert rows["random", "precision_at_5"] == pytest.approx((3 / 8 + 1 / 8) / 2)
    assert rows["frequent", "precision_at_1"] == 0.5
    assert rows["frequent", "precision_at_5"] == pytest.approx((2 / 5 + 1 / 5) / 2)


def test_settings_of_one_fit_rank_by_similarity():
    rng = np.random.default_rng(0)
    terms = np.eye(8, COMPONENTS[0])
    images = OWN @ terms + 0.01 * rng.random((2, COMPONENTS[0]))
    found = dict(
        scored(images, terms, np.ones(COMPONENTS[0]), np.array([0]), np.array([1]), np.full(8, 3), OWN)
    )
    assert {setting[1] for setting in found} == {COMPONENTS[0]}
    # The one own word of the held-out photo is among the first five; rarer words than 5 texts are not offered.
    assert found[1.0, COMPONENTS[0], 1, None] == pytest.approx(1 / 5)
