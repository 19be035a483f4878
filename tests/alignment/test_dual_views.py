"""What settings share changes no digit of what each of them gives alone."""

import numpy as np
import pytest

from classicxm.alignment import CCA, AlignerSearch, Preprocessed
from classicxm.alignment.dual import RowProducts
from classicxm.alignment.dual_views import DualViews
from classicxm.alignment.two_stage_fit import finish, prepare

SETTINGS = [
    {"ridge": ridge, "n_components": k, "power": power, "scale": scale}
    for scale in (False, True)
    for ridge in (3.0, 0.0, 0.1)
    for k, power in ((2, 1.0), (2, 2.0), (4, 1.0), ("auto", 0.0))
]


def views_of(*widths, n=30):
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(n, 3))
    names = ("image", "text", "audio")
    return {
        name: shared @ rng.normal(size=(3, d)) + rng.normal(size=(n, d)) + 2.0
        for name, d in zip(names, widths, strict=False)
    }


@pytest.mark.parametrize("widths", [(50, 9), (50, 40), (12, 9), (50, 9, 11)])
def test_settings_that_share_rows_learn_what_each_learns_alone(widths):
    views = views_of(*widths)
    prepared = prepare(CCA(), views, None)
    for setting in SETTINGS:
        staged, alone = finish(CCA(**setting), prepared), CCA(**setting).fit(views)
        assert staged.rank_ == alone.rank_ and staged.n_features_in_ == alone.n_features_in_
        np.testing.assert_array_equal(staged.correlations_, alone.correlations_)
        for name, W in alone.weights_.items():
            np.testing.assert_array_equal(staged.weights_[name], W)
            np.testing.assert_array_equal(staged.means_[name], alone.means_[name])


def test_one_matrix_of_inner_products_serves_every_setting(monkeypatch):
    made = []
    made_of = RowProducts.__init__
    monkeypatch.setattr(RowProducts, "__init__", lambda self, X: made.append(X.shape) or made_of(self, X))
    grid = {"ridge": [0.3, 1.0, 3.0], "n_components": [1, 2], "power": [1.0, 2.0]}
    views = views_of(50, 40)
    search = AlignerSearch(CCA(), grid, "RR", relevance="instance", n_folds=2).fit(views)
    assert len(search.results_) == 12
    assert made == [(15, 50), (15, 40)] * 2 + [(30, 50), (30, 40)]  # folds, then the best on all rows
    inside = AlignerSearch(
        Preprocessed(CCA(), {}), {f"aligner__{name}": values for name, values in grid.items()}, "RR",
        relevance="instance", n_folds=2,
    ).fit(views)  # fmt: skip
    assert [r["fold_scores"] for r in inside.results_] == [r["fold_scores"] for r in search.results_]


def test_units_are_undone_once_each_way():
    views = DualViews(views_of(50, 9))
    plain, scaled = (views.standardised(scale) for scale in (False, True))
    assert (plain.spreads["image"] == 1).all()
    np.testing.assert_allclose(scaled.centred["image"].std(axis=0, ddof=1), 1.0)
    np.testing.assert_allclose(scaled.centred["text"] * scaled.spreads["text"], plain.centred["text"])
    np.testing.assert_allclose(plain.centred["text"].mean(axis=0), 0.0, atol=1e-14)


def test_what_has_no_factor_has_no_weights():
    standard = DualViews(views_of(50, 9)).standardised(True)
    assert standard.pair(0.0) is None and standard.weights(0.0, 2) is None
    assert standard.weights(0.1, 2)[1].shape == (2,)


def test_infinite_entries_are_named():
    views = views_of(50, 9)
    views["text"][4, 2] = 1e200
    with pytest.raises(
        ValueError, match="the 'text' view holds values up to 1e\\+200, too large to be squared"
    ):
        CCA(2).fit(views)
