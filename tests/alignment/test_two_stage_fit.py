"""Two stages are one fit, and settings are grouped by what the first stage reads."""

import numpy as np

from classicxm.alignment import CCA, GMLDA
from classicxm.alignment.two_stage_fit import finish, prepare, sharing_groups


def test_two_stages_are_one_fit(make_classes):
    views, y = make_classes(n=30)
    prepared = prepare(GMLDA(2), views, y)
    for trade_off in (1.0, 50.0):
        staged, whole = (
            finish(GMLDA(2, trade_off=trade_off), prepared),
            GMLDA(2, trade_off=trade_off).fit(views, y),
        )
        np.testing.assert_allclose(staged.weights_["image"], whole.weights_["image"], atol=1e-12)


def test_an_aligner_of_one_stage_is_prepared_by_nothing(make_views):
    views = make_views(20)
    assert prepare(CCA(1), views, None) == (views, None)
    np.testing.assert_allclose(
        finish(CCA(1), (views, None)).weights_["text"], CCA(1).fit(views).weights_["text"], atol=0
    )


def test_groups_by_early_parameters():
    settings = [{"scale": s, "ridge": r} for s in (True, False) for r in (0.1, 1.0)]
    assert sharing_groups(GMLDA(), settings) == [[0, 1], [2, 3]]
    assert sharing_groups(CCA(), settings) == [[0], [1], [2], [3]]
