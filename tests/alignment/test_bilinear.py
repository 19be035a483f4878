"""BilinearRanking: gradients against differences, and training that only ever keeps a better state."""

import numpy as np
import pytest

from classicxm.alignment import BilinearRanking
from classicxm.alignment.bilinear import loss_and_gradients, wrong_pairs
from classicxm.alignment.ranking_loss import contrastive_loss


def test_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(0)
    A, B, X, Y = (rng.normal(size=shape) for shape in ((4, 2), (3, 2), (5, 4), (5, 3)))
    wrong = wrong_pairs(np.arange(5))
    _, to_A, to_B = loss_and_gradients(A, B, X, Y, wrong, contrastive_loss)
    for W, gradient in ((A, to_A), (B, to_B)):
        for place in np.ndindex(*W.shape):
            kept = W[place]
            values = []
            for step in (1e-6, -1e-6):
                W[place] = kept + step
                values.append(loss_and_gradients(A, B, X, Y, wrong, contrastive_loss)[0])
            W[place] = kept
            assert gradient[place] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-6)


def test_pairs_of_one_item_or_class_are_not_wrong():
    assert wrong_pairs(np.array([7, 8])).tolist() == [[False, True], [True, False]]
    classes = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert wrong_pairs(classes).tolist() == [
        [False, False, True],
        [False, False, False],
        [True, False, False],
    ]


def test_what_is_kept_is_the_state_of_least_loss(make_views):
    views = make_views(60)
    model = BilinearRanking(2, max_epochs=8, learning_rate=0.01).fit(views)
    assert len(model.losses_) <= 9 and min(model.losses_) <= model.losses_[0]
    untrained = BilinearRanking(2, max_epochs=0).fit(views)
    assert untrained.losses_ == pytest.approx(model.losses_[:1])


def test_what_cannot_be_learned_from(make_views):
    with pytest.raises(ValueError, match="takes two views, got 3"):
        BilinearRanking(2).fit(make_views(20, widths=(3, 3, 3)))
    with pytest.raises(ValueError, match=r"at least 4 pairs, .* got 3"):
        BilinearRanking(1).fit({name: X[:3] for name, X in make_views(20).items()})
