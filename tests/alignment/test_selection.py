"""AlignerSearch: what folds prefer, what cannot be fitted, and one first stage for settings that share it."""

import numpy as np
import pytest

from classicxm.alignment import CCA, GMLDA, AlignerSearch
from classicxm.alignment.selection import retrieval_score
from classicxm.evaluation import measure


def test_retrieval_score_is_the_mean_over_directions(make_views):
    views = make_views(12)
    model = CCA(2).fit(views)
    Z = model.transform(views)
    unit = {name: z / np.linalg.norm(z, axis=1, keepdims=True) for name, z in Z.items()}
    S = unit["image"] @ unit["text"].T
    ap, right = measure("AP"), np.eye(12, dtype=bool)
    expected = (ap(S, right).mean() + ap(S.T, right).mean()) / 2
    assert retrieval_score(model, views, right, ap) == pytest.approx(expected)


def test_the_best_setting_is_refitted_on_all_rows(make_views):
    views = make_views(60)
    search = AlignerSearch(CCA(), {"n_components": [1, 3]}, n_folds=3).fit(views)
    assert search.best_params_ == {"n_components": 3}
    assert search.best_score_ == max(result["mean"] for result in search.results_)
    expected = CCA(3).fit(views).transform_view("text", views["text"])
    np.testing.assert_allclose(search.transform_view("text", views["text"]), expected)
    np.testing.assert_allclose(search.linear_map("image")[1], CCA(3).fit(views).linear_map("image")[1])


def test_settings_that_cannot_be_fitted_say_why(make_views):
    search = AlignerSearch(CCA(), {"n_components": [2, 400]}, n_folds=3).fit(make_views(30))
    assert search.best_params_ == {"n_components": 2} and "at most" in search.results_[1]["error"]
    with pytest.raises(ValueError, match="no setting of the grid could be fitted; the first failed with"):
        AlignerSearch(CCA(), {"n_components": [400]}, n_folds=3).fit(make_views(30))


def test_a_first_stage_is_shared(make_classes, monkeypatch):
    views, y = make_classes(n=30)
    calls, prepare = [], GMLDA.prepare_fit
    monkeypatch.setattr(GMLDA, "prepare_fit", lambda self, v, y=None: calls.append(1) or prepare(self, v, y))
    AlignerSearch(GMLDA(2), {"trade_off": [1.0, 10.0, 100.0]}, n_folds=2).fit(views, y)
    assert len(calls) == 2 + 1  # once a fold, and once on all rows


def test_low_is_good_where_a_measure_says_so(make_views):
    views = make_views(40)
    by_rank = AlignerSearch(CCA(), {"n_components": [1, 3]}, "MedianRank", n_folds=2).fit(views)
    assert by_rank.best_params_ == {"n_components": 3} and by_rank.best_score_ < 0


def test_what_cannot_be_searched(make_views):
    with pytest.raises(ValueError, match="5 folds need at least 10 rows, got 6; lower n_folds"):
        AlignerSearch(CCA(), {}).fit(make_views(6))
    with pytest.raises(ValueError, match="relevance must be None, 'class' or 'instance', got 'topic'"):
        AlignerSearch(CCA(), {}, relevance="topic").fit(make_views(20))
