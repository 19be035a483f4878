"""Two stages are one fit, and settings are grouped by what the first stage reads."""

import numpy as np

from classicxm.alignment import CCA, CFA, GMLDA, Preprocessed
from classicxm.alignment.two_stage_fit import finish, has_two_stages, prepare, sharing_groups


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
    assert prepare(CFA(1), views, None) == (views, None)
    np.testing.assert_allclose(
        finish(CFA(1), (views, None)).weights_["text"], CFA(1).fit(views).weights_["text"], atol=0
    )


def test_what_a_subclass_fits_by_itself_is_not_passed_by(make_views):
    class Reversed(CCA):
        def fit(self, views, y=None):
            return super().fit({name: X[::-1] * 2 for name, X in views.items()})

    views = make_views(20)
    assert (
        not has_two_stages(Reversed(1)) and "aligner__ridge" in Preprocessed(Reversed(1), {}).late_parameters
    )
    staged = finish(Reversed(1), prepare(Reversed(1), views, None))
    np.testing.assert_array_equal(staged.means_["text"], Reversed(1).fit(views).means_["text"])
    assert not np.allclose(staged.means_["text"], CCA(1).fit(views).means_["text"])


def test_groups_by_early_parameters():
    settings = [{"scale": s, "ridge": r} for s in (True, False) for r in (0.1, 1.0)]
    assert sharing_groups(GMLDA(), settings) == [[0, 1], [2, 3]]
    assert sharing_groups(CFA(), settings) == [[0], [1], [2], [3]]
